//! A terminal with a `philae` command in it: keys are pressed, the screen is looked at.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::philae::binary;
use crate::wait::wait_for;

/// How long something may take to stand on the screen, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal, and the command in it. Dropping it ends both.
#[derive(Debug)]
pub struct Terminal {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// How a command left its terminal.
#[derive(Debug, PartialEq, Eq)]
pub struct LeftTerminal {
    /// Its exit code, or the negative number of the signal that ended it.
    pub code: Option<i64>,
    /// What stands on the screen.
    pub screen: String,
    /// Whether lines, echo and signals are as they were before, the cursor can be seen, and the screen is the usual one.
    pub is_as_before: bool,
}

impl Terminal {
    /// Runs a command in a terminal of some size, with these variables beside the tester's.
    ///
    /// # Errors
    /// There is no Python, or the command cannot be started.
    pub fn run(size: (u16, u16), arguments: &[&str], variables: &[(&str, &str)]) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/terminal.py");
        let mut command = Command::new("python3");
        command.arg(script).args([size.0.to_string(), size.1.to_string()]).arg(binary()?).args(arguments);
        command.env_remove("NO_COLOR").env_remove("STATE_DIRECTORY").envs(variables.iter().copied());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (process.stdin.take(), process.stdout.take());
        Ok(Self { process, to, from: BufReader::new(from.context("no standard output")?) })
    }

    /// Presses keys, as the text that a terminal sends for them.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn press(&mut self, keys: &str) -> Result<()> {
        self.order(&json!({ "press": keys })).map(drop)
    }

    /// Makes it another size.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn resize(&mut self, width: u16, height: u16) -> Result<()> {
        self.order(&json!({ "size": [width, height] })).map(drop)
    }

    /// Sends the command a signal.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn signal(&mut self, number: u8) -> Result<()> {
        self.order(&json!({ "signal": number })).map(drop)
    }

    /// What stands on the screen.
    ///
    /// # Errors
    /// The terminal has gone, or was written something that it does not know.
    pub fn screen(&mut self) -> Result<String> {
        screen(&self.order(&json!({ "look": true }))?)
    }

    /// Waits until the screen is as `reached` wants it, and returns it.
    ///
    /// # Errors
    /// It does not come to be so; the text has what stands there.
    pub fn wait_until(&mut self, what: &str, reached: impl Fn(&str) -> bool) -> Result<String> {
        let look = || Ok(Some(self.screen()?).filter(|screen| reached(screen)));
        let waited = wait_for(PATIENCE, what, look);
        waited.with_context(|| self.screen().unwrap_or_default())
    }

    /// Waits until a text stands on the screen, and returns what does.
    ///
    /// # Errors
    /// It does not come.
    pub fn wait_for(&mut self, text: &str) -> Result<String> {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits for the end of the command.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn finish(mut self) -> Result<LeftTerminal> {
        let told = self.order(&json!({ "end": PATIENCE.as_secs() }))?;
        let is = |key: &str| told.get(key).and_then(Value::as_bool).unwrap_or_default();
        Ok(LeftTerminal {
            code: told.get("code").and_then(Value::as_i64),
            screen: screen(&told)?,
            is_as_before: is("is_as_before") && is("has_cursor") && !is("is_other_screen"),
        })
    }

    fn order(&mut self, order: &Value) -> Result<Value> {
        let to = self.to.as_mut().context("no standard input")?;
        writeln!(to, "{order}")?;
        let mut line = String::new();
        ensure!(self.from.read_line(&mut line)? > 0, "the terminal has gone");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The end of its input ends it, and the command in it.
        drop(self.to.take());
        if wait_for(PATIENCE, "the terminal to end", || Ok(self.process.try_wait()?)).is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn screen(told: &Value) -> Result<String> {
    let texts = |key: &str| -> Vec<String> {
        let list = told.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let unknown = texts("unknown");
    ensure!(unknown.is_empty(), "the terminal does not know {unknown:?}");
    Ok(texts("lines").join("\n"))
}
