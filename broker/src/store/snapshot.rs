//! Snapshots: reading a store that no broker has open, without changing it.
//!
//! Opening a database is a change: journals are replayed and may be cut, tables are merged, the mark is rewritten, and what
//! a kill left as evidence is settled. A snapshot opens another folder instead, made beside the database: tables and blobs,
//! which are never written twice, are linked into it, and the rest, journals above all, is copied. The store's lock is held
//! while that is done and no longer, so that a broker may start while a snapshot is read. The folder goes with the
//! snapshot; what a kill left of one is removed by the next to come.
//!
//! ```text
//! reading-NUMBER/in-use   locked for as long as the snapshot is read
//! reading-NUMBER/db/      links and copies
//! ```

use super::{
    Damage, ReadError, StoreId, damage,
    engine::Engine,
    entry::{Entry, Seq},
    evidence::copy_sparsely,
    format::{self, FormatError},
    lock::{FolderLock, Holder, LockError},
    mark::MarkFile,
    open::Layout,
    span::{self, Picked, Span, Wanted},
    tail::Limit,
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

const PREFIX: &str = "reading-";
const IN_USE: &str = "in-use";
const DATABASE: &str = "db";
/// Folders whose files are written once, and removed as a whole.
const WRITTEN_ONCE: [&str; 2] = ["tables", "blobs"];

/// A store at rest, as it was when this was taken.
pub struct Snapshot {
    id: StoreId,
    engine: Option<Engine>,
    oldest: Seq,
    head: Seq,
    acknowledged: Seq,
    scratch: Scratch,
}

/// Why a store cannot be read at rest.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// There is no such folder.
    #[error("there is no folder '{}'; name a broker's data folder", .0.display())]
    NoFolder(PathBuf),
    /// There is no store in it.
    #[error("there is no store in '{}'; name a broker's data folder", .0.display())]
    NoStore(PathBuf),
    /// Another process has it open.
    #[error("the store in '{}' is in use by {holder}", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who that is.
        holder: Holder,
    },
    /// It is of another format.
    #[error("the folder '{}' is not one that this Philae can read: {source}", folder.display())]
    Format {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// Links and copies cannot be made; that takes the rights of the broker's user, and some room.
    #[error("cannot make a snapshot in '{}': {source}; read it as the broker's user, with room on the disk", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database cannot be read.
    #[error("the store in '{}' cannot be read: {source}", folder.display())]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Snapshot {
    /// Takes a snapshot of the store in a folder; blocks on the disk.
    ///
    /// # Errors
    /// A [`SnapshotError`]; [`SnapshotError::InUse`] if a broker has the store open.
    pub fn take(folder: &Path) -> Result<Self, SnapshotError> {
        let io = |source| SnapshotError::Folder { folder: folder.to_owned(), source };
        let layout = Layout::of(folder);
        let id = recognise(folder)?;
        let lock = FolderLock::hold(&layout.lock()).map_err(|error| match error {
            LockError::Held(holder) => SnapshotError::InUse { folder: folder.to_owned(), holder },
            LockError::Io(source) => io(source),
        })?;
        clear(folder);
        let scratch = Scratch::make(folder, &layout.database()).map_err(io)?;
        let mark = MarkFile::look(&layout.mark()).map_err(io)?;
        drop(lock);
        let damaged = |error: super::EngineError| SnapshotError::Damaged {
            folder: folder.to_owned(),
            source: error.into(),
        };
        let engine = Engine::open(&scratch.database()).map_err(damaged)?;
        let head = engine.last().map_err(damaged)?;
        // What is older was removed, or was about to be.
        let oldest = mark.map_or(Seq::START, |mark| mark.oldest);
        let acknowledged = mark.map_or(head, |mark| mark.head);
        Ok(Self { id, engine: Some(engine), oldest, head, acknowledged, scratch })
    }

    /// The identity of the store.
    #[must_use]
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// All that is kept.
    #[must_use]
    pub fn kept(&self) -> Span {
        Span { after: self.oldest.previous(), to: self.head }
    }

    /// Reads what stands at some places, as [`Store::pick`](super::Store::pick) does.
    ///
    /// # Errors
    /// A [`ReadError`].
    pub fn pick(&self, places: &[Seq], limit: Limit) -> Result<Picked, ReadError> {
        Picked::read(self.engine()?, places, self.oldest, limit)
    }

    /// The place of the newest entry.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// The newest place that was ever acknowledged: behind the head, entries were lost, on record or not yet.
    #[must_use]
    pub fn acknowledged(&self) -> Seq {
        self.acknowledged
    }

    /// The place that the oldest entry has or had before retention removed it.
    #[must_use]
    pub fn oldest(&self) -> Seq {
        self.oldest
    }

    /// All damage that is on record, oldest first; what the next opening would find is not. Blocks on the disk.
    ///
    /// # Errors
    /// A [`ReadError`].
    pub fn damages(&self) -> Result<Vec<Damage>, ReadError> {
        Ok(damage::recorded(self.engine()?)?)
    }

    /// Settles which part of the log is asked for; blocks on the disk.
    ///
    /// # Errors
    /// A [`ReadError`].
    pub fn span(&self, wanted: &Wanted) -> Result<Span, ReadError> {
        Ok(span::settle(self.engine()?, wanted, self.oldest..=self.head)?)
    }

    /// Reads the next piece of a span, as [`Store::read_span`](super::Store::read_span) does.
    ///
    /// # Errors
    /// A [`ReadError`]; after [`ReadError::Damaged`] the span goes on behind that place.
    pub fn read_span(&self, span: &mut Span, limit: Limit) -> Result<Vec<Arc<Entry>>, ReadError> {
        span::advance(self.engine()?, span.after.next(), span, limit)
    }

    fn engine(&self) -> Result<&Engine, ReadError> {
        self.engine.as_ref().ok_or(ReadError::Closed)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // The database first: it writes as it closes.
        self.engine = None;
        self.scratch.remove();
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("id", &self.id).field("head", &self.head).finish_non_exhaustive()
    }
}

/// Removes what killed readers left; whoever calls holds the folder's lock, so that none is being made meanwhile.
pub(super) fn clear(folder: &Path) {
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        if item.file_name().to_string_lossy().starts_with(PREFIX) {
            let in_use = File::open(item.path().join(IN_USE));
            let is_left = match &in_use {
                // A lock that cannot be had is held by whoever reads.
                Ok(file) => file.try_lock().is_ok(),
                // Its reader was killed before there was one, or while the folder was removed.
                Err(error) => error.kind() == io::ErrorKind::NotFound,
            };
            if is_left {
                let _ = remove(&item.path());
            }
        }
    }
}

/// Removes the folder of a snapshot; what tells that it is in use goes after what is read.
fn remove(folder: &Path) -> io::Result<()> {
    [folder.join(DATABASE), folder.to_owned()].iter().try_for_each(|path| match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    })
}

fn recognise(folder: &Path) -> Result<StoreId, SnapshotError> {
    let none = || SnapshotError::NoStore(folder.to_owned());
    match format::recognise(folder) {
        Ok(id) => id.ok_or_else(none),
        Err(FormatError::NotAStore { .. }) => Err(none()),
        Err(FormatError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
            Err(SnapshotError::NoFolder(folder.to_owned()))
        }
        Err(source) => Err(SnapshotError::Format { folder: folder.to_owned(), source }),
    }
}

/// The folder of a snapshot.
#[derive(Debug)]
struct Scratch {
    folder: PathBuf,
    _in_use: File,
}

impl Scratch {
    fn make(beside: &Path, database: &Path) -> io::Result<Self> {
        let folder = beside.join(format!("{PREFIX}{:016x}", fastrand::u64(..)));
        fs::create_dir(&folder)?;
        let made = File::create(folder.join(IN_USE)).and_then(|in_use| {
            in_use.lock()?;
            link_or_copy(database, &folder.join(DATABASE), false)?;
            Ok(in_use)
        });
        match made {
            Ok(in_use) => Ok(Self { folder, _in_use: in_use }),
            Err(error) => {
                let _ = remove(&folder);
                Err(error)
            }
        }
    }

    fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    fn remove(&self) {
        if let Err(error) = remove(&self.folder) {
            let folder = self.folder.display();
            tracing::warn!(%folder, %error, "store: a snapshot cannot be removed; the next one tries again");
        }
    }
}

fn link_or_copy(from: &Path, to: &Path, is_written_once: bool) -> io::Result<()> {
    fs::create_dir(to)?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let (name, target) = (item.file_name(), to.join(item.file_name()));
        if item.file_type()?.is_dir() {
            let is_written_once = WRITTEN_ONCE.iter().any(|folder| name == *folder);
            link_or_copy(&item.path(), &target, is_written_once)?;
        } else if !is_written_once || fs::hard_link(item.path(), &target).is_err() {
            // Not every file system has links.
            copy_sparsely(&item.path(), &target)?;
        }
    }
    Ok(())
}
