//! `philae events`: what the log keeps, a line an event.

mod line;

pub(super) use line::json;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use super::archive;
use super::files::print;
use super::selection::{self, SelectionArgs};
use crate::plain::json_line;

/// List and search the events that a broker keeps, oldest first
///
/// A line an event: number in the log, time, role, position with the radius of its error circle in degrees, identifier. The
/// broker that runs on the data folder is asked, as its user; if none runs, its store is read, which changes nothing in it.
/// Exits with 1 if there is no such event.
#[derive(Debug, clap::Args)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    selection: SelectionArgs,

    /// Print a JSON object a line, with all that the index knows
    #[arg(long, help_heading = "Options")]
    json: bool,

    /// Print how many there are, and nothing else
    #[arg(long, help_heading = "Options", conflicts_with = "json")]
    count: bool,
}

pub(super) fn main(args: &EventsArgs) -> ExitCode {
    list(args).unwrap_or_else(|code| code)
}

fn list(args: &EventsArgs) -> Result<ExitCode, ExitCode> {
    let selection = args.selection.selection()?;
    let archive = args.selection.archive()?;
    let mut failed = None;
    let code = print(|out| {
        let (mut count, mut written) = (0_u64, Ok(()));
        let told = selection.facts(archive, |facts| {
            count += 1;
            written = match (args.count, args.json) {
                (true, _) => Ok(()),
                (false, true) => writeln!(out, "{}", json_line(&line::json(&facts))),
                (false, false) => writeln!(out, "{}", line::text(&facts)),
            };
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        written?;
        match told {
            Ok(0) if count == 0 && !args.count && !args.json => archive::tell_none(),
            Ok(0) => {}
            Ok(damaged) => tell!("philae: {damaged} events are damaged and cannot be searched"),
            Err(error) => failed = Some(error),
        }
        if args.count && failed.is_none() {
            writeln!(out, "{count}")?;
        }
        io::Result::Ok(count > 0)
    });
    Err(match failed {
        Some(error) => selection::tell(&error),
        None => return Ok(code),
    })
}
