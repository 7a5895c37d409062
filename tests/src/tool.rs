//! A `philae` command that ends by itself, or is ended: its exit code and what it printed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::philae::binary;
use crate::wait::{wait_for, wait_until};

/// How long a command may take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command that runs. Dropping it kills the process.
#[derive(Debug)]
pub struct Tool {
    child: Child,
    folder: TempDir,
}

/// What a command left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
}

impl Left {
    /// Standard output as text.
    #[must_use]
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    #[must_use]
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

impl Tool {
    /// Starts a command in a folder of its own, without input, and free of the tester's environment.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(arguments: &[&str]) -> Result<Self> {
        Self::with_input(arguments, b"")
    }

    /// Starts a command and gives it these bytes to read.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn with_input(arguments: &[&str], input: &[u8]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("philae-tool-").tempdir()?;
        let file = |name: &str| File::create(folder.path().join(name));
        file("in")?.write_all(input)?;
        let mut command = Command::new(binary()?);
        command.args(arguments).current_dir(folder.path());
        command.env_remove("STATE_DIRECTORY").env_remove("RUST_LOG").env("HOME", folder.path());
        command.stdin(File::open(folder.path().join("in"))?).stdout(file("out")?).stderr(file("err")?);
        let child = command.spawn().context("cannot start philae")?;
        Ok(Self { child, folder })
    }

    /// The folder in which it works.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has written to standard error so far.
    #[must_use]
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.read("err")).into_owned()
    }

    /// Waits until a text stands in what it printed.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_for_text(&self, text: &str) -> Result<()> {
        let has = |name: &str| String::from_utf8_lossy(&self.read(name)).contains(text);
        let what = format!("{text:?} from philae");
        wait_until(PATIENCE, &what, || has("out") || has("err"))
            .with_context(|| String::from_utf8_lossy(&self.read("err")).into_owned())
    }

    /// Sends a signal, by name such as "TERM".
    ///
    /// # Errors
    /// The process has ended.
    pub fn signal(&self, name: &str) -> Result<()> {
        let mut kill = Command::new("kill");
        kill.args([format!("-{name}"), self.child.id().to_string()]).stdout(Stdio::null()).status()?;
        Ok(())
    }

    /// Resident memory, in KiB.
    ///
    /// # Errors
    /// The process has ended.
    pub fn resident_kib(&self) -> Result<u64> {
        crate::philae::resident_kib(self.child.id())
    }

    /// The process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It does not end.
    pub fn finish(mut self) -> Result<Left> {
        let status = wait_for(PATIENCE, "the end of philae", || Ok(self.child.try_wait()?))
            .with_context(|| String::from_utf8_lossy(&self.read("err")).into_owned())?;
        Ok(Left { code: status.code(), stdout: self.read("out"), stderr: self.read("err") })
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap_or_default()
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        // Both fail only for a child that has been waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started or does not end.
pub fn philae(arguments: &[&str]) -> Result<Left> {
    Tool::start(arguments)?.finish()
}
