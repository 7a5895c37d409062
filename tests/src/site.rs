//! A site: a place where a broker runs, goes down and comes back, with its folder and its ports.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::client;
use crate::philae::Philae;

/// A broker's folder, ports and flags, and the broker that runs there at present.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
    flags: Vec<String>,
    receive: SocketAddr,
    broadcast: SocketAddr,
    philae: Option<Philae>,
}

impl Site {
    /// Starts a broker with an empty store, on free ports of loopback that it keeps from then on.
    ///
    /// # Errors
    /// It does not come up.
    pub fn start(flags: &[&str]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let philae = Philae::start_in(folder.path(), flags)?;
        let (receive, broadcast) = (philae.receive()?, philae.broadcast()?);
        let flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        Ok(Self { folder, flags, receive, broadcast, philae: Some(philae) })
    }

    /// Starts the broker again, with the same folder, ports and flags.
    ///
    /// # Errors
    /// It does not come up.
    pub fn start_again(&mut self) -> Result<()> {
        let (receive, broadcast) = (self.receive.to_string(), self.broadcast.to_string());
        let folder = self.folder.path().to_str().context("the folder's name is no UTF-8")?;
        let mut flags = vec!["--receive", &receive, "--broadcast", &broadcast, "--data-dir", folder];
        flags.extend(self.flags.iter().map(String::as_str));
        self.philae = Some(Philae::start(&flags)?);
        Ok(())
    }

    /// Ends the broker by a signal, KILL or TERM, and waits until it is gone.
    ///
    /// # Errors
    /// It does not go, or does not run.
    pub fn end_by(&mut self, signal: &str) -> Result<()> {
        let philae = self.philae.take().context("no broker runs here")?;
        if signal == "KILL" { philae.kill() } else { philae.stop().map(drop) }
    }

    /// The broker that runs here.
    ///
    /// # Errors
    /// None does at present.
    pub fn philae(&mut self) -> Result<&mut Philae> {
        self.philae.as_mut().context("no broker runs here")
    }

    /// Where subscribers connect, in the form that `--subscribe` takes.
    #[must_use]
    pub fn upstream(&self) -> String {
        self.broadcast.to_string()
    }

    /// Where subscribers connect.
    #[must_use]
    pub fn broadcast(&self) -> SocketAddr {
        self.broadcast
    }

    /// Its data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Submits packets, which must be acknowledged.
    ///
    /// # Errors
    /// One was not.
    pub fn submit(&self, packets: &[Vec<u8>]) -> Result<()> {
        packets.iter().try_for_each(|packet| client::submit_acked(self.receive, packet).map(drop))
    }
}
