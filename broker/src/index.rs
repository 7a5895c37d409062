//! The index beside the log: what each event says of itself, in tables that answer searches at once.
//!
//! It holds [`Facts`], never packets: identifier, role, author, times, position, citations. All of it comes from the log and
//! can be made from it again: an index that is damaged, of another format or of another log is thrown away and made anew,
//! and nothing but time is lost. A [`Keeper`] keeps it in step with the log of a running broker, on a thread that all others
//! go before; how far it reaches is written in it, and whoever searches reads what lies behind that from the log. It is
//! SQLite, so that commands read it while the broker writes. What is wanted is told by [`Criteria`]; fetching packets is
//! left to `archive`.
//!
//! ```text
//! log ──> Keeper ──> Facts ──> DATA/index/events.sqlite <── Search ── Criteria
//! ```

mod criteria;
mod facts;
mod keeper;
mod schema;
mod search;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use criteria::{Cone, Criteria, Pattern};
pub(crate) use facts::Facts;
pub(crate) use keeper::{Keeper, Orders};
pub(crate) use search::{Citing, Search};
pub(crate) use write::Index;

use std::path::{Path, PathBuf};

use crate::store::ReadError;

/// The folder in a data folder.
const FOLDER: &str = "index";
/// The file in it.
const FILE: &str = "events.sqlite";

/// Why an index cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// Its folder cannot be made, or its file not be removed.
    #[error("cannot make the index in '{folder}': {error}", folder = .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database says no.
    #[error("the index cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// What it is made from cannot be read.
    #[error("the log cannot be read for the index: {0}")]
    Log(#[from] ReadError),
}

impl IndexError {
    /// Whether the file is at fault, so that another is to be made: all but what may be better the next time.
    pub(crate) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        match self {
            Self::Database(error) => !matches!(
                error.sqlite_error_code(),
                Some(
                    Code::CannotOpen
                        | Code::DatabaseBusy
                        | Code::DatabaseLocked
                        | Code::DiskFull
                        | Code::FileLockingProtocolFailed
                        | Code::OperationInterrupted
                        | Code::OutOfMemory
                        | Code::PermissionDenied
                        | Code::ReadOnly
                        | Code::SystemIoFailure
                )
            ),
            Self::Folder { .. } | Self::Log(_) => false,
        }
    }
}

/// The file of a data folder's index.
fn file(data_folder: &Path) -> PathBuf {
    data_folder.join(FOLDER).join(FILE)
}
