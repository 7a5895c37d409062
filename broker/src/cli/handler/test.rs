//! `philae handler test`: a handler on packets from files or out of a broker's log, offline.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;

use super::trial;
use crate::archive::{Log, LogError};
use crate::cli::files::{Named, print};
use crate::cli::{EXIT_FAILED, EXIT_USAGE, archive, runtime};
use crate::plain::plain;
use crate::store::{Entry, Wanted};
use crate::workbench::{Called, Received, Rig, Tally, difference, files};

/// Run a handler on packets from files or a broker's log, offline, and tell what comes of each
///
/// It runs under the settings, limits and grants of the NAME.toml beside it, one packet after the other, and its state
/// lasts from the first to the last. Folders that it is granted are the real ones; the network is not reached: requests
/// over HTTP are answered by --http-mock, or refused and told. Exits with 0 if each packet was handled or is not wanted,
/// or if all came to what --expect says; with 1 if not; with 78 if the settings have faults.
#[derive(Debug, clap::Args)]
pub(super) struct TestArgs {
    /// The module, or a project's folder with one in it
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    handler: PathBuf,

    /// Packets, or folders with .xml files; "-" is standard input [default: the folder packets of the project]
    #[arg(value_name = "PACKET|FOLDER")]
    packets: Vec<PathBuf>,

    /// Run it on the last N events in the log of the broker on --data-dir, whether that runs or not
    #[arg(long, value_name = "N", conflicts_with = "packets")]
    last: Option<u64>,

    /// Run it on the events in that log received at this time or later, such as 2026-04-06T12:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "packets")]
    since: Option<Timestamp>,

    /// Answer its requests over HTTP from this file: [[answer]] with url, and method, status, headers, body
    #[arg(long, value_name = "FILE")]
    http_mock: Option<PathBuf>,

    /// Fail unless all comes to what stands in this file, and show what differs
    #[arg(long, value_name = "FILE", conflicts_with = "write_expect")]
    expect: Option<PathBuf>,

    /// Write what --expect is to compare with, if all could be read
    #[arg(long, value_name = "FILE")]
    write_expect: Option<PathBuf>,

    /// When packets are received: a time such as 2026-04-06T12:00:00Z, or "now" [default: when their authors made them, or
    /// when the broker received them]
    #[arg(long, value_name = "TIME", value_parser = received)]
    at: Option<Received>,

    /// Print the summary only
    #[arg(short, long)]
    quiet: bool,
}

/// Who brings the packets of files.
const SOURCE: &str = "philae handler test";

pub(super) fn main(args: &TestArgs, data_dir: Option<&PathBuf>, as_json: bool) -> ExitCode {
    prepare(args, data_dir).map_or_else(|code| code, |(rig, packets)| run(args, as_json, rig, packets))
}

/// What it is run on.
enum Packets {
    Files(Vec<PathBuf>),
    Log(Box<Log>),
}

/// One of them.
enum Packet {
    File(PathBuf),
    Event(Result<Entry, LogError>),
}

impl Packets {
    fn each(&mut self) -> Box<dyn Iterator<Item = Packet> + '_> {
        match self {
            Self::Files(files) => Box::new(files.drain(..).map(Packet::File)),
            Self::Log(log) => Box::new(log.map(Packet::Event)),
        }
    }

    /// How many could not be read, and were passed over.
    fn damaged(&self) -> u64 {
        match self {
            Self::Files(_) => 0,
            Self::Log(log) => log.damaged(),
        }
    }
}

fn received(text: &str) -> Result<Received, jiff::Error> {
    if text == "now" { Ok(Received::Now) } else { text.parse().map(Received::At) }
}

fn prepare(args: &TestArgs, data_dir: Option<&PathBuf>) -> Result<(Rig, Packets), ExitCode> {
    let mock = trial::mock(args.http_mock.as_ref())?.unwrap_or_default();
    let (handed, mut rig) = trial::load(&args.handler, Some(Arc::new(mock)))?;
    rig.receive(args.at.unwrap_or(Received::Authored));
    if args.last.is_some() || args.since.is_some() {
        let wanted = Wanted { last: args.last, since: args.since, ..Wanted::default() };
        let log = archive::open(data_dir, &wanted)?;
        if log.span().is_empty() {
            archive::tell_none();
            return Err(ExitCode::from(EXIT_FAILED));
        }
        return Ok((rig, Packets::Log(Box::new(log))));
    }
    let named = match (args.packets.as_slice(), handed.samples) {
        ([], Some(samples)) => vec![samples],
        ([], None) => {
            tell!("philae: on which packets? Name files or folders after the handler, or --last N of a log");
            return Err(ExitCode::from(EXIT_USAGE));
        }
        (named, _) => named.to_vec(),
    };
    let packets = files(&named).map_err(|(folder, error)| {
        tell!("philae: cannot read '{}': {error}", folder.display());
        ExitCode::from(EXIT_FAILED)
    })?;
    if packets.is_empty() {
        tell!("philae: there are no .xml files in what was named");
        return Err(ExitCode::from(EXIT_FAILED));
    }
    Ok((rig, Packets::Files(packets)))
}

fn run(args: &TestArgs, as_json: bool, mut rig: Rig, mut packets: Packets) -> ExitCode {
    let mut stable = String::new();
    let is_stable_wanted = args.expect.is_some() || args.write_expect.is_some();
    print(|out| {
        let mut tally = Tally::default();
        let (mut all_good, mut has_broken_off) = (true, false);
        let called = runtime::block_on(async {
            for packet in packets.each() {
                let called = match packet {
                    Packet::File(file) => call(&mut rig, Named(&file)).await,
                    Packet::Event(Ok(entry)) => rig.replay(entry).await,
                    Packet::Event(Err(error)) => {
                        archive::tell(&error);
                        all_good = false;
                        has_broken_off = true;
                        break;
                    }
                };
                tally.add(&called);
                all_good &= called.is_good();
                if is_stable_wanted {
                    called.stable_lines().iter().for_each(|line| stable.extend([line, "\n"]));
                }
                if !args.quiet {
                    trial::tell(&called, as_json, out)?;
                }
            }
            Ok::<_, io::Error>(())
        });
        called??;
        if packets.damaged() > 0 {
            tell!("philae: {} damaged events of the log were passed over", packets.damaged());
        }
        if !as_json {
            writeln!(out, "{tally}")?;
        }
        out.flush()?;
        let is_as_expected = match (&args.expect, &args.write_expect) {
            (Some(file), _) => expected(file, &stable) && !tally.has_unreadable(),
            (None, Some(file)) if has_broken_off || tally.has_unreadable() => {
                tell!("philae: '{}' is left as it is: not all could be read", file.display());
                false
            }
            (None, Some(file)) => written(file, &stable),
            (None, None) => all_good,
        };
        Ok(is_as_expected && !has_broken_off)
    })
}

async fn call(rig: &mut Rig, named: Named<'_>) -> Called {
    match named.read() {
        Ok(packet) => rig.call(named.name(), packet, &SOURCE.into()).await,
        Err(error) => Called::unreadable(named.name(), format!("cannot read it: {error}")),
    }
}

/// Whether all came to what stands in a file.
fn expected(file: &Path, stable: &str) -> bool {
    match fs::read_to_string(file) {
        Ok(text) => match difference(&text, stable) {
            Some(told) => {
                let file = file.display();
                tell!("philae: it does not come to what '{file}' says (-), but to this (+):");
                told.lines().for_each(|line| tell!("{}", plain(line)));
                false
            }
            None => true,
        },
        Err(error) => {
            tell!("philae: cannot read what is expected from '{}': {error}", file.display());
            false
        }
    }
}

fn written(file: &Path, stable: &str) -> bool {
    match fs::write(file, stable) {
        Ok(()) => true,
        Err(error) => {
            tell!("philae: cannot write '{}': {error}", file.display());
            false
        }
    }
}
