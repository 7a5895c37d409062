//! Import: packets out of archives into a broker's log, as history.
//!
//! Files, folders, tarballs and standard input are read by a thread of their own, a piece at a time, and each packet is
//! checked as an author's and committed with the mark that makes it history: kept and found, and news to nobody. Where a
//! broker runs, the packets go to it over its control socket; where none does, the store is opened here. Both do the same,
//! in [`taking`]. It promises that what was told as new is on disk, that a packet which the log has already changes nothing,
//! so that whoever was interrupted begins again from the start, and that memory is bounded by a few pieces whatever an
//! archive claims to hold. Words for people are left to the command.
//!
//! ```text
//!            reader (threads)                         taking (thread)       the store's writer
//!  files ──> unpack ──> tarball ──pieces──┬──────────> check ── drafts ───> one sync a group ──┐
//!                                         │ at rest                                            ├──> told, in order
//!                                         └─ live: control socket ──> the same in the broker ──┘
//! ```

mod at_rest;
mod bzip2;
mod carry;
mod live;
mod outlet;
mod reader;
pub(crate) mod taking;
mod tarball;
mod unpack;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::checks::Policy;
use crate::control::BrokerError;
use crate::store::{OpenError, Seq};
use at_rest::AtRest;
use live::Live;

pub(crate) use reader::read;

/// Something that was found where packets were looked for.
#[derive(Debug)]
pub(crate) enum Found {
    /// A packet, or what is said to be one, under a name that tells where it stood.
    Packet(String, Brought),
    /// Something that is not a packet, or none that can be had.
    Told(Told),
    /// Everything has been read.
    End,
}

/// A packet, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    /// Who brought it, as the log is to say.
    pub(crate) source: Arc<str>,
    pub(crate) bytes: Bytes,
}

/// What became of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is kept, under this number.
    New(Seq),
    /// It was kept before, under this number.
    Kept(Seq),
    /// It is not fit to be kept.
    Refused(String),
}

/// What became of something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// It is kept from now on.
    New,
    /// It was kept before.
    Kept,
    /// It is not fit to be kept.
    Refused { name: String, reason: String },
    /// It is no XML, and was passed over.
    PassedOver,
    /// It cannot be read, or not to its end.
    Unreadable { name: String, reason: String },
}

/// Why an import cannot begin, or ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// The store is not to be had.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A broker has it, and takes no packets, or no more.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The store keeps nothing at present.
    #[error("the store in '{folder}' takes no more: {words}", folder = .folder.display())]
    NotKept {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        words: String,
    },
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// What reads has ended before its end; that is a fault of ours.
    #[error("what was to be read was not read to its end")]
    NotRead,
}

/// The way into a log.
#[derive(Debug)]
pub(crate) enum Way {
    /// Through the broker that runs on it.
    Live(Box<Live>),
    /// Into its store, which no broker has open.
    AtRest(Box<AtRest>),
}

impl Way {
    /// The broker that runs on a data folder, else the store in it, which is made if there is none.
    ///
    /// # Errors
    /// An [`ImportError`].
    pub(crate) async fn open(folder: &Path, policy: Policy) -> Result<Self, ImportError> {
        let away = match Live::ask(folder, policy).await? {
            Ok(live) => return Ok(Self::Live(Box::new(live))),
            Err(away) => away,
        };
        match AtRest::open(folder, policy) {
            Ok(at_rest) => Ok(Self::AtRest(Box::new(at_rest))),
            Err(ImportError::Open(OpenError::InUse { folder, holder })) => {
                Err(BrokerError::deaf(folder, holder, away).into())
            }
            Err(error) => Err(error),
        }
    }

    /// The longest packet that is taken, in bytes, where the broker says.
    pub(crate) fn limit_bytes(&self) -> Option<u64> {
        match self {
            Self::Live(live) => Some(live.limit_bytes()),
            Self::AtRest(_) => None,
        }
    }

    /// Takes what is found, until all is read or `stop` is cancelled, and tells what became of each, in order. What is on
    /// its way when it is stopped is still taken and told.
    ///
    /// # Errors
    /// An [`ImportError`]; what was told before is as it was told.
    pub(crate) async fn take(
        self,
        pieces: mpsc::Receiver<Vec<Found>>,
        stop: &CancellationToken,
        told: impl FnMut(Told),
    ) -> Result<(), ImportError> {
        match self {
            Self::Live(live) => {
                let (to, answers) = live.split();
                carry::carry(pieces, stop, to, answers, told).await
            }
            Self::AtRest(at_rest) => at_rest.take(pieces, stop, told).await,
        }
    }
}

#[cfg(test)]
mod tests;
