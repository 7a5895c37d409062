//! What each kind of run can be told, and the plan that comes of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum as _};

use crate::bench::{ArchiveLoad, Comparison, Fanout, Idle, Limit, MIN_PACKET_BYTES, Stalled, Submit, Suite};

/// Serve as the floor: accept, read the frame, answer a fixed ack, copy the bytes to every subscriber
#[derive(Debug, Args)]
pub(super) struct FloorArgs {
    /// Where authors connect; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8098")]
    pub(super) receive: SocketAddr,
    /// Where subscribers connect; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8099")]
    pub(super) broadcast: SocketAddr,
}

/// Submit packets, one connection each, and time connect to ack
#[derive(Debug, Args)]
pub(super) struct SubmitArgs {
    /// The broker's port for authors
    #[arg(value_name = "HOST:PORT")]
    target: String,
    /// How many submit at once
    #[arg(long, default_value_t = 64)]
    authors: usize,
    /// Stop after that many submissions
    #[arg(long, conflicts_with = "duration")]
    events: Option<u64>,
    /// Stop after that time
    #[arg(long, default_value = "5s", value_parser = duration)]
    duration: Duration,
    #[command(flatten)]
    packets: PacketArgs,
}

/// Submit packets with subscribers listening, and account for every delivery
#[derive(Debug, Args)]
pub(super) struct FanoutArgs {
    #[command(flatten)]
    broker: BrokerArgs,
    /// How many subscribe
    #[arg(long, default_value_t = 100)]
    subscribers: u64,
    /// How many submit at once; fewer cannot keep a broker busy that writes to disk before each ack
    #[arg(long, default_value_t = 64)]
    authors: usize,
    /// How many packets to submit
    #[arg(long, default_value_t = 2000)]
    events: u64,
    /// Subscribers read nothing until all is submitted: the rate is that of the backlog's delivery alone
    #[arg(long)]
    hold: bool,
    /// Ask with this XPath expression, which must match every packet unless another does; repeatable
    #[arg(long, value_name = "XPATH", allow_hyphen_values = true)]
    filter: Vec<String>,
    /// How many more subscribe with 16 filters each that cost as much as filters can, left out of account
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    hostile: u64,
    #[command(flatten)]
    packets: PacketArgs,
}

/// Open subscribers to whom nothing is sent, and weigh the broker
#[derive(Debug, Args)]
pub(super) struct IdleArgs {
    /// The broker's port for subscribers
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8099")]
    broadcast: String,
    /// How many subscribe
    #[arg(long, default_value_t = 10_000)]
    subscribers: u64,
    /// The broker's process, to tell its resident memory
    #[arg(long)]
    pid: Option<u32>,
}

/// Open subscribers that never read, submit large packets, and weigh the broker
#[derive(Debug, Args)]
pub(super) struct StalledArgs {
    #[command(flatten)]
    broker: BrokerArgs,
    /// How many never read
    #[arg(long, default_value_t = 10)]
    subscribers: u64,
    /// How many packets to submit
    #[arg(long, default_value_t = 150)]
    events: u64,
    /// Bytes of a packet
    #[arg(long, default_value_t = 90_000, value_name = "BYTES", value_parser = packet_size)]
    size: usize,
    /// The broker's process
    #[arg(long)]
    pid: u32,
}

/// Measure floor, Philae and Comet in turn, and print Philae's figures as ratios
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// How many times; figures are medians
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only these measurements [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Suite>,
    /// The command that starts Comet 3.1.0 on loopback, such as "python tests/peers/comet_broker.py"
    #[arg(long, value_name = "COMMAND")]
    comet: Option<String>,
    /// The folder into which `handlers/build.sh --out DIR tests/guests` has built handlers; without it none are measured
    #[arg(long, value_name = "DIR", required_if_eq("only", "handlers"))]
    guests: Option<PathBuf>,
    /// Where data are kept meanwhile: on the disk that is meant [default: the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Entries of a full seen index
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    seen_entries: u64,
}

/// Import packets and search for them, beside reading them and nothing else
#[derive(Debug, Args)]
pub(super) struct ArchiveArgs {
    /// Archives that are imported besides, such as tarballs of real packets
    #[arg(value_name = "PATH")]
    archives: Vec<PathBuf>,
    /// Packets that are searched
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    events: u64,
    /// How often each question is asked
    #[arg(long, value_name = "COUNT", default_value_t = 101)]
    rounds: usize,
    /// Where data are kept meanwhile: on the disk that is meant [default: the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl ArchiveArgs {
    pub(super) fn plan(&self) -> anyhow::Result<ArchiveLoad> {
        Ok(ArchiveLoad {
            philae: std::env::current_exe()?,
            folder: self.data_dir.clone().unwrap_or_else(std::env::temp_dir),
            archives: self.archives.clone(),
            events: self.events,
            rounds: self.rounds,
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct BrokerArgs {
    /// The broker's port for authors
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8098")]
    receive: String,
    /// The broker's port for subscribers
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8099")]
    broadcast: String,
}

#[derive(Debug, Args)]
pub(super) struct PacketArgs {
    /// Bytes of a packet; a GCN notice has some 4,100
    #[arg(long, default_value_t = 4096, value_name = "BYTES", value_parser = packet_size)]
    size: usize,
    /// Submissions a second [default: as fast as the broker answers]
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
}

impl SubmitArgs {
    pub(super) fn plan(&self) -> Submit {
        Submit {
            target: self.target.clone(),
            authors: self.authors,
            limit: self.events.map_or(Limit::Time(self.duration), Limit::Events),
            size_bytes: self.packets.size,
            rate: self.packets.rate,
        }
    }
}

impl FanoutArgs {
    pub(super) fn plan(&self) -> Fanout {
        Fanout {
            receive: self.broker.receive.clone(),
            broadcast: self.broker.broadcast.clone(),
            subscribers: self.subscribers,
            authors: self.authors,
            events: self.events,
            size_bytes: self.packets.size,
            rate: self.packets.rate,
            hold: self.hold,
            filters: self.filter.clone(),
            hostile: self.hostile,
        }
    }
}

impl IdleArgs {
    pub(super) fn plan(&self) -> Idle {
        Idle { broadcast: self.broadcast.clone(), subscribers: self.subscribers, pid: self.pid }
    }
}

impl StalledArgs {
    pub(super) fn plan(&self) -> Stalled {
        Stalled {
            receive: self.broker.receive.clone(),
            broadcast: self.broker.broadcast.clone(),
            subscribers: self.subscribers,
            events: self.events,
            size_bytes: self.size,
            pid: self.pid,
        }
    }
}

impl CompareArgs {
    pub(super) fn plan(&self) -> anyhow::Result<Comparison> {
        let all = Suite::value_variants().iter().copied();
        let all = all.filter(|suite| *suite != Suite::Handlers || self.guests.is_some());
        Ok(Comparison {
            runs: self.runs,
            suites: if self.only.is_empty() { all.collect() } else { self.only.clone() },
            philae: std::env::current_exe().context("cannot find the own executable")?,
            comet: self.comet.as_ref().map(|command| command.split_whitespace().map(str::to_owned).collect()),
            folder: self.data_dir.clone().unwrap_or_else(std::env::temp_dir),
            seen_entries: self.seen_entries,
            guests: self.guests.clone(),
            on_step: |step| tell!("{step}"),
        })
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().map_err(|error| error.to_string())?;
    Duration::try_from(parsed).map_err(|_| format!("'{text}' lies in the past"))
}

fn packet_size(text: &str) -> Result<usize, String> {
    let most = 16 << 20;
    match text.parse() {
        Ok(size) if (MIN_PACKET_BYTES..=most).contains(&size) => Ok(size),
        _ => Err(format!("a packet has {MIN_PACKET_BYTES} to {most} bytes")),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.001..=1e6).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number from 0.001 to 1000000".to_owned()),
    }
}
