//! A subscriber, as it stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde::Serialize;

use super::lock;
use crate::filter::FilterSet;
use crate::plain::excerpt;

/// Filters of one subscriber that are told.
const FILTERS: usize = 4;

/// A subscriber's seat, noted by the task that serves it.
#[derive(Debug)]
pub(crate) struct Seat {
    peer: String,
    since: Timestamp,
    place: AtomicU64,
    delivered: AtomicU64,
    naks: AtomicU64,
    filters: Mutex<Option<Arc<FilterSet>>>,
}

/// A subscriber at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SeatNow {
    /// Where it connected from.
    pub(crate) peer: String,
    /// When it connected.
    pub(crate) since: Timestamp,
    /// Its place in the log.
    pub(crate) place: u64,
    /// Events that were sent to it.
    pub(crate) delivered: u64,
    /// Events that it refused.
    pub(crate) naks: u64,
    /// The first of the expressions that hold, as far as they are short; none if it gets everything.
    pub(crate) filters: Vec<FilterNow>,
    /// How many more there are.
    pub(crate) more_filters: usize,
}

/// A filter at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FilterNow {
    /// The expression.
    pub(crate) xpath: String,
    /// On how many events it cost too much, and counted as no match.
    pub(crate) over_budget: u64,
}

impl Seat {
    pub(super) fn new(peer: String) -> Self {
        Self {
            peer,
            since: Timestamp::now(),
            place: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            naks: AtomicU64::new(0),
            filters: Mutex::default(),
        }
    }

    /// It has moved to a place in the log.
    pub(crate) fn reached(&self, place: u64) {
        self.place.store(place, Ordering::Relaxed);
    }

    /// So many events more were sent to it.
    pub(crate) fn delivered(&self, events: u64) {
        self.delivered.fetch_add(events, Ordering::Relaxed);
    }

    /// It refused one.
    pub(crate) fn refused(&self) {
        self.naks.fetch_add(1, Ordering::Relaxed);
    }

    /// It gets what a set matches from now on, or everything.
    pub(crate) fn wants(&self, filters: Option<Arc<FilterSet>>) {
        *lock(&self.filters) = filters;
    }

    pub(super) fn now(&self) -> SeatNow {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let set = lock(&self.filters).clone();
        SeatNow {
            peer: self.peer.clone(),
            since: self.since,
            place: read(&self.place),
            delivered: read(&self.delivered),
            naks: read(&self.naks),
            filters: set.as_ref().map(|set| filters(set)).unwrap_or_default(),
            more_filters: set.map_or(0, |set| set.len().saturating_sub(FILTERS)),
        }
    }
}

fn filters(set: &FilterSet) -> Vec<FilterNow> {
    set.expressions()
        .map(|(xpath, over_budget)| FilterNow { xpath: excerpt(xpath), over_budget })
        .take(FILTERS)
        .collect()
}
