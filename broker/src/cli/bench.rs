//! `philae bench`: how fast a broker is, and whether it loses, doubles or changes anything.
//!
//! The exit code is 0 if all went well, 1 if something was refused, lost, doubled or changed, or could not be measured.

mod args;
mod languages;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::files::print;
use super::{EXIT_FAILED, runtime};
use crate::bench::{ArchiveFigures, Floor, Report, Table};
use crate::plain::json_line;
use args::{ArchiveArgs, CompareArgs, FanoutArgs, FloorArgs, IdleArgs, StalledArgs, SubmitArgs};

/// Drive a broker as authors and subscribers do, and measure it
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    load: Load,
    /// Print the figures as JSON, with units in their names
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Load {
    Floor(FloorArgs),
    Submit(SubmitArgs),
    Fanout(FanoutArgs),
    Idle(IdleArgs),
    Stalled(StalledArgs),
    Compare(CompareArgs),
    Archive(ArchiveArgs),
    Languages(languages::LanguagesArgs),
}

pub(super) fn main(args: &BenchArgs) -> ExitCode {
    if let Load::Languages(languages) = &args.load {
        return languages::main(languages, args.json);
    }
    runtime::raise_socket_limit();
    match runtime::block_on(run_or_end(&args.load)).map_err(anyhow::Error::from).flatten() {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(outcome)) => {
            let text = if args.json { json_line(&outcome.json) + "\n" } else { outcome.text };
            print(|out| out.write_all(text.as_bytes()).map(|()| !outcome.is_faulty))
        }
        Err(error) => {
            tell!("philae: {error:#}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// What a run came to, in both forms.
struct Outcome {
    text: String,
    json: serde_json::Value,
    is_faulty: bool,
}

impl From<Report> for Outcome {
    fn from(report: Report) -> Self {
        Self { text: report.to_string(), json: report.to_json(), is_faulty: report.is_faulty() }
    }
}

impl From<ArchiveFigures> for Outcome {
    fn from(figures: ArchiveFigures) -> Self {
        Self { text: figures.to_string(), json: figures.to_json(), is_faulty: false }
    }
}

impl From<Table> for Outcome {
    fn from(table: Table) -> Self {
        Self { text: table.to_string(), json: table.to_json(), is_faulty: table.is_faulty() }
    }
}

/// Makes a run, or serves as the floor until asked to end; the floor has nothing to tell.
async fn run_or_end(load: &Load) -> anyhow::Result<Option<Outcome>> {
    let run = async {
        match load {
            Load::Floor(args) => serve(args).await,
            Load::Submit(args) => Ok(args.plan().run().await?.into()),
            Load::Fanout(args) => Ok(args.plan().run().await?.into()),
            Load::Idle(args) => Ok(args.plan().run().await?.into()),
            Load::Stalled(args) => Ok(args.plan().run().await?.into()),
            Load::Compare(args) => Ok(args.plan()?.run().await?.into()),
            Load::Archive(args) => Ok(args.plan()?.run().await?.into()),
            // It drives no broker.
            Load::Languages(_) => anyhow::bail!("languages are compared by themselves"),
        }
    };
    // Whichever comes first; a run that is dropped takes its connections and child processes along.
    tokio::select! {
        outcome = run => outcome.map(Some),
        asked = runtime::asked_to_end() => {
            asked?;
            if matches!(load, Load::Floor(_)) { Ok(None) } else { anyhow::bail!("broken off") }
        }
    }
}

async fn serve(args: &FloorArgs) -> anyhow::Result<Outcome> {
    let floor = Floor::bind(args.receive, args.broadcast)?;
    let (receive, broadcast) = floor.addresses()?;
    tell!("floor: authors at {receive}, subscribers at {broadcast}");
    match floor.serve().await.context("cannot serve as the floor")? {}
}
