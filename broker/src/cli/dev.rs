//! `philae dev`: a broker on this machine alone, with local defaults and the handlers that ship, and what to try with it.
//!
//! The broker starts first and waits for nothing; handlers are built beside it and run as soon as they are there.

mod build;
mod handlers;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use super::run;
use super::run_args::{self, RunArgs};
use crate::config::EXIT_CONFIG;
use build::Build;
use handlers::Source;

/// Run a broker on this machine alone, to try things out
///
/// Called in a clone of Philae, it builds the handlers that ship and runs them.
#[derive(Debug, clap::Args)]
pub(super) struct DevArgs {
    /// Port on 127.0.0.1 on which authors submit
    #[arg(long, value_name = "PORT", default_value_t = 8098)]
    receive_port: u16,

    /// Port on 127.0.0.1 on which subscribers listen
    #[arg(long, value_name = "PORT", default_value_t = 8099)]
    broadcast_port: u16,

    /// Keep events in this directory [default: "philae-dev" beside that of `philae run`]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Run the handlers in this directory, or those that a build.sh in it builds [default: those of the clone]
    #[arg(long, value_name = "DIR", conflicts_with = "no_handlers")]
    handlers: Option<PathBuf>,

    /// Build and run no handlers
    #[arg(long)]
    no_handlers: bool,

    /// Log more: -v connections, -vv frames
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

pub(super) fn main(args: &DevArgs) -> ExitCode {
    let environment = run_args::environment();
    let beside = || environment.data_dir().map(|folder| folder.with_file_name("philae-dev"));
    // Whole, since what is printed is for another terminal.
    let data_dir = args.data_dir.clone().or_else(beside).map(|folder| absolute(&folder));
    let source = match &data_dir {
        Some(data_dir) if !args.no_handlers => source(args, data_dir),
        Some(_) | None => Source::None,
    };
    let run_args = RunArgs {
        local_ivo: Some("ivo://philae.dev/broker".to_owned()),
        receive: vec![format!("127.0.0.1:{}", args.receive_port)],
        broadcast: vec![format!("127.0.0.1:{}", args.broadcast_port)],
        data_dir: data_dir.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
        handlers: source.folder().iter().map(|folder| folder.to_string_lossy().into_owned()).collect(),
        verbose: args.verbose,
        ..RunArgs::default()
    };
    let config = match run_args::load(&run_args, &environment) {
        Ok(config) => config,
        Err(faults) => {
            eprintln!("{faults}");
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let data_dir = data_dir.unwrap_or_default();
    let mut building = None;
    let code = run::run(&config, || {
        say(&invitation(args));
        building = start(source, data_dir);
    });
    drop(building);
    code
}

/// Where handlers come from; what is built has a folder to come into before the broker looks there.
fn source(args: &DevArgs, data_dir: &Path) -> Source {
    let named = args.handlers.as_deref().map(absolute);
    let source = Source::find(named.as_deref(), &absolute(Path::new(".")), data_dir);
    if let Source::Script { out, .. } = &source
        && let Err(error) = fs::create_dir_all(out)
    {
        eprintln!("handlers: cannot make the folder {}: {error}", out.display());
        return Source::None;
    }
    source
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Has handlers built, if they are to be, and tells of them.
fn start(source: Source, data_dir: PathBuf) -> Option<Build> {
    let (script, out, saved) = match source {
        Source::None => {
            say(
                "No handlers: they are built in a clone of Philae, or run from a folder by --handlers DIR.\n",
            );
            return None;
        }
        Source::Built(folder) => {
            say(&watching(&folder, &data_dir));
            return None;
        }
        Source::Script { script, out, saved } => (script, out, saved),
    };
    say("Its handlers are being built; the first time this may take some minutes.\n");
    let (building, into) = (script.clone(), out.clone());
    let tell = move |ended: io::Result<ExitStatus>| {
        let sources = building.parent().unwrap_or(Path::new("."));
        let ready = ended.and_then(|status| match status.success() {
            true => handlers::enable(sources, &into, &saved),
            false => Err(io::Error::other(status.to_string())),
        });
        match ready {
            Ok(()) => say(&format!("Handlers are built. {}", watching(&into, &data_dir))),
            Err(error) => eprintln!("{}", unbuilt(&building, &into, &error)),
        }
    };
    let built = Build::start(&script, &out, tell);
    built.map_err(|error| eprintln!("{}", unbuilt(&script, &out, &error))).ok()
}

fn invitation(args: &DevArgs) -> String {
    let (program, receive, broadcast) = (program(), args.receive_port, args.broadcast_port);
    format!(
        "A broker runs on this machine. In a second terminal, watch its events:\n\n    \
         {program} tap 127.0.0.1:{broadcast}\n\nand in a third, send it one:\n\n    \
         {program} send 127.0.0.1:{receive} tests/fixtures/grb.xml\n\nCtrl-C stops it.\n"
    )
}

fn watching(folder: &Path, data_dir: &Path) -> String {
    let (program, folder, data_dir) = (program(), quoted(folder), quoted(data_dir));
    format!(
        "What they log stands here for each event. See how they do:\n\n    \
         {program} handler list --data-dir {data_dir}\n\nA handler of your own runs from the next event on when it is there:\n\n    \
         cp NAME.wasm {folder}/\n"
    )
}

fn unbuilt(script: &Path, out: &Path, error: &io::Error) -> String {
    let (script, out) = (quoted(script), quoted(out));
    format!(
        "handlers: they are not built ({error}); the broker goes on with those that are there. Once that is mended,\n\
         handlers: {script} --out {out}\n\
         handlers: builds them, and they are run at once"
    )
}

fn program() -> String {
    std::env::current_exe().map_or_else(|_| "philae".into(), |path| quoted(&path))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Says something to whoever reads; nobody need do so.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}
