//! The store: the durable log of events, and what is known by it.
//!
//! Events go in through a [`Submitter`] and come out by place ([`Seq`]), oldest first; the log is the queue of
//! everyone downstream. What the store promises:
//!
//! - what it has answered `New` is on disk, and survives a kill and a power cut;
//! - one entry for each packet, by its [`Digest`](vtp::Digest), for as long as the entry is kept;
//! - the log and its indexes change together or not at all;
//! - no place is given twice, and acknowledged entries that are lost to damage are reported when it opens;
//! - memory is bounded: by the queue, the tail, and the buffers of the database.
//!
//! It spawns nothing: the caller gives [`Writer::run`] a thread. Judging packets, sending them on and deciding who may
//! read what is left to others. Only this module knows fjall.
//!
//! ```text
//!  Submitter ──► queue ──► Writer ──► group: log + seen + ivoids + cursors ──► disk
//!      ▲                     │  one batch, one sync                             │
//!      └──── answers ────────┴──► tail (memory) ──► watch_head                  │
//!                                   ▲ tail_after                    read_after ▲│
//!                                   └──────────── readers ─────────────────────┘┘
//! ```

mod clock;
mod condition;
mod damage;
mod encoding;
mod engine;
mod entry;
mod evidence;
mod format;
mod group;
mod lock;
mod mailbox;
mod mark;
mod open;
mod options;
mod owner;
mod record;
mod retention;
mod shared;
mod signs;
mod snapshot;
mod span;
mod submit;
mod tail;
mod writer;

#[cfg(test)]
mod tests;

pub use clock::{Clock, Reading};
pub use condition::Health;
pub use damage::Damage;
pub use entry::{Draft, Entry, MAX_HOPS, MediaType, Seq};
pub use format::{FormatError, StoreId};
pub use lock::Holder;
pub use open::{OpenError, holder};
pub use options::{Purpose, StoreOptions};
pub use record::{RecordChange, Table};
pub use snapshot::{Snapshot, SnapshotError};
pub use span::{Picked, Span, Wanted};
pub use submit::{CommitError, Committed, CursorName, Effects, Receipt, Refusal, Submission, Submitter};
pub use tail::{Limit, Tail};
pub use writer::Writer;

use engine::EngineError;
use shared::Shared;
use std::{path::Path, sync::Arc};
use tokio::sync::watch;

/// An open store, for reading; clones are cheap and read the same.
#[derive(Clone)]
pub struct Store {
    id: StoreId,
    shared: Arc<Shared>,
    submitter: Submitter,
    new_damages: Arc<[Damage]>,
    damages: Arc<[Damage]>,
}

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store is closed, or is being opened again after a failed write: later it may be there.
    #[error("the log is not open at the moment")]
    Closed,
    /// The entry at this place is not readable as one; reading after it goes on.
    #[error("the log is damaged at place {0}")]
    Damaged(Seq),
    /// A cursor is not text.
    #[error("the cursor is damaged")]
    DamagedCursor,
    /// The database cannot be read.
    #[error("the database cannot be read")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<EngineError> for ReadError {
    fn from(error: EngineError) -> Self {
        Self::Database(error.into())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("id", &self.id).field("head", &self.head()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in a folder, or makes one in a folder that is empty or absent.
    ///
    /// The caller runs the [`Writer`] on a thread of its own; until then submissions wait. Dropping the writer without
    /// running it leaves the store as a kill would.
    ///
    /// # Errors
    /// An [`OpenError`] that says what to do about it.
    pub fn open(folder: &Path, options: &StoreOptions) -> Result<(Self, Writer), OpenError> {
        open::open(folder, options)
    }

    fn new(
        id: StoreId,
        shared: Arc<Shared>,
        submitter: Submitter,
        new_damages: Vec<Damage>,
        damages: Vec<Damage>,
    ) -> Self {
        Self { id, shared, submitter, new_damages: new_damages.into(), damages: damages.into() }
    }

    /// The identity of this store, which its places belong to.
    #[must_use]
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// A way in.
    #[must_use]
    pub fn submitter(&self) -> Submitter {
        self.submitter.clone()
    }

    /// The damage that this opening has found: an operator must be told.
    #[must_use]
    pub fn new_damages(&self) -> &[Damage] {
        &self.new_damages
    }

    /// All damage that was on record when the store was opened, the new included.
    #[must_use]
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// The place of the newest entry; [`Seq::START`] when there was never one.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.shared.recent.head()
    }

    /// The head as it moves on; a receiver may miss steps, never the last.
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Seq> {
        self.shared.head.subscribe()
    }

    /// The place of the oldest entry that is kept; the one after the head when none is.
    #[must_use]
    pub fn oldest(&self) -> Seq {
        self.shared.oldest()
    }

    /// Appends to `into` what follows a place and was not imported, from memory: cheap enough for every subscriber at every
    /// commit.
    pub fn tail_after(&self, after: Seq, limit: Limit, into: &mut Vec<Arc<Entry>>) -> Tail {
        self.shared.recent.after(after, limit, into)
    }

    /// How many events lie ahead of a place, without what was imported as far as that is known without reading.
    #[must_use]
    pub fn ahead(&self, after: Seq) -> u64 {
        self.shared.recent.ahead(after)
    }

    /// Reads what follows a place from the log, imported or not; blocks on the disk. Empty when nothing follows.
    ///
    /// Places that were lost to damage or retention are passed over.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn read_after(&self, after: Seq, limit: Limit) -> Result<Vec<Arc<Entry>>, ReadError> {
        let (from, head) = (after.next().max(self.oldest()), self.head());
        if from > head {
            return Ok(Vec::new());
        }
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        span::read(&engine, from..=head, limit)
    }

    /// Completes when the writer has put something on the disk since this was asked, or has tried and was refused; within
    /// seconds, unless the disk hangs.
    pub async fn sign_of_life(&self) {
        self.shared.signs.ask().await;
    }

    /// The value of a cursor as it was last committed; may block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn cursor(&self, name: &CursorName) -> Result<Option<Box<str>>, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        let Some(value) = engine.cursors.get(name.as_str())? else { return Ok(None) };
        let text = std::str::from_utf8(&value).map_err(|_| ReadError::DamagedCursor)?;
        Ok(Some(text.into()))
    }
}
