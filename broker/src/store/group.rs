//! A group of submissions that become one batch: told from duplicates, given places, committed together.
//!
//! The seen index is asked for what is on disk, and the group itself for what is not yet: two of the same packet in
//! one group give one entry, and both are answered when that entry is on disk. Log and indexes change in one batch.

use super::{
    encoding::{encode, ivoid_key, seq_bytes},
    engine::{Durability, Engine, EngineError},
    entry::{Draft, Entry, Seq},
    submit::{Committed, Submission},
};
use fjall::OwnedWriteBatch;
use jiff::Timestamp;
use std::{collections::HashMap, sync::Arc};
use vtp::Digest;

/// The group under way.
pub(super) struct Group<'e> {
    engine: &'e Engine,
    batch: OwnedWriteBatch,
    head: Seq,
    received: Timestamp,
    seen: HashMap<Digest, Seq>,
    ivoids: HashMap<[u8; 16], Seq>,
    entries: Vec<Arc<Entry>>,
}

impl<'e> Group<'e> {
    /// An empty group, whose entries come after `head` and are dated `received`.
    pub(super) fn new(engine: &'e Engine, head: Seq, received: Timestamp) -> Self {
        Self {
            batch: engine.batch(),
            engine,
            head,
            received,
            seen: HashMap::new(),
            ivoids: HashMap::new(),
            entries: Vec::new(),
        }
    }

    /// Adds a submission; the answer holds once the group is committed.
    pub(super) fn add(&mut self, submission: &Submission) -> Result<Committed, EngineError> {
        let committed = match (&submission.event, &submission.effects) {
            (Some(draft), _) => self.add_event(draft)?,
            (None, Some(effects)) => {
                effects.records.iter().for_each(|change| change.apply(self.engine, &mut self.batch));
                let published = effects.published.iter().map(|draft| self.add_event(draft));
                Committed::Effects(published.collect::<Result<_, _>>()?)
            }
            (None, None) => Committed::Cursor,
        };
        if let Some((name, value)) = &submission.cursor {
            self.batch.insert(&self.engine.cursors, name.as_str(), value.as_bytes());
        }
        Ok(committed)
    }

    fn add_event(&mut self, draft: &Draft) -> Result<Committed, EngineError> {
        let engine = self.engine;
        let digest = draft.digest.as_bytes();
        if let Some(seq) = self.seen.get(&draft.digest) {
            return Ok(Committed::Duplicate { seq: *seq });
        }
        if let Some(seq) = engine.indexed(&engine.seen, digest)? {
            return Ok(Committed::Duplicate { seq });
        }
        let ivoid = ivoid_key(&draft.ivoid);
        let conflict = self.ivoids.contains_key(&ivoid) || engine.indexed(&engine.ivoids, &ivoid)?.is_some();
        let seq = self.head.next();
        let (value, entry) = encode(draft, seq, self.received, conflict);
        self.batch.insert(&engine.log, seq_bytes(seq), value);
        self.batch.insert(&engine.seen, *digest, seq_bytes(seq));
        self.batch.insert(&engine.ivoids, ivoid, seq_bytes(seq));
        self.seen.insert(draft.digest, seq);
        self.ivoids.insert(ivoid, seq);
        self.entries.push(Arc::new(entry));
        self.head = seq;
        Ok(Committed::New { seq, conflict })
    }

    /// Writes the group and gives its new entries, which are on disk then.
    ///
    /// Without new entries nothing waits for the disk: a cursor names what was on disk before.
    pub(super) fn commit(self) -> Result<Vec<Arc<Entry>>, EngineError> {
        let durability = if self.entries.is_empty() { Durability::Buffered } else { Durability::OnDisk };
        self.engine.commit(self.batch, durability)?;
        Ok(self.entries)
    }
}
