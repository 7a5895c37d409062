//! `philae tap`: subscribes to a broker and shows events as they come.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use jiff::Timestamp;
use vtp::Packet;

use super::listen::{ListenArgs, Listening};
use crate::native::save;
use crate::plain::{json_line, plain};

/// Subscribe to a broker and show events as they come.
///
/// A line an event: when it came, its role, its size in bytes, its identifier. A link that breaks is made again.
#[derive(Debug, clap::Args)]
pub(super) struct TapArgs {
    /// The broker: HOST, HOST:PORT or unix:/path; port 8099 unless said
    #[arg(value_name = "BROKER")]
    broker: String,

    /// Print each event's XML as it came
    #[arg(long, conflicts_with = "json")]
    xml: bool,

    /// Print a JSON object an event: received, ivorn, role, version, bytes, digest
    #[arg(long)]
    json: bool,

    /// Save each event as a file in this directory, which must exist
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,

    #[command(flatten)]
    listen: ListenArgs,
}

pub(super) fn main(args: &TapArgs) -> ExitCode {
    match Listening::parse(&args.broker, &args.listen) {
        Ok(listening) => listening.run(async |packet| show(args, packet)),
        Err(code) => code,
    }
}

fn show(args: &TapArgs, packet: &Packet) -> io::Result<()> {
    if let Some(folder) = &args.save {
        save(folder, packet.ivorn(), packet.raw())?;
    }
    let received = Timestamp::now();
    let mut out = io::stdout().lock();
    if args.xml {
        out.write_all(packet.raw())?;
        out.write_all(b"\n")?;
    } else if args.json {
        writeln!(out, "{}", to_json(packet, received))?;
    } else {
        let (role, bytes) = (plain(packet.role()), packet.raw().len());
        writeln!(out, "{received:.3}  {role:<11} {bytes:>7}  {}", plain(packet.ivorn()))?;
    }
    out.flush()
}

fn to_json(packet: &Packet, received: Timestamp) -> String {
    let object = serde_json::json!({
        "received": received.to_string(),
        "ivorn": packet.ivorn(),
        "role": packet.role(),
        "version": packet.version(),
        "bytes": packet.raw().len(),
        "digest": packet.digest().to_string(),
    });
    json_line(&object)
}
