//! What all who ask a broker have in common: how long it is waited for, what is read of it, and what may come of it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::socket::socket;
use crate::plain::excerpt;
use crate::store::Holder;

/// How long a broker may take to answer what it knows without looking for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may leave whoever reads or imports without another byte: its disk may be busy.
pub(crate) const BUSY_PATIENCE: Duration = Duration::from_secs(60);
/// A line of a stream is no longer than this.
pub(crate) const LINE_BYTES: u64 = 1 << 20;

/// Why a broker gave no answer to whoever reads or imports, or none to the end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokerError {
    /// It has the store and cannot be asked.
    #[error(
        "{holder} has '{folder}' open and does not answer: {error}; ask as its user, or stop it",
        folder = .folder.display()
    )]
    Deaf {
        /// The data folder.
        folder: PathBuf,
        /// The broker.
        holder: Holder,
        /// What came of asking.
        error: io::Error,
    },
    /// There is none: something else has the store for a time.
    #[error(
        "{holder} has '{folder}' open, and there is no broker to be asked; wait until it is done, or stop it",
        folder = .folder.display()
    )]
    NotServed {
        /// The data folder.
        folder: PathBuf,
        /// What has it.
        holder: Holder,
    },
    /// It cannot do what was asked, or no more of it.
    #[error("the broker on '{folder}' refuses: {words}", folder = .folder.display())]
    Refused {
        /// The data folder.
        folder: PathBuf,
        /// Its words.
        words: String,
    },
    /// It stopped answering in the midst of it.
    #[error("the broker on '{folder}' broke off: {error}; begin again from where it did", folder = .folder.display())]
    BrokenOff {
        /// The data folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl BrokerError {
    /// Somebody has the store open, and asking came to nothing.
    pub(crate) fn deaf(folder: PathBuf, holder: Holder, error: io::Error) -> Self {
        if !holder.is_broker() {
            return Self::NotServed { folder, holder };
        }
        let is_absent = error.kind() == io::ErrorKind::NotFound;
        let absent = || io::Error::other(format!("its socket '{}' is not there", socket(&folder).display()));
        let error = if is_absent { absent() } else { error };
        Self::Deaf { folder, holder, error }
    }

    /// It says that it cannot.
    pub(crate) fn refused(folder: &Path, words: &str) -> Self {
        Self::Refused { folder: folder.to_owned(), words: excerpt(words) }
    }

    /// It has answered, and does no more.
    pub(crate) fn broken_off(folder: &Path, error: io::Error) -> Self {
        Self::BrokenOff { folder: folder.to_owned(), error: worded(error) }
    }
}

/// An error as an operator reads it: a read that takes too long is told by the system as one to be tried again, and the end of
/// a broker as that of a file.
pub(crate) fn worded(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock {
        return io::ErrorKind::TimedOut.into();
    }
    let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
    if is_end { io::Error::new(error.kind(), "it has ended") } else { error }
}

/// What was said is nothing that can be said to this.
pub(crate) fn no_answer() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what it says is no answer to this")
}
