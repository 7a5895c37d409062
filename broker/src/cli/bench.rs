//! `philae bench`: how fast a broker is, and whether it loses, doubles or changes anything.
//!
//! The exit code is 0 if all went well, 1 if something was refused, lost, doubled or changed, or could not be measured.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum as _};

use super::{EXIT_FAILED, runtime};
use crate::bench::{
    Comparison, Fanout, Floor, Idle, Limit, MIN_PACKET_BYTES, Report, Stalled, Submit, Suite, Table,
};

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
}

/// Serve as the floor: accept, read the frame, answer a fixed ack, copy the bytes to every subscriber
#[derive(Debug, Args)]
struct FloorArgs {
    /// Where authors connect; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8098")]
    receive: SocketAddr,
    /// Where subscribers connect; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8099")]
    broadcast: SocketAddr,
}

/// Submit packets, one connection each, and time connect to ack
#[derive(Debug, Args)]
struct SubmitArgs {
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
struct FanoutArgs {
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
    #[command(flatten)]
    packets: PacketArgs,
}

/// Open subscribers to whom nothing is sent, and weigh the broker
#[derive(Debug, Args)]
struct IdleArgs {
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
struct StalledArgs {
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
struct CompareArgs {
    /// How many times; figures are medians
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only these measurements [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Suite>,
    /// The command that starts Comet 3.1.0 on loopback, such as "python tests/peers/comet_broker.py"
    #[arg(long, value_name = "COMMAND")]
    comet: Option<String>,
    /// Where data are kept meanwhile: on the disk that is meant [default: the folder for temporary files]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Entries of a full seen index
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    seen_entries: u64,
}

#[derive(Debug, Args)]
struct BrokerArgs {
    /// The broker's port for authors
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8098")]
    receive: String,
    /// The broker's port for subscribers
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8099")]
    broadcast: String,
}

#[derive(Debug, Args)]
struct PacketArgs {
    /// Bytes of a packet; a GCN notice has some 4,100
    #[arg(long, default_value_t = 4096, value_name = "BYTES", value_parser = packet_size)]
    size: usize,
    /// Submissions a second [default: as fast as the broker answers]
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
}

pub(super) fn main(args: &BenchArgs) -> ExitCode {
    runtime::raise_socket_limit();
    match runtime::block_on(run_or_end(&args.load)).map_err(anyhow::Error::from).flatten() {
        Ok(outcome) => {
            if args.json {
                println!("{}", outcome.json);
            } else {
                print!("{}", outcome.text);
            }
            if outcome.is_faulty { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS }
        }
        Err(error) => {
            eprintln!("philae: {error:#}");
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

impl From<Table> for Outcome {
    fn from(table: Table) -> Self {
        Self { text: table.to_string(), json: table.to_json(), is_faulty: table.is_faulty() }
    }
}

async fn run(load: &Load) -> anyhow::Result<Outcome> {
    match load {
        Load::Floor(args) => args.serve().await,
        Load::Submit(args) => Ok(args.plan().run().await?.into()),
        Load::Fanout(args) => Ok(args.plan().run().await?.into()),
        Load::Idle(args) => Ok(args.plan().run().await?.into()),
        Load::Stalled(args) => Ok(args.plan().run().await?.into()),
        Load::Compare(args) => Ok(args.plan()?.run().await?.into()),
    }
}

async fn run_or_end(load: &Load) -> anyhow::Result<Outcome> {
    // Whichever comes first; a run that is dropped takes its connections and child processes along.
    tokio::select! {
        outcome = run(load) => outcome,
        asked = runtime::asked_to_end() => {
            asked?;
            anyhow::bail!("broken off");
        }
    }
}

impl FloorArgs {
    async fn serve(&self) -> anyhow::Result<Outcome> {
        let floor = Floor::bind(self.receive, self.broadcast)?;
        let (receive, broadcast) = floor.addresses()?;
        eprintln!("floor: authors at {receive}, subscribers at {broadcast}");
        match floor.serve().await.context("cannot serve as the floor")? {}
    }
}

impl SubmitArgs {
    fn plan(&self) -> Submit {
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
    fn plan(&self) -> Fanout {
        Fanout {
            receive: self.broker.receive.clone(),
            broadcast: self.broker.broadcast.clone(),
            subscribers: self.subscribers,
            authors: self.authors,
            events: self.events,
            size_bytes: self.packets.size,
            rate: self.packets.rate,
            hold: self.hold,
        }
    }
}

impl IdleArgs {
    fn plan(&self) -> Idle {
        Idle { broadcast: self.broadcast.clone(), subscribers: self.subscribers, pid: self.pid }
    }
}

impl StalledArgs {
    fn plan(&self) -> Stalled {
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
    fn plan(&self) -> anyhow::Result<Comparison> {
        let all = Suite::value_variants();
        Ok(Comparison {
            runs: self.runs,
            suites: if self.only.is_empty() { all.to_vec() } else { self.only.clone() },
            philae: std::env::current_exe().context("cannot find the own executable")?,
            comet: self.comet.as_ref().map(|command| command.split_whitespace().map(str::to_owned).collect()),
            folder: self.data_dir.clone().unwrap_or_else(std::env::temp_dir),
            seen_entries: self.seen_entries,
            on_step: |step| eprintln!("{step}"),
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
