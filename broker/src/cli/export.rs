//! `philae export`: events of the archive as files, a tarball, JSON, CSV or Parquet.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::progress::Progress;
use super::selection::SelectionArgs;
use super::{EXIT_FAILED, EXIT_USAGE, archive, runtime};
use crate::archive::{LogError, Selected};
use crate::export::{Export, Form, Format, Place};

/// Write events of the archive into files for others
///
/// The form is told by the ending of OUT: DIR/ (a file a packet, in a folder a stream), .tar, .jsonl, .csv, each with .gz or
/// .bz2 behind it if you like, .tgz, and .parquet. Files and tarballs hold the packets byte for byte, named as --save-event
/// names them; JSON has all that can be said of an event, with its packet; CSV and Parquet have a row an event, in columns.
///
/// OUT takes its name when it is whole, and not before. Exits with 1 if there is no such event, which makes no OUT, or if
/// events were damaged and are missing from it.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// What to make; "-" is standard output, with --format tar, jsonl or csv
    #[arg(value_name = "OUT")]
    out: PathBuf,

    /// The form, whatever OUT is called
    #[arg(long, help_heading = "Options", value_name = "FORM", value_enum)]
    format: Option<Format>,

    /// Replace the file OUT; folders are never replaced
    #[arg(long, help_heading = "Options")]
    force: bool,

    #[command(flatten)]
    selection: SelectionArgs,
}

/// How an export ended.
enum Ended {
    Whole { events: u64, damaged: u64 },
    Unread(LogError),
    Unwritten(io::Error),
    Interrupted,
}

pub(super) fn main(args: &ExportArgs) -> ExitCode {
    let (form, place) = match target(args) {
        Ok(target) => target,
        Err(words) => {
            tell!("philae: {words}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    let is_asked_to_end = Arc::new(AtomicBool::new(false));
    let asked = is_asked_to_end.clone();
    let log = match args.selection.open() {
        Ok(log) => log.until(asked.clone()),
        Err(code) => return code,
    };
    let ended = runtime::until_asked_to_end(
        move || export(form, place, log, &asked),
        || is_asked_to_end.store(true, Ordering::Relaxed),
    );
    tell(args, ended.unwrap_or_else(Ended::Unwritten))
}

/// What is to be made, and where; or why it cannot be.
fn target(args: &ExportArgs) -> Result<(Form, Place), String> {
    let told = Form::of(&args.out);
    let form = args.format.map_or(told, |format| Some(Form::named(format, &args.out))).ok_or_else(|| {
        let out = args.out.display();
        format!(
            "'{out}' does not tell its form; let it end in /, .tar, .jsonl, .csv or .parquet, or say --format"
        )
    })?;
    let is_output = args.out.as_os_str() == "-";
    if is_output && matches!(form.format, Format::Folder | Format::Parquet) {
        return Err("only tar, jsonl and csv can go to standard output".to_owned());
    }
    let place = Place::choose(&args.out, form.format == Format::Folder, args.force);
    place.map(|place| (form, place)).map_err(|error| error.to_string())
}

fn export(form: Form, place: Place, mut log: Selected, is_asked_to_end: &AtomicBool) -> Ended {
    let progress = Progress::start(log.left());
    let (mut out, mut place) = (None, Some(place));
    let mut events = 0;
    for entry in &mut log {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Ended::Unread(error),
        };
        // With the first event: where there is none, nothing is made.
        if let Some(place) = place.take() {
            match Export::begin(form, place) {
                Ok(begun) => out = Some(begun),
                Err(error) => return Ended::Unwritten(error),
            }
        }
        if let Some(Err(error)) = out.as_mut().map(|out| out.entry(&entry)) {
            return Ended::Unwritten(error);
        }
        events += 1;
        progress.step();
    }
    if is_asked_to_end.load(Ordering::Relaxed) {
        return Ended::Interrupted;
    }
    if let Some(Err(error)) = out.map(Export::end) {
        return Ended::Unwritten(error);
    }
    progress.end();
    Ended::Whole { events, damaged: log.damaged() }
}

fn tell(args: &ExportArgs, ended: Ended) -> ExitCode {
    let (out, is_output) = (args.out.display(), args.out.as_os_str() == "-");
    match ended {
        Ended::Whole { events: 0, damaged: 0 } => archive::tell_none(),
        Ended::Whole { events, damaged: 0 } => {
            if !is_output {
                let events = if events == 1 { "1 event".to_owned() } else { format!("{events} events") };
                tell!("{events} in {out}");
            }
            return ExitCode::SUCCESS;
        }
        Ended::Whole { events, damaged } => {
            tell!("philae: {damaged} events are damaged and missing from the {events} in {out}");
        }
        Ended::Unread(error) => return archive::tell(&error),
        // Nobody reads what we print any more: no fault of ours, yet not all was told.
        Ended::Unwritten(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        // What went to standard output is gone for good.
        Ended::Unwritten(error) if is_output => tell!("philae: cannot write: {error}"),
        Ended::Unwritten(error) => tell!("philae: cannot write '{out}': {error}; nothing of it is left"),
        Ended::Interrupted if is_output => tell!("philae: interrupted"),
        Ended::Interrupted => tell!("philae: interrupted; nothing of '{out}' is left"),
    }
    ExitCode::from(EXIT_FAILED)
}
