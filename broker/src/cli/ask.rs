//! Asking a broker that runs, over its control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;

use super::{EXIT_FAILED, EXIT_UNAVAILABLE};
use crate::control::{PATIENCE, Request, connect_async, line};
use crate::plain::excerpt;

/// Why there is no answer, or not the one that was hoped for.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// Nobody listens.
    #[error("no broker runs on '{folder}', or not for this user: {error}", folder = .folder.display())]
    Away {
        /// The data folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody listens and says nothing.
    #[error(
        "the broker on '{folder}' does not answer within {} s: see what it logs, and restart it if it hangs",
        PATIENCE.as_secs(),
        folder = .folder.display()
    )]
    Deaf {
        /// The data folder.
        folder: PathBuf,
    },
    /// The broker cannot do what was asked.
    #[error("{0}")]
    Refused(String),
    /// The broker has done a part of what was asked, which the answer tells.
    #[error("not all was done")]
    Failed,
    /// The broker ended, or what it said is no answer.
    #[error("the broker gave no answer: {0}")]
    NoAnswer(io::Error),
}

impl AskError {
    /// What the command ends with.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Away { .. } | Self::Deaf { .. }) {
            EXIT_UNAVAILABLE
        } else {
            EXIT_FAILED
        })
    }
}

/// Asks and waits for the answer; for what takes long, once the broker has answered something.
pub(super) async fn ask(folder: &Path, request: &Request) -> Result<Value, AskError> {
    if !request.takes_long() {
        return in_time(folder, converse(folder, request)).await;
    }
    greet(folder).await?;
    converse(folder, request).await
}

/// Asks and takes one line after the other, until the broker ends or no more are wanted.
pub(super) async fn follow(
    folder: &Path,
    request: &Request,
    mut take: impl FnMut(&Value) -> bool,
) -> Result<(), AskError> {
    // The first line may be long in coming.
    greet(folder).await?;
    let mut lines = send(folder, request).await?;
    while let Some(line) = lines.next_line().await.map_err(AskError::NoAnswer)? {
        if !take(&read(&line)?) {
            break;
        }
    }
    Ok(())
}

/// Finds out whether the broker answers at all.
async fn greet(folder: &Path) -> Result<(), AskError> {
    match in_time(folder, converse(folder, &Request::Latest { limit: 0 })).await {
        // An older broker does not know the question; that is an answer.
        Ok(_) | Err(AskError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn in_time(
    folder: &Path,
    asking: impl Future<Output = Result<Value, AskError>>,
) -> Result<Value, AskError> {
    let late = |_| Err(AskError::Deaf { folder: folder.to_owned() });
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(late)
}

async fn converse(folder: &Path, request: &Request) -> Result<Value, AskError> {
    let mut lines = send(folder, request).await?;
    let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let line = lines.next_line().await.and_then(|line| line.ok_or_else(ended)).map_err(AskError::NoAnswer)?;
    read(&line)
}

async fn send(folder: &Path, request: &Request) -> Result<Lines<BufReader<UnixStream>>, AskError> {
    let away = |error| AskError::Away { folder: folder.to_owned(), error };
    let mut stream = connect_async(folder).await.map_err(away)?;
    stream.write_all(&line(request)).await.map_err(AskError::NoAnswer)?;
    Ok(BufReader::new(stream).lines())
}

fn read(line: &str) -> Result<Value, AskError> {
    let answer: Value =
        serde_json::from_str(line).map_err(|error| AskError::NoAnswer(io::Error::other(error)))?;
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(AskError::Refused(excerpt(error))),
        None => Ok(answer),
    }
}
