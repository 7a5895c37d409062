//! A real browser: Chromium without a window, on a page of a broker.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::wait::wait_for;

/// How long a page may take to come to something, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A page that is shown. Dropping it ends the browser.
#[derive(Debug)]
pub struct Browser {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Browser {
    /// Shows a page in a window of some size.
    ///
    /// # Errors
    /// There is no Chromium, and it cannot be had; the text names Debian's package.
    pub fn open(url: &str, width: u32, height: u32) -> Result<Self> {
        have_chromium()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/browser.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(url).args([width.to_string(), height.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (process.stdin.take(), process.stdout.take());
        let from = BufReader::new(from.context("no standard output")?);
        Ok(Self { process, to, from })
    }

    /// What an expression comes to on the page; one line.
    ///
    /// # Errors
    /// The browser has gone.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let to = self.to.as_mut().context("no standard input")?;
        writeln!(to, "{expression}")?;
        let mut line = String::new();
        ensure!(self.from.read_line(&mut line)? > 0, "the browser has gone");
        Ok(serde_json::from_str(&line)?)
    }

    /// Waits until an expression is true on the page.
    ///
    /// # Errors
    /// It does not come to be so; the text has what the page showed.
    pub fn wait_for(&mut self, expression: &str) -> Result<()> {
        let what = expression.to_owned();
        let waited = wait_for(PATIENCE, &what, || Ok((self.evaluate(expression)? == true).then_some(())));
        waited.with_context(|| self.evaluate("document.body.innerText").unwrap_or_default().to_string())
    }

    /// What went wrong on the page by itself.
    ///
    /// # Errors
    /// The browser has gone.
    pub fn faults(&mut self) -> Result<Value> {
        self.evaluate("faults")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of its input ends it; should it be too busy to see that, it is ended.
        drop(self.to.take());
        if wait_for(Duration::from_secs(10), "the browser to end", || Ok(self.process.try_wait()?)).is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Sees to it that there is a Chromium: on Debian as root it is installed.
fn have_chromium() -> Result<()> {
    let is_there = || {
        let asked =
            Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    if is_there() {
        return Ok(());
    }
    let install = "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium";
    let tried = Command::new("sh").args(["-c", install]).stdout(Stdio::null()).status();
    ensure!(
        tried.is_ok_and(|status| status.success()) && is_there(),
        "there is no Chromium; on Debian: apt-get install --no-install-recommends chromium"
    );
    Ok(())
}
