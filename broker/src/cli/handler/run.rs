//! `philae handler run`: a handler on a live stream, without a broker of one's own.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::trial;
use crate::cli::listen::{ListenArgs, Listening};
use crate::workbench::{Received, Rig, Tally};

/// Run a handler on the events of a broker as they come, and tell what comes of each
///
/// It runs under the settings, limits and grants of the NAME.toml beside it, and really reaches what it is granted, unless
/// --http-mock answers in place of the network. Its state lasts until the command ends, and what it publishes is told and
/// sent nowhere. An event is acknowledged when the handler is done with it.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The module, or a project's folder with one in it
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    handler: PathBuf,

    /// The broker: HOST, HOST:PORT or unix:/path; port 8099 unless said
    #[arg(long, value_name = "BROKER")]
    from: String,

    /// Answer its requests over HTTP from this file, and reach nothing: [[answer]] with url, and method, status, headers,
    /// body
    #[arg(long, value_name = "FILE")]
    http_mock: Option<PathBuf>,

    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) fn main(args: &RunArgs, as_json: bool) -> ExitCode {
    let ready = trial::mock(args.http_mock.as_ref()).and_then(|mock| {
        let listening = Listening::parse(&args.from, &args.listen)?;
        Ok((trial::load(&args.handler, mock.map(Arc::new))?.1, listening))
    });
    match ready {
        Ok((rig, listening)) => run(rig, &listening, as_json),
        Err(code) => code,
    }
}

fn run(mut rig: Rig, listening: &Listening<'_>, as_json: bool) -> ExitCode {
    rig.receive(Received::Now);
    let source: Arc<str> = format!("upstream {}", listening.broker()).into();
    let mut tally = Tally::default();
    let code = listening.run(async |packet| {
        let called = rig.call(packet.ivorn().to_owned(), packet.raw().clone(), &source).await;
        tally.add(&called);
        let mut out = io::stdout().lock();
        trial::tell(&called, as_json, &mut out)?;
        out.flush()
    });
    if !as_json {
        say!("{tally}");
    }
    code
}
