//! Retention: what is older than the operator wants to keep goes, entry and index together.
//!
//! The log is walked from its oldest entry in slices that are short enough not to be felt. Entries are dated by a
//! wall clock that may have been wrong, then or now; three rules keep a wrong clock from emptying the log or filling
//! the disk. Nothing goes until the wall clock has kept step with the uptime for a while. The log's order is the true
//! one: nothing goes before what came before it. And an entry dated in the future is a wrong date, which neither goes
//! by itself nor holds back what came after it.

use super::{
    clock::Reading,
    encoding::{ivoid_key, seq_bytes},
    engine::{Durability, Engine, EngineError},
    entry::{Entry, Seq},
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// How many entries one slice removes at most.
pub(super) const SLICE: usize = 128;
/// How many entries one slice reads at most: more wrong dates than that in a row hold back what follows.
const SCANNED: usize = 1024;
const STEADY: Duration = Duration::from_secs(600);
const STEP: Duration = Duration::from_secs(60);

/// How long entries are kept, and whether the clock that says so can be believed.
#[derive(Debug)]
pub(super) struct Retention {
    keep: Option<Duration>,
    last: Reading,
    steady_since: Duration,
}

impl Retention {
    /// Entries are kept for `keep`, or for ever.
    pub(super) fn new(keep: Option<Duration>, now: Reading) -> Self {
        Self { keep, last: now, steady_since: now.uptime }
    }

    /// The date before which entries may go now; `None` while none may.
    pub(super) fn cutoff(&mut self, now: Reading) -> Option<Timestamp> {
        let counted = now.uptime.saturating_sub(self.last.uptime);
        let shown = now.wall.duration_since(self.last.wall);
        if shown.checked_sub(counted.try_into().ok()?)?.unsigned_abs() > STEP {
            self.steady_since = now.uptime;
        }
        self.last = now;
        let steady = now.uptime.saturating_sub(self.steady_since) >= STEADY;
        self.keep.filter(|_| steady).and_then(|keep| now.wall.checked_sub(keep).ok())
    }
}

/// The entries at the log's old end that may go.
pub(super) struct Expired {
    entries: Vec<(Seq, Option<Arc<Entry>>)>,
}

impl Expired {
    /// Finds at most a slice of them.
    pub(super) fn find(
        engine: &Engine,
        oldest: Seq,
        head: Seq,
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Self, EngineError> {
        let mut entries = Vec::new();
        let mut going = 0;
        for entry in engine.entries(oldest..=head).take(SCANNED) {
            let (seq, entry) = entry?;
            let received = entry.as_ref().map(|entry| entry.received);
            if received.is_some_and(|received| received > cutoff && received <= now) {
                break;
            }
            entries.push((seq, entry));
            if received.is_some_and(|received| received <= cutoff) {
                going = entries.len();
            }
            if going >= SLICE {
                break;
            }
        }
        entries.truncate(going);
        Ok(Self { entries })
    }

    /// The place from which on entries stay; `None` when nothing goes.
    pub(super) fn kept_from(&self) -> Option<Seq> {
        self.entries.last().map(|(seq, _)| seq.next())
    }

    /// Removes them from the log and from the indexes that still name them, in one batch.
    pub(super) fn remove(self, engine: &Engine) -> Result<(), EngineError> {
        let mut batch = engine.batch();
        for (seq, entry) in self.entries {
            batch.remove(&engine.log, seq_bytes(seq));
            let Some(entry) = entry else { continue };
            let digest = *entry.digest.as_bytes();
            if engine.indexed(&engine.seen, &digest)? == Some(seq) {
                batch.remove(&engine.seen, digest);
            }
            let ivoid = ivoid_key(&entry.ivoid);
            if engine.indexed(&engine.ivoids, &ivoid)? == Some(seq) {
                batch.remove(&engine.ivoids, ivoid);
            }
        }
        engine.commit(batch, Durability::OnDisk)
    }
}
