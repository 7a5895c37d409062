//! Into the log of a broker that runs, over its control socket: packets go out as answers come in.
//!
//! What goes over the socket is told in [`control`](crate::control).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::carry::{Answers, Onward};
use super::{Answer, Brought, ImportError};
use crate::checks::Policy;
use crate::control::{
    BUSY_PATIENCE, BrokerError, Coming, LINE_BYTES, PATIENCE, Request, Went, connect_async, line, no_answer,
};
use crate::plain::excerpt;
use crate::store::Seq;

/// A broker that takes packets.
#[derive(Debug)]
pub(crate) struct Live {
    to: OwnedWriteHalf,
    answers: Incoming,
    limit_bytes: u64,
}

/// The broker's answers.
#[derive(Debug)]
pub(super) struct Incoming {
    folder: PathBuf,
    from: BufReader<OwnedReadHalf>,
    line: Vec<u8>,
}

impl Live {
    /// Asks the broker that runs on a folder; the inner error says why none can be asked.
    pub(super) async fn ask(folder: &Path, policy: Policy) -> Result<Result<Self, io::Error>, ImportError> {
        let asked = async {
            let mut stream = connect_async(folder).await?;
            stream.write_all(&line(&Request::import(policy))).await?;
            Ok(stream)
        };
        let (from, to) = match asked.await {
            Ok(stream) => stream.into_split(),
            Err(away) => return Ok(Err(away)),
        };
        let (folder, from) = (folder.to_owned(), BufReader::new(from));
        let mut answers = Incoming { folder, from, line: Vec::new() };
        let Ok(begun) = tokio::time::timeout(PATIENCE, answers.receive()).await else {
            return Ok(Err(io::ErrorKind::TimedOut.into()));
        };
        match begun? {
            Went::Taking { limit_bytes } => Ok(Ok(Self { to, answers, limit_bytes })),
            Went::New(_) | Went::Kept(_) | Went::Refused(_) | Went::End {} | Went::Error(_) => {
                Err(answers.broken_off(no_answer()))
            }
        }
    }

    pub(super) fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    pub(super) fn split(self) -> (Outgoing, Incoming) {
        (Outgoing { to: self.to, source: None }, self.answers)
    }
}

/// The packets on their way.
#[derive(Debug)]
pub(super) struct Outgoing {
    to: OwnedWriteHalf,
    source: Option<Arc<str>>,
}

impl Onward for Outgoing {
    async fn send(&mut self, piece: Vec<Brought>) -> bool {
        let mut bytes = Vec::new();
        for Brought { source, bytes: packet } in piece {
            let is_known = self.source.as_ref().is_some_and(|known| Arc::ptr_eq(known, &source));
            let head =
                Coming { bytes: packet.len() as u64, source: (!is_known).then_some((&*source).into()) };
            bytes.extend(line(&head));
            bytes.extend_from_slice(&packet);
            self.source = Some(source);
        }
        self.to.write_all(&bytes).await.is_ok()
    }

    async fn end(&mut self) {
        // A broker that is gone is told of by its answers.
        let _ = self.to.shutdown().await;
    }
}

impl Incoming {
    /// The next line; the broker's words that there is none are an error.
    async fn receive(&mut self) -> Result<Went<'_>, ImportError> {
        self.line.clear();
        let mut from = (&mut self.from).take(LINE_BYTES);
        let read = tokio::time::timeout(BUSY_PATIENCE, from.read_until(b'\n', &mut self.line)).await;
        let read = read.map_err(|_| io::ErrorKind::TimedOut.into()).flatten();
        let is_line = read.map(|_| self.line.last() == Some(&b'\n'));
        let is_line =
            is_line.and_then(|is_line| is_line.then_some(()).ok_or(io::ErrorKind::UnexpectedEof.into()));
        is_line.map_err(|error| BrokerError::broken_off(&self.folder, error))?;
        match serde_json::from_slice(&self.line) {
            Ok(Went::Error(words)) => Err(BrokerError::refused(&self.folder, &words).into()),
            Ok(went) => Ok(went),
            Err(_) => Err(BrokerError::broken_off(&self.folder, no_answer()).into()),
        }
    }

    fn broken_off(&self, error: io::Error) -> ImportError {
        BrokerError::broken_off(&self.folder, error).into()
    }
}

impl Answers for Incoming {
    async fn next(&mut self) -> Result<Answer, ImportError> {
        match self.receive().await? {
            Went::New(seq) => Ok(Answer::New(Seq(seq))),
            Went::Kept(seq) => Ok(Answer::Kept(Seq(seq))),
            Went::Refused(reason) => Ok(Answer::Refused(excerpt(&reason))),
            Went::Taking { .. } | Went::End {} | Went::Error(_) => Err(self.broken_off(no_answer())),
        }
    }

    async fn end(&mut self) -> Result<(), ImportError> {
        match self.receive().await? {
            Went::End {} => Ok(()),
            Went::New(_) | Went::Kept(_) | Went::Refused(_) | Went::Taking { .. } | Went::Error(_) => {
                Err(self.broken_off(no_answer()))
            }
        }
    }
}
