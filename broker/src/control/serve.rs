//! The socket: who may come, one line in, lines out.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast::error::RecvError;
use tracing::{debug, warn};

use super::answer::Desk;
use super::events;
use super::import;
use super::line::line;
use super::request::Request;
use super::socket::{Address, socket};
use crate::checks::Policy;
use crate::lifecycle::Stage;

/// A request is no longer than this.
const REQUEST_BYTES: u64 = 64 * 1024;
/// What is read at once.
const BUFFER_BYTES: usize = 32 * 1024;
/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long whoever asked may take to read the last of it when the broker stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why the socket cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for commands on '{path}': {error}", path = .path.display())]
pub(crate) struct ControlError {
    path: PathBuf,
    error: io::Error,
}

/// The control socket, bound and not served yet.
pub(crate) struct Control {
    listener: UnixListener,
    desk: Desk,
}

impl Control {
    /// Binds the socket in a data folder, which is locked: what is there is left from before.
    ///
    /// # Errors
    /// A [`ControlError`].
    pub(crate) fn bind(folder: &Path, desk: Desk) -> Result<Self, ControlError> {
        let path = socket(folder);
        let bind = || {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
            let listener = UnixListener::bind(Address::of(folder)?.path())?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        match bind() {
            Ok(listener) => Ok(Self { listener, desk }),
            Err(error) => Err(ControlError { path, error }),
        }
    }

    /// Serves requests until the stage finishes.
    pub(crate) fn start(self, stage: &Stage) {
        let serving = stage.clone();
        stage.spawn(async move {
            loop {
                // The end first. Accepting can be cancelled without loss.
                tokio::select! {
                    biased;
                    () = serving.finishing() => return,
                    accepted = self.listener.accept() => match accepted {
                        Ok((stream, _)) => {
                            let (desk, stage) = (self.desk.clone(), serving.clone());
                            serving.spawn(async move {
                                // What is asked first. Whoever does not take the answer is left when the broker stops.
                                let served = tokio::select! {
                                    biased;
                                    served = serve(stream, &desk, &stage) => served,
                                    () = past_farewell(&stage) => Err(io::ErrorKind::TimedOut.into()),
                                };
                                if let Err(error) = served {
                                    debug!(%error, "a command's connection broke");
                                }
                            });
                        }
                        Err(error) => {
                            warn!(%error, "cannot take a command's connection");
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                    },
                }
            }
        });
    }
}

/// Completes when the broker stops and has waited long enough for whoever asked.
pub(super) async fn past_farewell(stage: &Stage) {
    stage.finishing().await;
    tokio::time::sleep(FAREWELL).await;
}

async fn serve(stream: UnixStream, desk: &Desk, stage: &Stage) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, read.take(REQUEST_BYTES));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        Ok(Request::Logs { name, follow: true }) => match desk.roster.worker(&name) {
            Ok(running) => {
                let (lines, mut coming) = running.progress.lines();
                for line in lines {
                    send(&mut write, &line).await?;
                }
                let mut farewell = String::new();
                loop {
                    // The end first; then whoever follows may leave; then lines.
                    let line = tokio::select! {
                        biased;
                        () = stage.finishing() => return Ok(()),
                        _ = reader.read_line(&mut farewell) => return Ok(()),
                        line = coming.recv() => line,
                    };
                    match line {
                        Ok(line) => send(&mut write, &line).await?,
                        Err(RecvError::Lagged(lines)) => {
                            send(&mut write, &json!({ "left_out": lines })).await?
                        }
                        Err(RecvError::Closed) => return Ok(()),
                    }
                }
            }
            Err(error) => json!({ "error": error }),
        },
        Ok(request) if let Some(wanted) = request.wanted() => {
            // The end first; who reads asks again. Nothing is lost by cancelling a read.
            return tokio::select! {
                biased;
                () = stage.finishing() => Ok(()),
                sent = events::send(&desk.store, wanted, &mut write) => sent,
            };
        }
        Ok(Request::Pick { places }) => {
            return tokio::select! {
                biased;
                () = stage.finishing() => Ok(()),
                sent = events::pick(&desk.store, places, &mut write) => sent,
            };
        }
        Ok(Request::Import { check }) if let Some(policy) = Policy::named(&check) => {
            reader.get_mut().set_limit(u64::MAX);
            return import::take(desk, policy, &mut reader, &mut write, stage).await;
        }
        Ok(request) => desk.answer(request).await,
        Err(error) => json!({ "error": format!("this is no request: {error}") }),
    };
    send(&mut write, &answer).await
}

async fn send(to: &mut (impl AsyncWriteExt + Unpin), said: &impl Serialize) -> io::Result<()> {
    to.write_all(&line(said)).await
}
