//! What a broker's handlers have done, asked over its control socket.
//!
//! Everything here blocks: where milliseconds are measured, a runtime's clock is too coarse.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::BenchError;
use crate::control::{Request, connect, line, socket};

/// How long handlers may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often a broker that starts is asked.
const AT_START: Duration = Duration::from_millis(20);

/// The control socket of the broker with this data folder.
#[derive(Debug, Clone)]
pub(super) struct Control(PathBuf);

impl Control {
    /// That of the broker with this data folder.
    pub(super) fn of(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Waits until the broker answers: it takes the connections of others before.
    pub(super) fn wait_until_there(&self) -> Result<(), BenchError> {
        wait(AT_START, || Ok(self.handlers().ok())).map(drop)
    }

    /// Has a handler called no more, or again.
    pub(super) fn pause(&self, name: &str, is_paused: bool) -> Result<(), BenchError> {
        let name = name.to_owned();
        let request = if is_paused { Request::Pause { name } } else { Request::Resume { name } };
        self.ask(&request).map(drop)
    }

    /// Waits until every handler has done everything, and tells when that was seen. It looks every `pause`.
    pub(super) fn wait_until_done(&self, pause: Duration) -> Result<Instant, BenchError> {
        wait(pause, || {
            // One that does not run has no lag, and nothing is to be waited for.
            let is_done = |handler: &Value| {
                handler.get("lag").is_some_and(|lag| lag.is_null() || lag.as_u64() == Some(0))
            };
            Ok(self.handlers()?.iter().all(is_done).then(Instant::now))
        })
    }

    /// How many events each handler has handled, of as many handlers as there are.
    pub(super) fn handled(&self) -> Result<Vec<u64>, BenchError> {
        let handled = |handler: &Value| handler.pointer("/counts/handled").and_then(Value::as_u64);
        Ok(self.handlers()?.iter().map(|handler| handled(handler).unwrap_or_default()).collect())
    }

    fn handlers(&self) -> Result<Vec<Value>, BenchError> {
        let answer = self.ask(&Request::List)?;
        Ok(answer.get("handlers").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    fn ask(&self, request: &Request) -> Result<Value, BenchError> {
        let answer = self.converse(request);
        let answer = answer
            .map_err(|source| BenchError::io(format!("ask '{}'", socket(&self.0).display()), source))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(BenchError::Broker(error.to_owned())),
            None => Ok(answer),
        }
    }

    fn converse(&self, request: &Request) -> io::Result<Value> {
        let mut stream = connect(&self.0)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&line(request))?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

/// Looks again and again until there is what is looked for.
fn wait<T>(pause: Duration, look: impl Fn() -> Result<Option<T>, BenchError>) -> Result<T, BenchError> {
    let asked = Instant::now();
    // A condition that never comes true is a wait with a deadline.
    let (_alive, never) = std::sync::mpsc::sync_channel::<()>(0);
    while asked.elapsed() < PATIENCE {
        if let Some(found) = look()? {
            return Ok(found);
        }
        let _ = never.recv_timeout(pause);
    }
    Err(BenchError::Broker(format!("handlers were not done within {PATIENCE:?}")))
}
