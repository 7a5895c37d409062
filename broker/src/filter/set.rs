//! A set of expressions, of which one must match: what a subscriber asked for.
//!
//! Subscribers with the same expressions share the set, and what it said of an event is remembered as a whole, so that
//! the hundredth subscriber to ask costs one load.

use std::sync::Arc;

use super::answer::Answer;
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

    /// The expressions, each with the number of events on which it cost too much.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = (&str, u64)> {
        self.filters.iter().map(|filter| (filter.text(), filter.over_budget()))
    }

    /// Whether an event matches, if that is known or can be found out within `allowance`.
    pub(super) fn try_on(&self, entry: &Arc<Entry>, packets: &Packets, allowance: &mut u64) -> Option<bool> {
        if let Some(answer) = self.memo.get(entry.seq) {
            return Some(answer.is_match());
        }
        let mut is_decided = true;
        for filter in &self.filters {
            match filter.try_on(entry, packets, allowance).map(Answer::is_match) {
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
            let answer = match filter.remembered(entry.seq) {
                Some(answer) => Some(answer),
                None => lane.evaluate(filter.clone(), entry.clone()).await,
            };
            // An event too many is better than one too few.
            if answer.is_none_or(Answer::is_match) {
                return self.remember(entry, true);
            }
        }
        self.remember(entry, false)
    }

    fn remember(&self, entry: &Entry, verdict: bool) -> bool {
        self.memo.set(entry.seq, Answer::from(verdict));
        verdict
    }
}
