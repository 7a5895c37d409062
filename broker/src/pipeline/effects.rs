//! What calls came to, gathered until it is committed.
//!
//! State, publications and quarantine of many events and the cursor that moves past them are one submission: a
//! crash before it is as if the calls had never been, a crash after it as if they had all been. What cannot be committed
//! at present is kept and tried again; nothing goes on meanwhile. Whoever has much to commit rests after it, since the disk
//! that takes it is also that on which the next event waits to be acknowledged.

use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::progress::Progress;
use super::quarantine::Held;
use crate::store::{
    CommitError, Committed, CursorName, Draft, Effects, RecordChange, Seq, Submission, Submitter,
};

/// So many events are committed together at most.
const MAX_EVENTS: usize = 64;
/// And so many bytes.
const MAX_BYTES: usize = 1 << 20;
/// So much a handler may commit in a second, over time.
const BYTES_A_SECOND: f64 = (8 << 20) as f64;
/// So much rest may be owed before it is taken.
const OWED: Duration = Duration::from_millis(20);
/// How long to wait before a commit that was refused is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Effects that wait for their commit.
#[derive(Debug)]
pub(super) struct Pending {
    cursor: CursorName,
    place: Seq,
    effects: Effects,
    events: usize,
    bytes: usize,
    /// Until when to rest.
    rest: Instant,
    handled: u64,
    quarantined: u64,
}

impl Pending {
    pub(super) fn new(cursor: CursorName, place: Seq) -> Self {
        let effects = Effects::default();
        let rest = Instant::now();
        Self { cursor, place, effects, events: 0, bytes: 0, rest, handled: 0, quarantined: 0 }
    }

    /// Moves past an event that was not wanted.
    pub(super) fn pass(&mut self, seq: Seq) {
        self.place = seq;
        self.events += 1;
    }

    /// Moves past an event that was handled.
    pub(super) fn handled(&mut self, seq: Seq, records: Vec<RecordChange>, published: Vec<Draft>) {
        self.pass(seq);
        self.handled += 1;
        self.bytes +=
            records.iter().map(|record| record.value.as_ref().map_or(0, bytes::Bytes::len)).sum::<usize>();
        self.bytes += published.iter().map(|draft| draft.bytes.len()).sum::<usize>();
        self.effects.records.extend(records);
        self.effects.published.extend(published);
    }

    /// Moves past an event that goes into quarantine.
    pub(super) fn quarantined(&mut self, seq: Seq, held: &Held) {
        self.pass(seq);
        self.quarantined += 1;
        let record = held.put();
        self.bytes += record.value.as_ref().map_or(0, bytes::Bytes::len);
        self.effects.records.push(record);
    }

    /// Changes records without moving.
    pub(super) fn change(&mut self, records: Vec<RecordChange>, published: Vec<Draft>) {
        self.events += 1;
        self.effects.records.extend(records);
        self.effects.published.extend(published);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.events >= MAX_EVENTS || self.bytes >= MAX_BYTES
    }

    /// Commits what is gathered, however often it must be tried; false if the store is closed.
    pub(super) async fn commit(&mut self, submitter: &Submitter, progress: &Progress, handler: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let now = Instant::now();
        if self.rest > now + OWED {
            tokio::time::sleep_until(self.rest.into()).await;
        }
        self.rest = self.rest.max(now) + Duration::from_secs_f64(self.bytes as f64 / BYTES_A_SECOND);
        let effects = std::mem::take(&mut self.effects);
        let sources: Vec<_> =
            effects.published.iter().map(|draft| (draft.ivoid.clone(), draft.source.clone())).collect();
        let submission =
            Submission::effects(effects).with_cursor(self.cursor.clone(), &self.place.0.to_string());
        let mut is_told = false;
        let answers = loop {
            match submitter.commit(submission.clone()).await {
                Ok(Committed::Effects(answers)) => break answers,
                Ok(Committed::New { .. } | Committed::Duplicate { .. } | Committed::Cursor) => {
                    break Box::default();
                }
                Err(CommitError::Closed) => return false,
                Err(error @ CommitError::NotAccepted(_)) => {
                    if !is_told {
                        warn!(handler, %error, "what the handler did cannot be kept at present; it waits");
                        is_told = true;
                    }
                    tokio::time::sleep(AGAIN).await;
                }
            }
        };
        let mut published = 0;
        for ((ivorn, source), answer) in sources.iter().zip(answers.iter()) {
            if let Committed::New { seq, .. } = answer {
                published += 1;
                info!(seq = seq.0, ivoid = %ivorn, %source, "event accepted");
            }
        }
        progress.committed(self.place, self.handled, self.quarantined, published);
        (self.events, self.bytes, self.handled, self.quarantined) = (0, 0, 0, 0);
        true
    }
}
