//! `philae send`: submits events to a broker, as `comet-sendvo` does.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use vtp::Packet;

use super::files::Named;
use super::submit::{Receipt, submit};
use super::{EXIT_FAILED, runtime};
use crate::net::endpoint::{ConnectEndpoint, RECEIVE_PORT};

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
            tell!("philae: {error:#}");
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
        let file = Named(file);
        let sent = match read(file, args.unchecked) {
            Ok(packet) => send(&broker, packet, timeout).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(note) if !args.quiet => {
                say!("{file}: ack{}", note.map(|n| format!(" ({n})")).unwrap_or_default())
            }
            Ok(_) => {}
            Err(error) => {
                tell!("{file}: {error:#}");
                all_acked = false;
            }
        }
    }
    Ok(all_acked)
}

fn read(file: Named<'_>, unchecked: bool) -> anyhow::Result<Bytes> {
    let bytes = file.read().context("cannot read it")?;
    if !unchecked && let Err(error) = Packet::parse(bytes.clone()) {
        bail!("not sent, it is no VOEvent: {error} (--unchecked sends it all the same)");
    }
    Ok(bytes)
}

/// Submits one packet; gives what the broker added to its ack.
async fn send(broker: &ConnectEndpoint, packet: Bytes, timeout: Duration) -> anyhow::Result<Option<String>> {
    match submit(broker, packet, timeout).await? {
        Receipt::Ack(note) => Ok(note),
        Receipt::Nak(reason) => bail!("nak: {}", reason.as_deref().unwrap_or("no reason given")),
    }
}
