//! One running peer: its child process, its temporary folder and its log.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::wait::wait_for;

const LOG: &str = "log";

/// A child process that works in a folder of its own and is killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    folder: TempDir,
}

impl Process {
    /// Starts the command in a new folder, with all its output in one log.
    ///
    /// The child's standard input stays open as long as this value or its [`ChildStdin`], and a program tied
    /// to it (`tether.py`) leaves when it is closed.
    pub(crate) fn spawn(name: &'static str, mut command: Command) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir()?;
        let log = File::create(folder.path().join(LOG))?;
        command.current_dir(folder.path()).env("PEER_ENDS_WITH_STDIN", "1");
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, folder })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything that the process has written so far.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Hands out the child's standard input, once.
    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait_for_exit(&mut self, within: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        wait_for(within, &what, || Ok(self.child.try_wait()?)).with_context(|| self.log())
    }

    /// Waits until `text` stands in the log `count` times.
    pub(crate) fn wait_for_lines(&mut self, within: Duration, text: &str, count: usize) -> Result<()> {
        let what = format!("{count} lines with {text:?} from {}", self.name);
        self.wait_for_log(within, &what, |log| (log.matches(text).count() >= count).then_some(()))
    }

    /// Waits until `find` sees what it wants in the log; an early end of the process is an error.
    pub(crate) fn wait_for_log<T>(
        &mut self,
        within: Duration,
        what: &str,
        find: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let look = || {
            // First the state, then the log: what a process wrote before its end is still seen.
            let ended = self.child.try_wait()?;
            if let Some(found) = find(&self.log()) {
                return Ok(Some(found));
            }
            if let Some(status) = ended {
                bail!("{} has ended: {status}", self.name);
            }
            Ok(None)
        };
        wait_for(within, what, look).with_context(|| format!("{} wrote:\n{}", self.name, self.log()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a child that has been waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
