//! The database under the store: fjall, its seven keyspaces, and how they are tuned.
//!
//! Small memtables and one worker keep an idle broker small; values of the log live in blob files under LZ4; journals
//! are persisted by the writer alone, once a group. fjall stalls a writer, without end if its worker has died, when
//! flushes fall behind; [`Engine::wait_for_room`] waits before it would, with a bound.

use super::{
    encoding,
    entry::{Entry, Seq},
};
use bytes::Bytes;
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, OwnedWriteBatch,
    PersistMode,
    config::{PartitioningPolicy, PinningPolicy},
};
use std::{
    ops::RangeInclusive,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// fjall's error, under the name by which the rest of the store knows it.
pub(super) type EngineError = fjall::Error;

const BLOCK_CACHE_BYTES: u64 = 4 << 20;
const JOURNAL_BYTES: u64 = 64 << 20;
const OPEN_FILES: usize = 128;
const LOG_MEMTABLE_BYTES: u64 = 4 << 20;
const INDEX_MEMTABLE_BYTES: u64 = 2 << 20;
const SMALL_MEMTABLE_BYTES: u64 = 256 << 10;

/// Below these, fjall never makes a writer wait: it does from four sealed memtables and twenty runs, and one commit
/// can add two and one.
const SEALED_WITH_ROOM: usize = 1;
const RUNS_WITH_ROOM: usize = 18;

/// How safe a batch is when its commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives a power cut, and so does all that was written before it.
    OnDisk,
    /// It survives the death of the process.
    Buffered,
}

/// The open database. Dropping the last clone of it closes it.
pub(super) struct Engine {
    database: Database,
    pub(super) log: Keyspace,
    pub(super) seen: Keyspace,
    pub(super) ivoids: Keyspace,
    pub(super) cursors: Keyspace,
    pub(super) damage: Keyspace,
    pub(super) state: Keyspace,
    pub(super) quarantine: Keyspace,
}

impl Engine {
    /// Opens the database in a folder, or makes it.
    pub(super) fn open(folder: &Path) -> Result<Self, EngineError> {
        let database = Database::builder(folder)
            .manual_journal_persist(true)
            .worker_threads(1)
            .cache_size(BLOCK_CACHE_BYTES)
            .max_cached_files(Some(OPEN_FILES))
            .max_journaling_size(JOURNAL_BYTES)
            .journal_compression(CompressionType::None)
            .open()?;
        let keyspace = |name, options: fn() -> KeyspaceCreateOptions| {
            database.keyspace(name, || options().manual_journal_persist(true))
        };
        Ok(Self {
            log: keyspace("log", log_options)?,
            seen: keyspace("seen", index_options)?,
            ivoids: keyspace("ivoids", index_options)?,
            cursors: keyspace("cursors", small_options)?,
            damage: keyspace("damage", small_options)?,
            state: keyspace("state", index_options)?,
            quarantine: keyspace("quarantine", quarantine_options)?,
            database,
        })
    }

    /// An empty batch, for any of the keyspaces.
    pub(super) fn batch(&self) -> OwnedWriteBatch {
        self.database.batch()
    }

    /// Writes a batch whole or not at all. After a failure fjall refuses everything until it is opened again.
    pub(super) fn commit(&self, batch: OwnedWriteBatch, durability: Durability) -> Result<(), EngineError> {
        let mode = match durability {
            Durability::OnDisk => PersistMode::SyncData,
            Durability::Buffered => PersistMode::Buffer,
        };
        batch.durability(Some(mode)).commit()
    }

    /// The newest place in the log; `START` when it is empty.
    pub(super) fn last(&self) -> Result<Seq, EngineError> {
        self.log.last_key_value().map_or(Ok(Seq::START), |guard| Ok(seq_of_key(&guard.key()?)))
    }

    /// The oldest place from `from` on.
    pub(super) fn first(&self, from: Seq) -> Result<Option<Seq>, EngineError> {
        self.places(from..=Seq(u64::MAX)).next().transpose()
    }

    /// The places in a range that hold an entry, without reading the entries.
    pub(super) fn places(
        &self,
        range: RangeInclusive<Seq>,
    ) -> impl DoubleEndedIterator<Item = Result<Seq, EngineError>> {
        self.range(range).map(|guard| Ok(seq_of_key(&guard.key()?)))
    }

    /// The entries in a range, `None` standing for one that is no entry.
    pub(super) fn entries(
        &self,
        range: RangeInclusive<Seq>,
    ) -> impl Iterator<Item = Result<(Seq, Option<Arc<Entry>>), EngineError>> {
        self.range(range).map(|guard| {
            let (key, value) = guard.into_inner()?;
            let seq = seq_of_key(&key);
            Ok((seq, encoding::decode(seq, &Bytes::from(value)).map(Arc::new)))
        })
    }

    /// The entry at a place: none if there is nothing, `None` in its place for what is no entry.
    pub(super) fn entry(&self, seq: Seq) -> Result<Option<Option<Arc<Entry>>>, EngineError> {
        let value = self.log.get(encoding::seq_bytes(seq))?;
        Ok(value.map(|value| encoding::decode(seq, &Bytes::from(value)).map(Arc::new)))
    }

    /// The place that an index names, if the log still has an entry there.
    pub(super) fn indexed(&self, index: &Keyspace, key: &[u8]) -> Result<Option<Seq>, EngineError> {
        let Some(seq) = index.get(key)?.and_then(|value| encoding::seq_of(&value)) else { return Ok(None) };
        Ok(self.log.contains_key(encoding::seq_bytes(seq))?.then_some(seq))
    }

    /// What journals and tables take of the disk.
    pub(super) fn disk_bytes(&self) -> Result<u64, EngineError> {
        self.database.disk_space()
    }

    /// Hands to the system what is still buffered; fails once fjall has refused to go on after a failed write.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        self.database.persist(PersistMode::Buffer)
    }

    /// Waits until a commit would not be stalled; `false` when it still would after `patience`.
    pub(super) fn wait_for_room(&self, patience: Duration) -> Result<bool, EngineError> {
        self.wait_until(patience, |keyspace| {
            keyspace.sealed_memtable_count() <= SEALED_WITH_ROOM && keyspace.l0_table_count() < RUNS_WITH_ROOM
        })
    }

    /// Moves everything from journals to tables, so that it is on disk anew and the next opening has little to do;
    /// `false` when that took longer than `patience`.
    pub(super) fn flush(&self, patience: Duration) -> Result<bool, EngineError> {
        for keyspace in self.keyspaces() {
            keyspace.rotate_memtable()?;
        }
        self.wait_until(patience, |keyspace| keyspace.sealed_memtable_count() == 0)
    }

    /// A range that ends before it starts is empty: it is asked for as the place that no entry has.
    fn range(&self, range: RangeInclusive<Seq>) -> fjall::Iter {
        let range = if range.is_empty() { Seq::START..=Seq::START } else { range };
        self.log.range(encoding::seq_bytes(*range.start())..=encoding::seq_bytes(*range.end()))
    }

    fn keyspaces(&self) -> [&Keyspace; 7] {
        [&self.log, &self.seen, &self.ivoids, &self.cursors, &self.damage, &self.state, &self.quarantine]
    }

    fn wait_until(
        &self,
        patience: Duration,
        reached: impl Fn(&Keyspace) -> bool,
    ) -> Result<bool, EngineError> {
        let start = Instant::now();
        while !self.keyspaces().into_iter().all(&reached) {
            self.check()?;
            if start.elapsed() > patience {
                return Ok(false);
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        Ok(true)
    }
}

fn log_options() -> KeyspaceCreateOptions {
    let blobs = Some(KvSeparationOptions::default());
    KeyspaceCreateOptions::default().max_memtable_size(LOG_MEMTABLE_BYTES).with_kv_separation(blobs)
}

/// An index is asked mostly for what it does not have. Its filters stay in memory, whole, at some 10 bits a key: left
/// to the block cache they are too large for it, and every question would read them from disk.
fn index_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(INDEX_MEMTABLE_BYTES)
        .filter_block_partitioning_policy(PartitioningPolicy::all(false))
        .filter_block_pinning_policy(PinningPolicy::all(true))
        .index_block_partitioning_policy(PartitioningPolicy::all(false))
        .index_block_pinning_policy(PinningPolicy::all(true))
}

/// Handlers that fail at every event fill it faster than small memtables are flushed, and the writer would wait for that.
fn quarantine_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(INDEX_MEMTABLE_BYTES)
}

fn small_options() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default().max_memtable_size(SMALL_MEMTABLE_BYTES)
}

/// A key of the log is always a place; were it not, it would sort as one that no entry has.
fn seq_of_key(key: &[u8]) -> Seq {
    encoding::seq_of(key).unwrap_or(Seq::START)
}
