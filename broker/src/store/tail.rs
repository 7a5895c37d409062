//! The last few entries, in memory: what every subscriber that keeps up is served from.
//!
//! Bounded by count and by bytes. Readers share one lock, hold it only to clone a few pointers, and bring their own
//! vector, so that waking five hundred of them for each commit costs no allocation and no copy. What was imported is news
//! to nobody and is not in the tail, so that an archive of any length pushes nothing out of it and costs no reader more than
//! a step. What has left the tail is still in the log; reading it there is left to the caller.

use super::entry::{Entry, Seq};
use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// How much one read may bring.
///
/// The first entry is always brought, however large, so that a reader gets on.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The most entries.
    pub entries: usize,
    /// The most bytes of packets.
    pub bytes: usize,
}

impl Limit {
    /// Moves entries until the limit is reached; gives the first error met.
    pub(super) fn fill<E>(
        self,
        from: impl Iterator<Item = Result<Arc<Entry>, E>>,
        into: &mut Vec<Arc<Entry>>,
    ) -> Result<(), E> {
        let mut bytes = 0_usize;
        for (count, entry) in from.take(self.entries.max(1)).enumerate() {
            let entry = entry?;
            bytes = bytes.saturating_add(entry.bytes.len());
            if count > 0 && bytes > self.bytes {
                break;
            }
            into.push(entry);
        }
        Ok(())
    }
}

/// What a read of the tail found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// The entries that follow were appended to the reader's vector: at least one, with none left out that was not imported.
    Filled,
    /// Nothing follows, up to this place, but what was imported: go on from there.
    Passed(Seq),
    /// Nothing follows yet.
    UpToDate,
    /// What follows is no longer in memory: read it from the log.
    Behind,
}

/// The shared tail; the writer appends, everyone reads.
#[derive(Debug)]
pub(super) struct RecentEntries {
    max_entries: usize,
    max_bytes: usize,
    recent: RwLock<Recent>,
}

#[derive(Debug)]
struct Recent {
    head: Seq,
    /// The place behind which nothing is missing here but what was imported.
    after: Seq,
    bytes: usize,
    entries: VecDeque<Arc<Entry>>,
}

impl RecentEntries {
    pub(super) fn new(head: Seq, max_entries: usize, max_bytes: usize) -> Self {
        let entries = VecDeque::with_capacity(max_entries.min(4096));
        let recent = Recent { head, after: head, bytes: 0, entries };
        Self { max_entries, max_bytes, recent: RwLock::new(recent) }
    }

    /// The place of the newest entry that was published.
    pub(super) fn head(&self) -> Seq {
        self.read().head
    }

    /// Appends entries, which follow the head without a gap.
    pub(super) fn append(&self, entries: &[Arc<Entry>]) {
        let mut recent = self.write();
        for entry in entries {
            recent.head = entry.seq;
            if entry.is_imported {
                continue;
            }
            recent.bytes += entry.weight();
            recent.entries.push_back(entry.clone());
        }
        while recent.entries.len() > self.max_entries || recent.bytes > self.max_bytes {
            let Some(oldest) = recent.entries.pop_front() else { break };
            recent.bytes -= oldest.weight();
            recent.after = oldest.seq;
        }
    }

    /// Forgets all entries and goes on from a later head, whose entries must be read from the log.
    pub(super) fn restart(&self, head: Seq) {
        let mut recent = self.write();
        recent.entries.clear();
        (recent.bytes, recent.head, recent.after) = (0, head, head);
    }

    pub(super) fn after(&self, after: Seq, limit: Limit, into: &mut Vec<Arc<Entry>>) -> Tail {
        let recent = self.read();
        if after >= recent.head {
            return Tail::UpToDate;
        }
        let Some(start) = recent.start(after) else { return Tail::Behind };
        if start == recent.entries.len() {
            return Tail::Passed(recent.head);
        }
        let following = recent.entries.range(start..).cloned();
        match limit.fill(following.map(Ok::<_, std::convert::Infallible>), into) {
            Ok(()) => Tail::Filled,
        }
    }

    /// How many entries follow a place that are news; of what is no longer in memory, how many entries of any kind.
    pub(super) fn ahead(&self, after: Seq) -> u64 {
        let recent = self.read();
        match recent.start(after) {
            Some(start) => (recent.entries.len() - start) as u64,
            None => recent.head.0.saturating_sub(after.0),
        }
    }

    // The lock is never poisoned in a way that matters: no code that holds it can stop half way through a change.
    fn read(&self) -> RwLockReadGuard<'_, Recent> {
        self.recent.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Recent> {
        self.recent.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Where the entries begin that follow a place; none if some of them are no longer here.
    fn start(&self, after: Seq) -> Option<usize> {
        (after >= self.after).then(|| self.entries.partition_point(|entry| entry.seq <= after))
    }
}
