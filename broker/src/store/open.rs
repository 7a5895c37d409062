//! Opening: from a folder to a store and its writer, or to a reason why not that says what to do.
//!
//! The order matters. The folder is recognised before anything in it is touched; the lock is taken before anything is
//! written; the journals are copied before fjall may cut them; damage is looked for before anyone reads.

use super::{
    Purpose, Store, StoreOptions,
    condition::Health,
    damage::{self, Inspection},
    engine::Engine,
    evidence::Evidence,
    format::{self, FormatError},
    lock::{FolderLock, Holder, LockError},
    mark::{Mark, MarkFile},
    owner,
    retention::{self, Retention},
    shared::Shared,
    snapshot,
    submit::Submitter,
    tail::RecentEntries,
    writer::Writer,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::mpsc;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made, read or written.
    #[error("the folder {} cannot be used: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It belongs to another user, whose broker could not use any more what this would write.
    #[error(
        "the folder {} belongs to the user {owner}, whose broker could not use what is written by another; run it as \
         that user: runuser -u {owner} -- philae ..",
        folder.display()
    )]
    OfAnother {
        /// The folder.
        folder: PathBuf,
        /// The user, as a word for a shell.
        owner: String,
    },
    /// Another process has it open.
    #[error("the folder {} is in use by {holder}; stop that one, or name another folder", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who that is.
        holder: Holder,
    },
    /// The folder is no store, or one of another format.
    #[error("the folder {} is not one that this Philae can open", folder.display())]
    Format {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: FormatError,
    },
    /// The database is damaged in a way that leaves nothing to go on with.
    #[error(
        "the database in {} is damaged: keep that folder, since its entries may be recovered from it, but move it \
         aside and begin with an empty one",
        folder.display()
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What the database says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Where things are in a store's folder.
#[derive(Debug)]
pub(super) struct Layout {
    folder: PathBuf,
}

impl Layout {
    pub(super) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("db")
    }

    fn unfinished_database(&self) -> PathBuf {
        self.folder.join("db.new")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(super) fn mark(&self) -> PathBuf {
        self.folder.join("mark")
    }

    fn damaged(&self) -> PathBuf {
        self.folder.join("damaged")
    }

    /// The room that is left for files in the folder, in bytes.
    pub(super) fn free_bytes(&self) -> io::Result<u64> {
        let volume = rustix::fs::statvfs(&self.folder)?;
        Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
    }
}

/// Opens the store in a folder; [`Store::open`] tells what for.
pub(super) fn open(folder: &Path, options: &StoreOptions) -> Result<(Store, Writer), OpenError> {
    let io = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let format = |source| match source {
        FormatError::Io(source) => io(source),
        source @ (FormatError::NotAStore { .. }
        | FormatError::Unreadable
        | FormatError::Newer { .. }
        | FormatError::Older { .. }) => OpenError::Format { folder: folder.to_owned(), source },
    };
    let unusable = |source| unusable(folder, source);

    if options.purpose != Purpose::Broker
        && let Some(owner) = owner::other_owner(folder).map_err(io)?
    {
        return Err(OpenError::OfAnother { folder: folder.to_owned(), owner });
    }
    fs::create_dir_all(folder).map_err(io)?;
    let known = format::recognise(folder).map_err(format)?;
    let layout = Layout::of(folder);
    let lock = FolderLock::take(&layout.lock(), options.purpose).map_err(|error| match error {
        LockError::Held(holder) => OpenError::InUse { folder: folder.to_owned(), holder },
        LockError::Io(source) => io(source),
    })?;
    snapshot::clear(folder);
    let id = known.map_or_else(|| format::establish(folder), Ok).map_err(format)?;
    let mark_file = MarkFile::open(&layout.mark()).map_err(io)?;
    let mark = mark_file.read().map_err(io)?;
    if !layout.database().try_exists().map_err(io)? {
        if mark.is_some() {
            return Err(unusable("its subfolder 'db' is missing".into()));
        }
        create(&layout).map_err(unusable)?;
    }

    let evidence = take_evidence(&layout, mark);
    let engine = Engine::open(&layout.database()).map_err(|error| unusable(error.into()))?;
    let now = options.clock.read();
    let found = damage::inspect(&engine, mark, retention::SLICE as u64, now.wall)
        .map_err(|error| unusable(error.into()))?;
    let damages = damage::recorded(&engine).map_err(|error| unusable(error.into()))?;
    settle_evidence(evidence, &found);
    let mark = Mark { head: found.head, oldest: found.oldest, closed: false };
    mark_file.write(mark).and_then(|()| mark_file.sync()).map_err(io)?;

    let (sender, queue) = mpsc::channel(options.queue.max(1));
    let recent = RecentEntries::new(found.head, options.tail_entries, options.tail_bytes);
    let shared = Arc::new(Shared::new(engine, found.oldest, recent));
    let store = Store::new(id, shared.clone(), Submitter::new(sender), found.new, damages);
    let writer = Writer {
        layout,
        shared,
        queue,
        mark: mark_file,
        retention: Retention::new(options.retention, now),
        clock: options.clock.clone(),
        upkeep: options.upkeep,
        min_free_bytes: options.min_free_bytes,
        health: Health::Well,
        mark_is_synced: true,
        _lock: lock,
    };
    Ok((store, writer))
}

/// Who has the store in a folder, if anybody has it. Changes nothing, and may block for a moment.
///
/// # Errors
/// The lock is there and cannot be looked at.
pub fn holder(folder: &Path) -> io::Result<Option<Holder>> {
    FolderLock::holder(&Layout::of(folder).lock())
}

/// Why a database cannot be opened: the system keeps it from us, which leaves it as it is, or it is damaged.
fn unusable(folder: &Path, error: Box<dyn std::error::Error + Send + Sync>) -> OpenError {
    let folder = folder.to_owned();
    match system_cause(&*error) {
        Some(source) => OpenError::Folder { folder, source },
        None => OpenError::Damaged { folder, source: error },
    }
}

/// What the system says, if that is why: a file that is missing or too short is damage, as is what cannot be understood.
fn system_cause(error: &(dyn std::error::Error + 'static)) -> Option<io::Error> {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let code = causes.find_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error())?;
    let cause = io::Error::from_raw_os_error(code);
    let is_damage = matches!(
        cause.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    );
    (!is_damage).then_some(cause)
}

/// Makes the database aside and puts it in place when it is whole, so that a kill leaves none or all of it.
fn create(layout: &Layout) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let unfinished = layout.unfinished_database();
    if unfinished.try_exists()? {
        fs::remove_dir_all(&unfinished)?;
    }
    drop(Engine::open(&unfinished)?);
    fs::rename(&unfinished, layout.database())?;
    format::sync_folder(&layout.folder)?;
    Ok(())
}

/// Copies the journals unless the last end was an orderly one; that it cannot is worth a warning and no more.
fn take_evidence(layout: &Layout, mark: Option<Mark>) -> Option<Evidence> {
    if mark.is_none_or(|mark| mark.closed) {
        return None;
    }
    Evidence::take(&layout.database(), &layout.damaged())
        .inspect_err(|error| tracing::warn!(%error, "store: the journals cannot be copied before opening"))
        .ok()
}

fn settle_evidence(evidence: Option<Evidence>, found: &Inspection) {
    let Some(evidence) = evidence else { return };
    let settled = match found.new.first() {
        Some(damage) => evidence.keep(damage.lost_from).map(|kept| {
            let folder = kept.display().to_string();
            tracing::warn!(folder, "store: the damaged journals are set aside");
        }),
        None => evidence.discard(),
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "store: the copy of the journals cannot be put away");
    }
}
