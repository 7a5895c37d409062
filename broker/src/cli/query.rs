//! `philae query`: the operator's own expressions in XPath 3.1 over events of the archive.

mod args;
pub(super) mod worker;

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock};
use std::process::ExitCode;
use std::time::Instant;

use self::args::Form;
pub(super) use self::args::QueryArgs;
use super::progress::Progress;
use super::{EXIT_FAILED, EXIT_USAGE, archive};
use crate::archive::{LogError, Selected};
use crate::plain::plain;
use crate::query::{Bounds, Crew, Fault, Format, Output, Over, Printed, Task, Told, Trouble};

/// How many of the events on which the expression failed are named.
const NAMED: usize = 3;

/// What a query came to.
struct Ended {
    printed: Printed,
    /// Whether there was an event to ask.
    is_asked: bool,
    failed: u64,
    log: Selected,
    /// Why the log was not read to its end.
    error: Option<LogError>,
}

pub(super) fn main(args: &QueryArgs) -> ExitCode {
    match query(args) {
        Ok(Ok(ended)) => tell(args, &ended),
        Ok(Err(trouble)) => tell_trouble(&trouble),
        Err(code) => code,
    }
}

/// Asks; the outer error is the exit code of what has been said.
fn query(args: &QueryArgs) -> Result<Result<Ended, Trouble>, ExitCode> {
    let started = Instant::now();
    let bounds = args.bounds(started);
    // Expressions first: who has mistyped one need not wait for the log.
    let crews = match crews(args, bounds) {
        Ok(crews) => crews,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let log = args.selection.open()?;
    Ok(run(args, crews, log))
}

/// The workers for the events, and those for what comes of them.
fn crews(args: &QueryArgs, bounds: Bounds) -> Result<(Crew, Option<Crew>), Trouble> {
    let command = || worker::command(args.memory_limit);
    let expression = args.expression.clone();
    if args.all {
        let task = Task { expression, over: Over::All, values_only: false };
        return Ok((Crew::start(1, command, task, bounds)?, None));
    }
    let count = std::thread::available_parallelism().map_or(1, Into::into);
    let task = Task { expression, over: Over::Each, values_only: args.then.is_some() };
    let then =
        args.then.clone().map(|expression| Task { expression, over: Over::Results, values_only: false });
    let then = then.map(|task| Crew::start(1, command, task, bounds)).transpose()?;
    Ok((Crew::start(count, command, task, bounds)?, then))
}

fn run(args: &QueryArgs, crews: (Crew, Option<Crew>), log: Selected) -> Result<Ended, Trouble> {
    let (mut each, mut then) = crews;
    let progress = Progress::start(log.left());
    let mut output = Output::new(args.format(), BufWriter::new(io::stdout().lock()));
    let mut failures = Failures::default();
    let mut is_asked = false;
    let mut trouble = None;
    let fed = each.feed(log, &mut |told| {
        match (told, &mut then) {
            (Told::Done, _) => {
                is_asked = true;
                progress.step();
            }
            (Told::Failed(head, fault), _) => failures.note(head.seq, &head.ivoid, &fault, &args.expression),
            (Told::Item(_, value), Some(then)) => {
                if let Err(error) = then.keep(vec![value]) {
                    trouble = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
            (Told::Item(head, value), None) => progress.around(|| output.item(head, &value))?,
        }
        Ok(())
    });
    let (log, error) = match (fed, trouble) {
        (_, Some(trouble)) => return Err(trouble),
        (fed, None) => fed?,
    };
    let whole = if args.all { Some(&mut each) } else { then.as_mut() };
    if let (Some(crew), None) = (whole, &error) {
        print_whole(crew, &mut output)?;
    }
    progress.end();
    failures.tell();
    let printed = output.end().map_err(Trouble::Output)?;
    Ok(Ended { printed, is_asked, failed: failures.count, log, error })
}

/// Prints what an expression over all comes to.
fn print_whole(crew: &mut Crew, output: &mut Output<BufWriter<StdoutLock<'_>>>) -> Result<(), Trouble> {
    crew.evaluate(&mut |told| match told {
        Told::Item(_, value) => output.item(None, &value),
        Told::Failed(..) | Told::Done => Ok(()),
    })
}

/// Events on which the expression failed.
#[derive(Default)]
struct Failures {
    count: u64,
    named: Vec<String>,
}

impl Failures {
    fn note(&mut self, seq: u64, ivoid: &str, fault: &Fault, expression: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(format!("{seq} {}: {}", plain(ivoid), fault.quoting(expression)));
        }
    }

    fn tell(&self) {
        if self.count > 0 {
            let events = if self.count == 1 { "event" } else { "events" };
            tell!("philae: the expression failed on {} {events}:", self.count);
            self.named.iter().for_each(|named| tell!("  {named}"));
            if self.count > NAMED as u64 {
                tell!("  and so on");
            }
        }
    }
}

/// Says what was not as it should be; the exit code of it.
fn tell(args: &QueryArgs, ended: &Ended) -> ExitCode {
    let Printed { rows, left_out } = &ended.printed;
    if !left_out.is_empty() {
        let names: Vec<String> = left_out.iter().map(|name| plain(name)).collect();
        let names = names.join(", ");
        tell!(
            "philae: these keys came up too late for a column and are left out: {names}; --format json has all"
        );
    }
    let damaged = ended.log.damaged();
    if damaged > 0 {
        tell!("philae: {damaged} events are damaged and were passed over");
    }
    let is_silent = *rows == 0 && ended.failed == 0 && damaged == 0 && ended.error.is_none();
    if is_silent && !matches!(args.format, Form::Json) {
        match ended.is_asked {
            true => tell!("philae: the expression comes to nothing on the events that are selected"),
            false => archive::tell_none(),
        }
    }
    match &ended.error {
        Some(error) => archive::tell(error),
        None if *rows == 0 || ended.failed > 0 || damaged > 0 || !left_out.is_empty() => {
            ExitCode::from(EXIT_FAILED)
        }
        None => ExitCode::SUCCESS,
    }
}

fn tell_trouble(trouble: &Trouble) -> ExitCode {
    // Where nobody reads what we print any more, it is no fault of ours, yet not all was told.
    if !matches!(trouble, Trouble::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
        tell!("philae: {trouble}");
    }
    ExitCode::from(if matches!(trouble, Trouble::Refused { .. }) { EXIT_USAGE } else { EXIT_FAILED })
}

impl QueryArgs {
    fn format(&self) -> Format {
        match self.format {
            Form::Json => Format::Json,
            Form::Csv => Format::Csv { is_for_terminal: io::stdout().is_terminal() },
            Form::Table => {
                let width = || ratatui::crossterm::terminal::size().ok().map(|(columns, _)| columns.into());
                Format::Table(io::stdout().is_terminal().then(width).flatten())
            }
        }
    }
}
