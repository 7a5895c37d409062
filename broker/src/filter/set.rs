//! A set of expressions, of which one must match: what a subscriber asked for.
//!
//! Subscribers with the same expressions share the set, and what it said of an event is remembered as a whole, so that
//! the hundredth subscriber to ask costs one load.

use std::sync::Arc;

use super::expression::Filter;
use super::lane::Lane;
use super::memo::Memo;
use super::packet::Packets;
use crate::store::Entry;

/// What may be spent on one piece of the log where the asker waits, in units of work: some 250 us.
pub(super) const SHORT: u64 = 25_000;

/// Expressions of which one must match.
#[derive(Debug)]
pub(crate) struct FilterSet {
    filters: Box<[Arc<Filter>]>,
    memo: Memo,
}

impl FilterSet {
    pub(super) fn new(filters: Vec<Arc<Filter>>) -> Self {
        Self { filters: filters.into(), memo: Memo::new() }
    }

    /// How many expressions there are.
    pub(crate) fn len(&self) -> usize {
        self.filters.len()
    }

    /// Whether an event matches, if that is known or can be found out within `allowance`.
    pub(super) fn try_on(&self, entry: &Arc<Entry>, packets: &Packets, allowance: &mut u64) -> Option<bool> {
        if let Some(verdict) = self.memo.get(entry.seq) {
            return Some(verdict);
        }
        let mut is_decided = true;
        for filter in &self.filters {
            let verdict = match filter.remembered(entry.seq) {
                Some(verdict) => Some(verdict),
                None if *allowance == 0 || filter.is_long() => None,
                None => {
                    packets.at_hand(entry).and_then(|packet| filter.try_on(&packet, entry.seq, allowance))
                }
            };
            match verdict {
                Some(true) => return Some(self.remember(entry, true)),
                Some(false) => {}
                None => is_decided = false,
            }
        }
        is_decided.then(|| self.remember(entry, false))
    }

    /// Whether an event matches, found out on the lane, where it may take its time.
    pub(super) async fn decide(&self, entry: &Arc<Entry>, lane: &Lane) -> bool {
        for filter in &self.filters {
            let verdict = match filter.remembered(entry.seq) {
                Some(verdict) => verdict,
                None => lane.evaluate(filter.clone(), entry.clone()).await,
            };
            if verdict {
                return self.remember(entry, true);
            }
        }
        self.remember(entry, false)
    }

    fn remember(&self, entry: &Entry, verdict: bool) -> bool {
        self.memo.set(entry.seq, verdict);
        verdict
    }
}
