//! A subscriber: the real `listen` of pygcn, which keeps every packet it gets.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Peers, START};
use crate::process::Process;
use crate::wait::wait_until;

/// A running pygcn. Dropping it kills the process and removes its files.
#[derive(Debug)]
pub struct Pygcn {
    process: Process,
}

impl Pygcn {
    /// Subscribes to the broker at a port of loopback and waits until the broker has greeted it.
    ///
    /// The greeting is the broker's `authenticate`: from then on the subscription is in place.
    ///
    /// # Errors
    /// The peers cannot be installed, or there is no greeting; the text has pygcn's log.
    pub fn start(port: u16) -> Result<Self> {
        let mut pygcn = Self::spawn(port)?;
        pygcn.wait_for_greetings(1, START)?;
        Ok(pygcn)
    }

    /// As [`Pygcn::start`], but does not wait: the broker need not be there yet.
    ///
    /// pygcn tries again 2 seconds after the first failure, then after 4, 8 and so on.
    ///
    /// # Errors
    /// The peers cannot be installed or started.
    pub fn spawn(port: u16) -> Result<Self> {
        let mut command = Peers::get()?.script("pygcn_listen.py");
        command.args(["127.0.0.1", &port.to_string(), "received"]);
        Ok(Self { process: Process::spawn("pygcn", command)? })
    }

    /// Waits until brokers have sent `authenticate` so many times in all: once in each connection.
    ///
    /// # Errors
    /// `within` has passed or pygcn has ended; the text has its log.
    pub fn wait_for_greetings(&mut self, count: usize, within: Duration) -> Result<()> {
        // pygcn does not know that role, and says so.
        self.process.wait_for_lines(within, "unrecognized role: authenticate", count)
    }

    /// The packets received so far, in the order of arrival.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn received(&self) -> Result<Vec<Vec<u8>>> {
        let packets = (1..).map(|number| self.packet(number)).take_while(|path| path.exists());
        packets.map(|path| fs::read(&path).with_context(|| format!("cannot read {path:?}"))).collect()
    }

    /// Waits for packets until `count` have come since the start, and returns all.
    ///
    /// # Errors
    /// `within` has passed; the text has pygcn's log.
    pub fn wait_for(&self, count: usize, within: Duration) -> Result<Vec<Vec<u8>>> {
        wait_until(within, &format!("{count} packets at pygcn"), || {
            count == 0 || self.packet(count).exists()
        })
        .with_context(|| format!("pygcn wrote:\n{}", self.log()))?;
        self.received()
    }

    /// Everything pygcn has logged, with a line and a time for each packet.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    fn packet(&self, number: usize) -> PathBuf {
        self.process.folder().join(format!("received/{number:08}.xml"))
    }
}
