//! A running Comet 3.1.0, as broker between authors, upstream brokers and subscribers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Peers, START};
use crate::process::Process;

/// What `twistd comet` is told. The default is a broker with both ports open and no test events.
#[derive(Debug, Clone)]
pub struct CometOptions {
    /// Comet's own identifier.
    pub local_ivo: String,
    /// The port for authors, 0 for a free one, or none.
    pub receive: Option<u16>,
    /// The port for subscribers, 0 for a free one, or none.
    pub broadcast: Option<u16>,
    /// Ports on loopback of the brokers to subscribe to.
    pub remotes: Vec<u16>,
    /// XPath filters, sent to every remote.
    pub filters: Vec<String>,
    /// Whether events are saved, in [`Comet::saved_events_dir`].
    pub saves_events: bool,
    /// Whether events are printed, re-serialised, into the log.
    pub prints_events: bool,
    /// Programs to run for each event.
    pub commands: Vec<PathBuf>,
    /// Seconds between two test events to subscribers, the first at once; 0 for none.
    pub test_interval_secs: u32,
    /// Whether the log tells of single messages, such as receipts and iamalive.
    pub is_verbose: bool,
    /// A folder for the event database that is to outlive this Comet.
    pub eventdb: Option<PathBuf>,
}

impl Default for CometOptions {
    fn default() -> Self {
        Self {
            local_ivo: "ivo://peers.test/comet".to_owned(),
            receive: Some(0),
            broadcast: Some(0),
            remotes: Vec::new(),
            filters: Vec::new(),
            saves_events: false,
            prints_events: false,
            commands: Vec::new(),
            test_interval_secs: 0,
            is_verbose: false,
            eventdb: None,
        }
    }
}

impl CometOptions {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            format!("--local-ivo={}", self.local_ivo),
            format!("--broadcast-test-interval={}", self.test_interval_secs),
        ];
        let mut flag = |is_set: bool, name: &str| arguments.extend(is_set.then(|| name.to_owned()));
        flag(self.receive.is_some(), "--receive");
        flag(self.broadcast.is_some(), "--broadcast");
        flag(self.saves_events, "--save-event");
        flag(self.prints_events, "--print-event");
        flag(self.is_verbose, "--verbose");
        arguments.extend(self.receive.map(|port| format!("--receive-port={port}")));
        arguments.extend(self.broadcast.map(|port| format!("--broadcast-port={port}")));
        arguments.extend(self.remotes.iter().map(|port| format!("--remote=127.0.0.1:{port}")));
        arguments.extend(self.filters.iter().map(|filter| format!("--filter={filter}")));
        arguments.extend(self.commands.iter().map(|command| format!("--cmd={}", command.display())));
        arguments
    }
}

/// A Comet that listens. Dropping it kills the process and removes its files.
#[derive(Debug)]
pub struct Comet {
    process: Process,
    receive_port: Option<u16>,
    broadcast_port: Option<u16>,
    eventdb: PathBuf,
}

impl Comet {
    /// Starts Comet and waits until its ports are open; connections to `remotes` may come later.
    ///
    /// # Errors
    /// The peers cannot be installed, or Comet does not come up; the text has its log.
    pub fn start(options: CometOptions) -> Result<Self> {
        let mut command = Peers::get()?.script("comet_broker.py");
        // Relative names are in the folder of the process.
        let eventdb = options.eventdb.clone().unwrap_or_else(|| "eventdb".into());
        command.args(options.arguments()).arg("--save-event-directory=saved").arg("--eventdb").arg(&eventdb);
        let mut process = Process::spawn("comet", command)?;
        let [receive_port, broadcast_port] = process.wait_for_log(START, "Comet's ports", ports)?;
        let eventdb = process.folder().join(eventdb);
        Ok(Self { process, receive_port, broadcast_port, eventdb })
    }

    /// The port on loopback where authors submit.
    ///
    /// # Errors
    /// Comet was started without `receive`.
    pub fn receive_port(&self) -> Result<u16> {
        self.receive_port.context("this Comet does not listen for authors")
    }

    /// The port on loopback where subscribers connect.
    ///
    /// # Errors
    /// Comet was started without `broadcast`.
    pub fn broadcast_port(&self) -> Result<u16> {
        self.broadcast_port.context("this Comet does not listen for subscribers")
    }

    /// Waits until `count` subscribers have connected since the start, whether or not they are still there.
    ///
    /// # Errors
    /// `within` has passed or Comet has ended; the text has its log.
    pub fn wait_for_subscribers(&mut self, count: usize, within: Duration) -> Result<()> {
        self.wait_for_lines("] New subscriber at ", count, within)
    }

    /// Waits until subscribers have sent `count` filters since the start. Before, they get every event.
    ///
    /// # Errors
    /// `within` has passed or Comet has ended; the text has its log.
    pub fn wait_for_filters(&mut self, count: usize, within: Duration) -> Result<()> {
        self.wait_for_lines("] Installing filter ", count, within)
    }

    /// Waits until `text` stands in the log `count` times.
    ///
    /// # Errors
    /// `within` has passed or Comet has ended; the text has its log.
    pub fn wait_for_lines(&mut self, text: &str, count: usize, within: Duration) -> Result<()> {
        self.process.wait_for_lines(within, text, count)
    }

    /// The process id, for measurements.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Everything Comet has logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The folder of the event database, with a file for each stream.
    #[must_use]
    pub fn eventdb_dir(&self) -> &Path {
        &self.eventdb
    }

    /// The folder of saved events; absent before the first.
    ///
    /// A file there has its final name before its content is complete.
    #[must_use]
    pub fn saved_events_dir(&self) -> PathBuf {
        self.process.folder().join("saved")
    }
}

/// Reads the line that the launcher writes when all ports are open.
fn ports(log: &str) -> Option<[Option<u16>; 2]> {
    let (_, line) = log.split_once("comet_broker: ready receive=")?;
    let (receive, rest) = line.split_once(" broadcast=")?;
    let (broadcast, _) = rest.split_once('\n')?;
    Some([receive.parse().ok(), broadcast.parse().ok()])
}
