//! Progress: what a handler has done so far, for whoever wants to see it.
//!
//! Counters that the worker moves and anybody reads, the numbers that the handler reports of itself, and the last lines that
//! it logged. They begin anew with each start of the broker; what must last is in the store.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;

use super::denials::{Denial, Denials};
use super::metrics::Metrics;
use crate::grants::Denied;
use crate::host::Metric;
use crate::store::Seq;

/// Lines that are kept of each handler.
const KEPT_LINES: usize = 1000;
/// Lines that a follower may be behind.
const FOLLOWED_LINES: usize = 256;

/// What a handler has done.
#[derive(Debug)]
pub(crate) struct Progress {
    place: AtomicU64,
    calls: AtomicU64,
    handled: AtomicU64,
    failures: AtomicU64,
    quarantined: AtomicU64,
    published: AtomicU64,
    busy_micros: AtomicU64,
    is_waiting: AtomicBool,
    last_error: Mutex<Option<String>>,
    metrics: Mutex<Metrics>,
    denials: Mutex<Denials>,
    lines: Mutex<VecDeque<Line>>,
    followers: broadcast::Sender<Line>,
}

/// A line that a handler logged, or that was logged about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// When.
    pub(crate) at: Timestamp,
    /// About which event; none if about none.
    pub(crate) seq: Option<u64>,
    /// How much it matters: debug, info, warn or error.
    pub(crate) level: &'static str,
    /// What it says.
    pub(crate) text: String,
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// The place up to which all is done.
    pub(crate) place: u64,
    /// How often the handler was called.
    pub(crate) calls: u64,
    /// Events that were handled.
    pub(crate) handled: u64,
    /// Calls that failed.
    pub(crate) failures: u64,
    /// Events that went into quarantine.
    pub(crate) quarantined: u64,
    /// Packets that were published.
    pub(crate) published: u64,
    /// The time in calls, in microseconds.
    pub(crate) busy_micros: u64,
    /// Whether it waits before a call is tried again.
    pub(crate) is_waiting: bool,
    /// What went wrong last.
    pub(crate) last_error: Option<String>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            place: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            published: AtomicU64::new(0),
            busy_micros: AtomicU64::new(0),
            is_waiting: AtomicBool::new(false),
            last_error: Mutex::default(),
            metrics: Mutex::default(),
            denials: Mutex::default(),
            lines: Mutex::default(),
            followers: broadcast::channel(FOLLOWED_LINES).0,
        }
    }
}

impl Progress {
    pub(crate) fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            place: of(&self.place),
            calls: of(&self.calls),
            handled: of(&self.handled),
            failures: of(&self.failures),
            quarantined: of(&self.quarantined),
            published: of(&self.published),
            busy_micros: of(&self.busy_micros),
            is_waiting: self.is_waiting.load(Ordering::Relaxed),
            last_error: self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// The numbers that the handler reported.
    pub(crate) fn metrics(&self) -> Metrics {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it asked for and was not granted, since it was last taken over.
    pub(crate) fn denials(&self) -> Vec<Denial> {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner).list()
    }

    /// Forgets what was denied: another revision, or other settings, take over.
    pub(crate) fn forget_denials(&self) {
        *self.denials.lock().unwrap_or_else(PoisonError::into_inner) = Denials::default();
    }

    /// Notes something that was denied; whether it is to be told.
    pub(super) fn denied(&self, denied: &Denied) -> bool {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner).note(denied, Timestamp::now())
    }

    /// The last lines, the oldest first, and those to come.
    pub(crate) fn lines(&self) -> (Vec<Line>, broadcast::Receiver<Line>) {
        let lines = self.kept();
        (lines.iter().cloned().collect(), self.followers.subscribe())
    }

    pub(crate) fn tell(&self, line: Line) {
        let mut lines = self.kept();
        if lines.len() >= KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line.clone());
        // Under the lock, so that a follower gets each line once.
        let _ = self.followers.send(line);
    }

    pub(super) fn called(&self, took: Duration) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.busy_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn report(&self, metrics: &[Metric]) {
        if !metrics.is_empty() {
            self.metrics.lock().unwrap_or_else(PoisonError::into_inner).report(metrics);
        }
    }

    pub(super) fn failed(&self, reason: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }

    pub(super) fn wait(&self, is_waiting: bool) {
        self.is_waiting.store(is_waiting, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, place: Seq, handled: u64, quarantined: u64, published: u64) {
        self.place.store(place.0, Ordering::Relaxed);
        self.handled.fetch_add(handled, Ordering::Relaxed);
        self.quarantined.fetch_add(quarantined, Ordering::Relaxed);
        self.published.fetch_add(published, Ordering::Relaxed);
    }

    // No code that holds the lock can stop half way through a change.
    fn kept(&self) -> MutexGuard<'_, VecDeque<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
