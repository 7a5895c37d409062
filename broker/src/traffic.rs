//! Traffic: what passes through the log, as it passes.
//!
//! It follows the log and keeps what somebody who looks at a broker wants to know at once: how many events a minute, when
//! each stream last spoke, and the latest events with what they say of themselves. It promises bounded memory, and that it
//! keeps nobody waiting: it looks ten times a second, reads so many packets and no more, and under a flood tells of
//! others without what is in them, or counts them. It begins with the last events of the log, so that a restart does not leave it empty.
//! What was imported did not pass: it is history.

mod minutes;
mod sighting;
mod streams;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::broadcast;
use tracing::warn;

use crate::lifecycle::Stage;
use crate::store::{Entry, Limit, ReadError, Seq, Store, Tail};
use minutes::Minutes;
use streams::Streams;

pub(crate) use minutes::PerMinute;
pub(crate) use sighting::Sighting;
pub(crate) use streams::StreamNow;

/// Latest events that are kept.
pub(crate) const KEPT: usize = 500;
/// What is read of packets at one look: so many, and so many bytes of them.
const READ: usize = 20;
const READ_BYTES: usize = 512 << 10;
/// Events of a piece that followers are told of.
const TOLD: usize = 100;
/// How long to rest between looks.
const REST: Duration = Duration::from_millis(100);
/// What is read at once.
const PIECE: Limit = Limit { entries: 256, bytes: 4 << 20 };
/// Pieces of one look.
const PIECES: usize = 4;
/// Looks that a follower may be behind.
const FOLLOWED: usize = 64;
/// Places of the log in which the latest events are looked for at the start: they may lie behind what was imported.
const RECALLED: u64 = 20_000;
/// Where to go on when the log was faster than the tail in memory.
const NEAR: u64 = 64;

/// What passed; clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Traffic(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seen: Mutex<Seen>,
    followers: broadcast::Sender<Arc<[Sighting]>>,
}

#[derive(Debug, Default)]
struct Seen {
    minutes: Minutes,
    streams: Streams,
    latest: VecDeque<Sighting>,
}

impl Traffic {
    /// Nothing has passed yet.
    pub(crate) fn new() -> Self {
        let (followers, _) = broadcast::channel(FOLLOWED);
        Self(Arc::new(Inner { seen: Mutex::default(), followers }))
    }

    /// Follows a log until the stage finishes.
    pub(crate) fn start(&self, stage: &Stage, store: Store) {
        let (own, traffic) = (stage.clone(), self.clone());
        stage.spawn(async move {
            let mut head = store.watch_head();
            let mut place = store.head();
            traffic.blocking(store.clone(), move |traffic, store| traffic.recall(store, place)).await;
            loop {
                // The end first. Nothing is lost by leaving off.
                tokio::select! {
                    biased;
                    () = own.finishing() => return,
                    moved = head.changed() => if moved.is_err() { return },
                }
                let reached = traffic
                    .blocking(store.clone(), move |traffic, store| traffic.catch_up(store, place))
                    .await;
                place = reached.unwrap_or(place);
                if place < store.head() {
                    head.mark_changed();
                }
                tokio::select! {
                    biased;
                    () = own.finishing() => return,
                    () = tokio::time::sleep(REST) => {}
                }
            }
        });
    }

    /// The latest events, the newest first, no more than `limit`.
    pub(crate) fn latest(&self, limit: usize) -> Vec<Sighting> {
        self.seen().latest.iter().rev().take(limit).cloned().collect()
    }

    /// The events of each of the last minutes.
    pub(crate) fn per_minute(&self, now: Timestamp) -> PerMinute {
        self.seen().minutes.until(now)
    }

    /// The streams, the one that spoke last first.
    pub(crate) fn streams(&self) -> Vec<StreamNow> {
        self.seen().streams.now()
    }

    /// Events as they pass, a look at a time. Whoever is too slow misses some, and is told.
    pub(crate) fn follow(&self) -> broadcast::Receiver<Arc<[Sighting]>> {
        self.0.followers.subscribe()
    }

    async fn blocking<T: Send + 'static>(
        &self,
        store: Store,
        work: impl FnOnce(&Self, &Store) -> T + Send + 'static,
    ) -> Option<T> {
        let traffic = self.clone();
        tokio::task::spawn_blocking(move || work(&traffic, &store)).await.ok()
    }

    /// Reads the end of the log, up to where following begins.
    fn recall(&self, store: &Store, head: Seq) {
        let recalled = latest(store, head).and_then(|from| {
            each_piece(store, from, head, |entries| {
                let mut room = Room { packets: KEPT, bytes: 16 * READ_BYTES };
                self.note(entries, room.look_into(entries), 0);
            })
        });
        if let Err(error) = recalled {
            warn!(%error, "the latest events cannot be read");
        }
    }

    /// Reads on from a place, and says how far that went.
    fn catch_up(&self, store: &Store, mut place: Seq) -> Seq {
        let mut room = Room { packets: READ, bytes: READ_BYTES };
        for _ in 0..PIECES {
            let mut entries = Vec::new();
            let missed = match store.tail_after(place, PIECE, &mut entries) {
                Tail::Filled => 0,
                Tail::UpToDate => return place,
                Tail::Passed(to) => return to,
                Tail::Behind => {
                    let near = Seq(store.head().0.saturating_sub(NEAR)).max(place);
                    let missed = near.0 - place.0;
                    place = near;
                    missed
                }
            };
            let sightings = room.look_into(&entries);
            place = entries.last().map_or(place, |last| last.seq);
            self.note(&entries, sightings.clone(), missed);
            let told = sightings.len().saturating_sub(TOLD);
            if let Some(told) = sightings.get(told..).filter(|told| !told.is_empty()) {
                // It is no fault that nobody follows.
                let _ = self.0.followers.send(told.into());
            }
        }
        place
    }

    fn note(&self, entries: &[Arc<Entry>], sightings: Vec<Sighting>, missed: u64) {
        let mut seen = self.seen();
        for entry in entries {
            seen.minutes.add(entry.received, 1);
            seen.streams.add(entry);
        }
        if missed > 0 {
            seen.minutes.add(Timestamp::now(), missed);
        }
        seen.latest.extend(sightings);
        let excess = seen.latest.len().saturating_sub(KEPT);
        seen.latest.drain(..excess);
    }

    // No code that holds the lock can stop half way through a change that matters.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place behind which the latest events lie, or as many of them as are looked for.
fn latest(store: &Store, head: Seq) -> Result<Seq, ReadError> {
    let (mut from, mut found) = (head, 0);
    while found < KEPT && from > store.oldest().previous() && head.0 - from.0 < RECALLED {
        let before = Seq(from.0.saturating_sub(KEPT as u64));
        each_piece(store, before, from, |entries| found += entries.len())?;
        from = before;
    }
    Ok(from)
}

/// Reads what passed behind one place and up to another, a piece at a time.
fn each_piece(
    store: &Store,
    mut from: Seq,
    to: Seq,
    mut take: impl FnMut(&[Arc<Entry>]),
) -> Result<(), ReadError> {
    while from < to {
        let mut entries = store.read_after(from, PIECE)?;
        let Some(last) = entries.last().map(|entry| entry.seq) else { break };
        entries.retain(|entry| entry.seq <= to && !entry.is_imported);
        take(&entries);
        from = last;
    }
    Ok(())
}

/// What may be read of packets yet.
struct Room {
    packets: usize,
    bytes: usize,
}

impl Room {
    /// Events in short, the packets of the newest read as far as there is room.
    fn look_into(&mut self, entries: &[Arc<Entry>]) -> Vec<Sighting> {
        let mut sightings: Vec<_> = entries.iter().rev().map(|entry| self.sighting(entry)).collect();
        sightings.reverse();
        sightings
    }

    fn sighting(&mut self, entry: &Entry) -> Sighting {
        if self.packets == 0 || entry.bytes.len() > self.bytes {
            return Sighting::unread(entry);
        }
        (self.packets, self.bytes) = (self.packets - 1, self.bytes - entry.bytes.len());
        Sighting::of(entry)
    }
}

#[cfg(test)]
mod tests;
