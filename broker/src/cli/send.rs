//! `philae send`: submits events to a broker, as `comet-sendvo` does.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use vtp::Packet;
use vtp::session::{Sender, Verdict};

use super::{EXIT_FAILED, runtime};
use crate::clock::Clock;
use crate::net::connect::connect;
use crate::net::endpoint::{ConnectEndpoint, RECEIVE_PORT};
use crate::net::link::{Link, Progress};
use crate::plain::excerpt;

/// Submit events to a broker and wait for its receipts.
///
/// Exits with 0 when the broker has acknowledged all of them, and with 1 otherwise.
#[derive(Debug, clap::Args)]
pub(super) struct SendArgs {
    /// The broker: HOST, HOST:PORT or unix:/path; port 8098 unless said
    #[arg(value_name = "BROKER")]
    broker: String,

    /// Files with one VOEvent each; "-" or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Seconds to wait for the connection and each receipt
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    timeout: f64,

    /// Send it whatever it is, to see what the broker makes of it
    #[arg(long)]
    unchecked: bool,

    /// Say nothing when all goes well
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn main(args: &SendArgs) -> ExitCode {
    match runtime::block_on(send_all(args)).map_err(anyhow::Error::from).flatten() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            eprintln!("philae: {error:#}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

async fn send_all(args: &SendArgs) -> anyhow::Result<bool> {
    let broker = ConnectEndpoint::parse(&args.broker, RECEIVE_PORT)
        .with_context(|| format!("cannot send to '{}'", args.broker))?;
    let timeout = Duration::try_from_secs_f64(args.timeout).context("cannot wait for that --timeout")?;
    let standard_input = [PathBuf::from("-")];
    let files = if args.files.is_empty() { &standard_input } else { args.files.as_slice() };
    let mut all_acked = true;
    for file in files {
        let name =
            if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() };
        let sent = match read(file, args.unchecked) {
            Ok(packet) => submit(&broker, packet, timeout).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(note) if !args.quiet => {
                println!("{name}: ack{}", note.map(|n| format!(" ({n})")).unwrap_or_default())
            }
            Ok(_) => {}
            Err(error) => {
                eprintln!("{name}: {error:#}");
                all_acked = false;
            }
        }
    }
    Ok(all_acked)
}

fn read(file: &PathBuf, unchecked: bool) -> anyhow::Result<Bytes> {
    let bytes: Bytes = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).context("cannot read it")?;
        bytes.into()
    } else {
        std::fs::read(file).context("cannot read it")?.into()
    };
    if !unchecked && let Err(error) = Packet::parse(bytes.clone()) {
        bail!("not sent, it is no VOEvent: {error} (--unchecked sends it all the same)");
    }
    Ok(bytes)
}

/// Submits one packet; gives what the broker added to its ack.
async fn submit(
    broker: &ConnectEndpoint,
    packet: Bytes,
    timeout: Duration,
) -> anyhow::Result<Option<String>> {
    let stream = connect(broker, timeout).await.with_context(|| format!("cannot reach {broker}"))?;
    let clock = Clock::start();
    let mut session = Sender::new(packet, timeout, clock.now());
    let mut link = Link::new(stream);
    loop {
        while let Some(message) = session.transmit() {
            link.push(message);
        }
        if let Some(verdict) = session.next_event() {
            return match verdict {
                Verdict::Accepted(note) => Ok(note.as_deref().map(excerpt)),
                Verdict::Refused(Some(reason)) => bail!("nak: {}", excerpt(&reason)),
                Verdict::Refused(None) => bail!("nak: no reason given"),
                Verdict::Unexpected(what) => {
                    let what = excerpt(&what);
                    bail!("{broker} answered with something that is no receipt: {what}")
                }
            };
        }
        if let Some(reason) = session.closed() {
            bail!(
                "no receipt from {broker}: {reason}; it may or may not have the event, sending again is safe"
            );
        }
        let deadline = session.deadline().map(|deadline| clock.at(deadline));
        let progress = link.progress(true, |piece| session.receive(piece, clock.now()));
        let progress = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, progress).await,
            None => Ok(progress.await),
        };
        match progress {
            Ok(Ok(Progress::Ended)) => {
                bail!("{broker} closed the connection without a receipt; sending again is safe")
            }
            Ok(Ok(Progress::Received | Progress::Flushed)) => {}
            Ok(Err(error)) => return Err(error).with_context(|| format!("the connection to {broker} broke")),
            Err(_) => session.wake(clock.now()),
        }
    }
}
