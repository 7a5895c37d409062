//! Asking a broker that runs, over its control socket.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;

use super::{EXIT_FAILED, EXIT_UNAVAILABLE};
use crate::control::{Request, SOCKET};
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
        ExitCode::from(if matches!(self, Self::Away { .. }) { EXIT_UNAVAILABLE } else { EXIT_FAILED })
    }
}

/// Asks and waits for the answer.
pub(super) async fn ask(folder: &Path, request: &Request) -> Result<Value, AskError> {
    let mut lines = send(folder, request).await?;
    let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let line = lines.next_line().await.and_then(|line| line.ok_or_else(ended)).map_err(AskError::NoAnswer)?;
    read(&line)
}

/// Asks and takes one line after the other, until the broker ends or no more are wanted.
pub(super) async fn follow(
    folder: &Path,
    request: &Request,
    mut take: impl FnMut(&Value) -> bool,
) -> Result<(), AskError> {
    let mut lines = send(folder, request).await?;
    while let Some(line) = lines.next_line().await.map_err(AskError::NoAnswer)? {
        if !take(&read(&line)?) {
            break;
        }
    }
    Ok(())
}

async fn send(folder: &Path, request: &Request) -> Result<Lines<BufReader<UnixStream>>, AskError> {
    let away = |error| AskError::Away { folder: folder.to_owned(), error };
    let mut stream = UnixStream::connect(folder.join(SOCKET)).await.map_err(away)?;
    // What is made of text and numbers can be written.
    let line = serde_json::to_string(request).unwrap_or_default();
    stream.write_all(format!("{line}\n").as_bytes()).await.map_err(AskError::NoAnswer)?;
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
