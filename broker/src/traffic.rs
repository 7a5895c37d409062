//! Traffic: what passes through the log, as it passes.
//!
//! It follows the log and keeps what somebody who looks at a broker wants to know at once: how many events a minute, when
//! each stream last spoke, and the latest events with what they say of themselves. It promises bounded memory, and that it
//! keeps nobody waiting: it looks ten times a second, reads the packets of no more than it can show, and under a flood
//! counts what it did not read. It begins with the last events of the log, so that a restart does not leave it empty.

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
use crate::store::{Entry, Limit, Seq, Store, Tail};
use minutes::Minutes;
use streams::Streams;

pub(crate) use minutes::PerMinute;
pub(crate) use sighting::Sighting;
pub(crate) use streams::StreamNow;

/// Latest events that are kept.
pub(crate) const KEPT: usize = 500;
/// Events of one look whose packets are read.
const READ: usize = 20;
/// How long to rest between looks.
const REST: Duration = Duration::from_millis(100);
/// What is read at once.
const PIECE: Limit = Limit { entries: 256, bytes: 4 << 20 };
/// Pieces of one look.
const PIECES: usize = 4;
/// Looks that a follower may be behind.
const FOLLOWED: usize = 64;
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
        let mut place = Seq(head.0.saturating_sub(KEPT as u64));
        while place < head {
            let entries = match store.read_after(place, PIECE) {
                Ok(entries) => entries,
                Err(error) => {
                    warn!(%error, "the latest events cannot be read");
                    return;
                }
            };
            let Some(last) = entries.last().map(|entry| entry.seq) else { return };
            let until = entries.partition_point(|entry| entry.seq <= head);
            let known = entries.get(..until).unwrap_or_default();
            let sightings = known.iter().map(|entry| Sighting::of(entry)).collect();
            self.note(known, sightings, 0);
            place = last;
        }
    }

    /// Reads on from a place, and says how far that went.
    fn catch_up(&self, store: &Store, mut place: Seq) -> Seq {
        for _ in 0..PIECES {
            let mut entries = Vec::new();
            let missed = match store.tail_after(place, PIECE, &mut entries) {
                Tail::Filled => 0,
                Tail::UpToDate => return place,
                Tail::Behind => {
                    let near = Seq(store.head().0.saturating_sub(NEAR)).max(place);
                    let missed = near.0 - place.0;
                    place = near;
                    missed
                }
            };
            let unread = entries.len().saturating_sub(READ);
            let sightings: Vec<_> =
                entries.get(unread..).unwrap_or_default().iter().map(|entry| Sighting::of(entry)).collect();
            place = entries.last().map_or(place, |last| last.seq);
            self.note(&entries, sightings.clone(), missed);
            if !sightings.is_empty() {
                // It is no fault that nobody follows.
                let _ = self.0.followers.send(sightings.into());
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
