//! Processes: brokers that a comparison starts and stops, and what the system says of their memory and CPU time.
//!
//! A server lives on two free ports of loopback and ends with its [`Server`], whatever happens to the comparison. What it
//! prints goes to a file beside its data.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::BenchError;

/// How long a server may take to open its ports, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(5);

/// How long a process must do nothing before it counts as being at rest.
const REST: Duration = Duration::from_millis(500);

/// What the system counts CPU time in for programs (`USER_HZ`), whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// Where a server is to listen and may keep things.
#[derive(Debug)]
pub(super) struct Place {
    /// For authors.
    pub(super) receive: SocketAddr,
    /// For subscribers.
    pub(super) broadcast: SocketAddr,
    /// For data; made by the server.
    pub(super) folder: PathBuf,
}

impl Place {
    /// Two ports that are free now, and a folder.
    pub(super) fn find(folder: PathBuf) -> Result<Self, BenchError> {
        let free = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            Ok((listener.local_addr()?, listener))
        };
        // Both are held until both are known, or they would be the same one.
        let both = free().and_then(|first| Ok((first, free()?)));
        let ((receive, _one), (broadcast, _other)) =
            both.map_err(|source| BenchError::io("find free ports", source))?;
        Ok(Self { receive, broadcast, folder })
    }
}

/// A broker that runs as a child process.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    started: Instant,
    log: PathBuf,
    place: Place,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) async fn start(mut command: Command, place: Place) -> Result<Self, BenchError> {
        let log = place.folder.with_extension("log");
        let doing = format!("start '{}'", command.get_program().display());
        let child = spawn(&mut command, &log).map_err(|source| BenchError::io(doing, source))?;
        let mut server = Self { child, started: Instant::now(), log, place };
        server.wait_until_open().await?;
        Ok(server)
    }

    async fn wait_until_open(&mut self) -> Result<(), BenchError> {
        for port in [self.place.broadcast, self.place.receive] {
            while TcpStream::connect(port).await.is_err() {
                let has_ended = !matches!(self.child.try_wait(), Ok(None));
                if has_ended || self.started.elapsed() > PATIENCE {
                    let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                    let state = if has_ended { "ended" } else { "did not open its ports" };
                    let last_line = log.lines().last().unwrap_or("it said nothing");
                    return Err(BenchError::Broker(format!("a broker {state}: {last_line}")));
                }
                sleep(POLL).await;
            }
        }
        Ok(())
    }

    pub(super) fn receive(&self) -> String {
        self.place.receive.to_string()
    }

    pub(super) fn broadcast(&self) -> String {
        self.place.broadcast.to_string()
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it keeps its data.
    pub(super) fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// How many lines with this text it has printed.
    pub(super) fn printed(&self, text: &str) -> Result<u64, BenchError> {
        let failed = |source| BenchError::io(format!("read '{}'", self.log.display()), source);
        let log = std::fs::read(&self.log).map_err(failed)?;
        Ok(String::from_utf8_lossy(&log).lines().filter(|line| line.contains(text)).count() as u64)
    }

    /// The CPU time of it and of its children, once it has come to rest.
    pub(super) async fn cpu_at_rest(&self) -> Result<Duration, BenchError> {
        let asked = Instant::now();
        let mut before = cpu_time(self.pid())?;
        while asked.elapsed() < PATIENCE {
            sleep(REST).await;
            let now = cpu_time(self.pid())?;
            // A tick may be what an idle broker's clocks have come to.
            if now <= before + TICK && !has_children(self.pid()) {
                return Ok(now);
            }
            before = now;
        }
        Err(BenchError::Broker(format!("a broker did not come to rest within {PATIENCE:?}")))
    }

    /// When it was started.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Asks the server to end and waits until it has.
    pub(super) async fn stop(mut self) -> Result<(), BenchError> {
        // A server that is gone already needs no signal.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(None) => sleep(POLL).await,
                Ok(Some(_)) => return Ok(()),
                Err(source) => return Err(BenchError::io("wait for a broker's end", source)),
            }
        }
        Err(BenchError::Broker(format!("a broker did not end within {PATIENCE:?}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended if it was asked to; otherwise the comparison was broken off.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(command: &mut Command, log: &Path) -> io::Result<Child> {
    let output = File::create(log)?;
    command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output).spawn()
}

/// The memory that a process has resident, in bytes (`VmRSS`).
pub(super) fn resident_bytes(pid: u32) -> Result<i64, BenchError> {
    let path = format!("/proc/{pid}/status");
    let failed = |source| BenchError::io(format!("read '{path}'"), source);
    let status = std::fs::read_to_string(&path).map_err(failed)?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse::<i64>().ok());
    kib.map(|kib| kib * 1024).ok_or_else(|| failed(io::Error::other("it tells no VmRSS")))
}

/// The CPU time of a process and of its children that have ended, the kernel's work for them included.
fn cpu_time(pid: u32) -> Result<Duration, BenchError> {
    let path = format!("/proc/{pid}/stat");
    let failed = |source| BenchError::io(format!("read '{path}'"), source);
    let stat = std::fs::read_to_string(&path).map_err(failed)?;
    // The second field is the program's name, in parentheses, and may have anything in it; utime is the 14th.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().skip(11).take(4));
    let ticks: Option<Vec<u32>> = fields.and_then(|fields| fields.map(|field| field.parse().ok()).collect());
    ticks
        .filter(|ticks| ticks.len() == 4)
        .map(|ticks| TICK * ticks.iter().sum::<u32>())
        .ok_or_else(|| failed(io::Error::other("it tells no CPU time")))
}

fn has_children(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    // Where the system does not tell, there are none to wait for.
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok())
        .any(|children| !children.trim().is_empty())
}
