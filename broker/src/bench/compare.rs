//! The comparison: floor, Philae and Comet, in turn and in one run.
//!
//! A machine is never twice the same, so nothing is compared with a number from another day: each run measures every server
//! afresh (a new process, a new folder), one after the other, and the disk between them. Figures are medians of the runs.
//!
//! ```text
//!   run 1: disk  floor  philae  comet │ run 2: disk  floor  philae  comet │ …   ──> samples ──> table
//! ```

mod field;
mod filters;
mod handlers;
mod samples;
mod seen;
mod suites;
mod table;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::BenchError;
use super::process::{Place, Server};
use crate::scratch::Scratch;
use samples::{Peer, Samples};
pub use table::Table;

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// How many times.
    pub runs: usize,
    /// In what.
    pub suites: Vec<Suite>,
    /// The `philae` executable, which is the floor too.
    pub philae: PathBuf,
    /// The command that starts Comet 3.1.0 on loopback, if it is to be there.
    pub comet: Option<Vec<String>>,
    /// Where data are kept meanwhile: on the disk that is meant.
    pub folder: PathBuf,
    /// How many entries a full seen index has.
    pub seen_entries: u64,
    /// The folder with the modules that `handlers/build.sh` makes of `tests/guests`, if handlers are to be measured.
    pub guests: Option<PathBuf>,
    /// Is told what is about to be measured.
    pub on_step: fn(&str),
}

/// A group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// Submissions a second, of one author and of 64
    Submit,
    /// Deliveries a second to 1, 100 and 500 subscribers
    Fanout,
    /// From connect to received, at five events a second
    Latency,
    /// Idle, with 10,000 idle subscribers, with ten that never read
    Memory,
    /// Submissions and the start with a million entries in the seen index
    Seen,
    /// Submissions with the schema asked for, and without
    Checks,
    /// Deliveries with filters and without, and their latency beside subscribers with hostile filters
    Filters,
    /// What handlers get done, what that costs beside Comet's ways, and whether deliveries suffer
    Handlers,
}

impl Comparison {
    /// Makes the runs.
    ///
    /// # Errors
    /// If a server cannot be started or does not serve. What it loses or refuses is in the table.
    pub async fn run(&self) -> Result<Table, BenchError> {
        let scratch = Scratch::make(&self.folder, "philae-bench").map_err(|source| {
            BenchError::io(format!("make a folder in '{}'", self.folder.display()), source)
        })?;
        let mut samples = Samples::default();
        if self.suites.contains(&Suite::Seen) {
            (self.on_step)("filling the seen index");
            seen::fill(&scratch.path().join(seen::FOLDER), self.seen_entries).await?;
        }
        for run in 1..=self.runs {
            for suite in &self.suites {
                (self.on_step)(&format!("run {run} of {}: {suite:?}", self.runs));
                self.measure(*suite, &scratch, &mut samples).await?;
            }
        }
        Ok(Table::of(&samples))
    }

    async fn start(&self, peer: Peer, scratch: &Scratch) -> Result<Server, BenchError> {
        self.start_with(peer, scratch, &[]).await
    }

    async fn start_with(&self, peer: Peer, scratch: &Scratch, flags: &[&str]) -> Result<Server, BenchError> {
        let folder = scratch.path().join(format!("{peer:?}"));
        // Left by the run before, if there was one.
        let _ = fs::remove_dir_all(&folder);
        self.start_in(peer, folder, flags).await
    }

    async fn start_in(&self, peer: Peer, folder: PathBuf, flags: &[&str]) -> Result<Server, BenchError> {
        let place = Place::find(folder)?;
        let mut command = self.command(peer, &place)?;
        command.args(flags);
        Server::start(command, place).await
    }

    fn command(&self, peer: Peer, place: &Place) -> Result<Command, BenchError> {
        match peer {
            Peer::Floor => Ok(floor(Command::new(&self.philae), place)),
            Peer::Philae => Ok(philae(Command::new(&self.philae), place)),
            Peer::Comet => {
                let mut words = self.comet.iter().flatten();
                let program =
                    words.next().ok_or_else(|| BenchError::Broker("no Comet was named".to_owned()))?;
                let mut command = Command::new(program);
                command.args(words);
                Ok(comet(command, place))
            }
        }
    }
}

fn floor(mut command: Command, place: &Place) -> Command {
    command.args(["bench", "floor"]);
    command.arg("--receive").arg(place.receive.to_string());
    command.arg("--broadcast").arg(place.broadcast.to_string());
    command
}

pub(super) fn philae(mut command: Command, place: &Place) -> Command {
    command.args(["run", "--local-ivo", "ivo://philae.bench/broker", "--broadcast-test-interval", "0"]);
    command.arg("--data-dir").arg(&place.folder);
    command.arg("--receive").arg(format!("tcp:{}:interface=127.0.0.1", place.receive.port()));
    command.arg("--broadcast").arg(format!("tcp:{}:interface=127.0.0.1", place.broadcast.port()));
    for limit in ["receive-max", "broadcast-max"] {
        command.args([format!("--{limit}-connections"), "20000".to_owned()]);
        command.args([format!("--{limit}-per-address"), "20000".to_owned()]);
    }
    command
}

fn comet(mut command: Command, place: &Place) -> Command {
    // What it logs an event costs Comet a good deal; without, it is at its best.
    command.args(["--quiet", "--local-ivo=ivo://philae.bench/comet", "--broadcast-test-interval=0"]);
    command.args(["--receive".to_owned(), format!("--receive-port={}", place.receive.port())]);
    command.args(["--broadcast".to_owned(), format!("--broadcast-port={}", place.broadcast.port())]);
    command.arg(format!("--eventdb={}", place.folder.display()));
    // The project's launcher ends with its standard input, and so with us.
    command.env("PEER_ENDS_WITH_STDIN", "1");
    command
}
