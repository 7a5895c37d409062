//! Philae itself: its binary, built as needed, and brokers that run.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::Process;

/// How long a broker may take to start or to stop: far more than it does, for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What brokers are called.
const NAME: &str = "ivo://philae.test/broker";

/// The `philae` binary of this workspace, brought up to date once in this process.
///
/// `PHILAE` names another one to be tested.
///
/// # Errors
/// It does not build; the text has the compiler's words.
pub fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = BINARY.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("PHILAE") {
        return Ok(path.into());
    }
    let mut command = Command::new(env!("CARGO"));
    // All that `cargo test --workspace` built, and the programs: asked for alone, philae has fewer features, and cargo would
    // build most of its dependencies a second time.
    command.args(["build", "--quiet", "--workspace", "--bins", "--tests"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    let test = std::env::current_exe()?;
    // A test stands in TARGET/PROFILE/deps, the binary in TARGET/PROFILE.
    let profile =
        test.parent().and_then(Path::parent).context("the test binary stands in no target folder")?;
    if profile.file_name().is_some_and(|name| name == "release") {
        command.arg("--release");
    }
    command.env("CARGO_TARGET_DIR", profile.parent().context("the profile stands in no target folder")?);
    let output = command.output().context("cannot run cargo")?;
    ensure!(output.status.success(), "philae does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(profile.join("philae"))
}

/// Runs a `philae` command to its end.
///
/// # Errors
/// It cannot be started.
pub fn run(arguments: &[&str]) -> Result<Output> {
    run_in(Path::new("."), arguments)
}

/// Runs a `philae` command to its end, in a folder.
///
/// # Errors
/// It cannot be started.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(binary()?);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().context("cannot run philae")
}

/// The command of a broker that receives on a free port of loopback and keeps its store in `folder`, for tests in which it
/// need not come to serve.
///
/// # Errors
/// There is no binary.
pub fn bare(folder: &Path) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.args(["run", "--local-ivo", NAME, "--receive", "127.0.0.1:0", "--data-dir"]).arg(folder);
    Ok(command)
}

/// A broker that runs. Dropping it kills the process.
#[derive(Debug)]
pub struct Philae {
    process: Process,
    receive: Vec<SocketAddr>,
    broadcast: Vec<SocketAddr>,
    admin: Vec<SocketAddr>,
}

impl Philae {
    /// Starts a broker with these flags beside `--local-ivo` and no test events, and waits until it serves.
    ///
    /// # Errors
    /// It does not come up; the text has its log.
    pub fn start(flags: &[&str]) -> Result<Self> {
        Self::start_by(Command::new(binary()?), flags)
    }

    /// Starts a broker that receives and broadcasts on free ports of loopback and keeps its store in `folder`.
    ///
    /// # Errors
    /// It does not come up; the text has its log.
    pub fn start_in(folder: &Path, flags: &[&str]) -> Result<Self> {
        let folder = folder.to_str().context("the folder's name is no UTF-8")?;
        let services = ["--receive", "127.0.0.1:0", "--broadcast", "127.0.0.1:0", "--data-dir", folder];
        Self::start(&[&services, flags].concat())
    }

    /// Starts a broker by another command that runs it, for example under `unshare`.
    ///
    /// # Errors
    /// It does not come up; the text has its log.
    pub fn start_by(mut command: Command, flags: &[&str]) -> Result<Self> {
        command.args(["run", "--local-ivo", NAME, "--broadcast-test-interval", "0"]);
        // Many brokers run at once here, and the page's usual port is one.
        if !flags.contains(&"--admin") {
            command.arg("--no-admin");
        }
        command.args(flags).env_remove("STATE_DIRECTORY").env_remove("RUST_LOG");
        let mut process = Process::spawn("philae", command)?;
        let endpoints = |log: &str, service: &str| -> Vec<SocketAddr> {
            let listening =
                log.lines().filter(|line| line.contains(&format!("listening service=\"{service}\"")));
            listening.filter_map(|line| line.split("endpoint=").nth(1)?.trim().parse().ok()).collect()
        };
        let wanted = |service: &str| flags.iter().filter(|flag| **flag == service).count();
        let (receive, broadcast, admin) = process.wait_for_log(PATIENCE, "philae to run", |log| {
            let services = ["receive", "broadcast", "admin"];
            let wanted: usize = services.iter().map(|service| wanted(&format!("--{service}"))).sum();
            let is_up = log.contains("philae runs") && log.matches("listening service=").count() == wanted;
            let [receive, broadcast, admin] = services;
            is_up.then(|| (endpoints(log, receive), endpoints(log, broadcast), endpoints(log, admin)))
        })?;
        Ok(Self { process, receive, broadcast, admin })
    }

    /// Where authors submit over TCP, the first if there are several.
    ///
    /// # Errors
    /// It does not receive over TCP.
    pub fn receive(&self) -> Result<SocketAddr> {
        self.receive.first().copied().context("this broker does not receive over TCP")
    }

    /// Everywhere that authors submit over TCP, in the order of the flags.
    #[must_use]
    pub fn receives(&self) -> &[SocketAddr] {
        &self.receive
    }

    /// Where subscribers connect over TCP, the first if there are several.
    ///
    /// # Errors
    /// It does not broadcast over TCP.
    pub fn broadcast(&self) -> Result<SocketAddr> {
        self.broadcast.first().copied().context("this broker does not broadcast over TCP")
    }

    /// Where the status page is served over TCP.
    ///
    /// # Errors
    /// It is not.
    pub fn admin(&self) -> Result<SocketAddr> {
        self.admin.first().copied().context("this broker serves no status page")
    }

    /// Where authors submit over TCP on an interface.
    ///
    /// # Errors
    /// It does not receive there.
    pub fn receive_on(&self, interface: IpAddr) -> Result<SocketAddr> {
        on(&self.receive, interface).with_context(|| format!("this broker does not receive on {interface}"))
    }

    /// Where subscribers connect over TCP on an interface.
    ///
    /// # Errors
    /// It does not broadcast there.
    pub fn broadcast_on(&self, interface: IpAddr) -> Result<SocketAddr> {
        on(&self.broadcast, interface)
            .with_context(|| format!("this broker does not broadcast on {interface}"))
    }

    /// The process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Everything that it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until `text` stands in the log `count` times.
    ///
    /// # Errors
    /// It does not happen within `within`.
    pub fn wait_for_lines(&mut self, text: &str, count: usize, within: Duration) -> Result<()> {
        self.process.wait_for_lines(within, text, count)
    }

    /// Resident memory, in KiB.
    ///
    /// # Errors
    /// The process has ended.
    pub fn resident_kib(&self) -> Result<u64> {
        resident_kib(self.id())
    }

    /// Sends a signal, by name such as "TERM".
    ///
    /// # Errors
    /// The process has ended.
    pub fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status()?;
        ensure!(status.success(), "cannot send {name}");
        Ok(())
    }

    /// Asks it to stop, waits, and returns its log.
    ///
    /// # Errors
    /// It does not stop in time, or not with exit code 0.
    pub fn stop(mut self) -> Result<String> {
        self.signal("TERM")?;
        let status = self.process.wait_for_exit(PATIENCE)?;
        if !status.success() {
            bail!("philae ended with {status}:\n{}", self.log());
        }
        Ok(self.log())
    }

    /// Kills it, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn kill(mut self) -> Result<()> {
        self.signal("KILL")?;
        self.process.wait_for_exit(PATIENCE)?;
        Ok(())
    }
}

fn on(endpoints: &[SocketAddr], interface: IpAddr) -> Option<SocketAddr> {
    endpoints.iter().copied().find(|endpoint| endpoint.ip() == interface)
}

pub(crate) fn resident_kib(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
