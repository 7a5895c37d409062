//! An author: one run of the real `comet-sendvo`.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Peers;
use crate::process::Process;

/// `comet-sendvo` waits for a reply without end; a broker closes a silent connection after 20 seconds.
const EXIT: Duration = Duration::from_secs(60);

/// How a run of `comet-sendvo` ended.
#[derive(Debug)]
pub struct Sent {
    /// The exit code: 0 for an ack, 1 for a nak, no reply or no connection.
    pub code: Option<i32>,
    /// Its log, with the reason of a nak.
    pub stdout: String,
}

impl Sent {
    /// Whether the broker took the packet.
    #[must_use]
    pub fn is_acked(&self) -> bool {
        self.code == Some(0)
    }
}

/// Submits a packet to the broker at a port of loopback and waits for the outcome.
///
/// A packet that is not well-formed is never sent, and ends with code 1 too.
///
/// # Errors
/// The peers cannot be installed, or the program does not end.
pub fn sendvo(port: u16, packet: &[u8]) -> Result<Sent> {
    let mut command = Peers::get()?.installed("comet-sendvo");
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    let mut process = Process::spawn("comet-sendvo", command)?;
    let mut stdin = process.take_stdin().context("comet-sendvo has no standard input")?;
    stdin.write_all(packet).context("cannot hand the packet to comet-sendvo")?;
    drop(stdin);
    let status = process.wait_for_exit(EXIT)?;
    Ok(Sent { code: status.code(), stdout: process.log() })
}
