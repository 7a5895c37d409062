//! `philae events`: what the log keeps, a line an event.

use std::io::Write;
use std::process::ExitCode;

use super::archive;
use super::files::print;
use super::selection::SelectionArgs;
use crate::plain::plain;

/// List events of a broker's log, oldest first
///
/// The broker that runs on the data folder is asked, as its user; if none runs, its store is read, which changes nothing in
/// it. Exits with 1 if there is no such event.
#[derive(Debug, clap::Args)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    selection: SelectionArgs,
}

pub(super) fn main(args: &EventsArgs) -> ExitCode {
    let log = match args.selection.open() {
        Ok(log) => log,
        Err(code) => return code,
    };
    let mut ended = None;
    let code = print(|out| {
        let mut told = false;
        for entry in log {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    ended = Some(error);
                    break;
                }
            };
            let (seq, received, ivoid, role) =
                (entry.seq, entry.received, plain(&entry.ivoid), plain(&entry.role));
            writeln!(out, "{seq:>8}  {received:.0}  {role:<11}  {ivoid}")?;
            told = true;
        }
        Ok(told)
    });
    ended.map_or(code, |error| archive::tell(&error))
}
