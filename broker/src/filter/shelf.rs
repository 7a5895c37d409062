//! The shelf: every expression and every set that somebody holds, once.
//!
//! Whoever asks for an expression that is there already gets the same one, compiled and with its memory of verdicts. What
//! nobody holds any more is gone, and its place on the shelf is found empty and swept up in passing. All expressions
//! together have a bound, so that a thousand subscribers with a thousand filters each cost what is given to filters and
//! no more.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::expression::{Asker, Filter};
use super::set::FilterSet;
use super::{FilterError, check};

/// What all expressions together may take, in bytes.
const TOTAL_BYTES: usize = 64 << 20;

/// Expressions and sets, each once.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    total_bytes: Arc<AtomicUsize>,
    expressions: Mutex<Board<Box<str>, Filter>>,
    sets: Mutex<Board<Box<[Box<str>]>, FilterSet>>,
}

impl Shelf {
    /// The expression with this text.
    pub(super) fn expression(&self, text: &str) -> Result<Arc<Filter>, FilterError> {
        let mut board = self.expressions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(filter) = board.find(text) {
            return Ok(filter);
        }
        if self.total_bytes.load(Ordering::Relaxed) > TOTAL_BYTES {
            return Err(FilterError::NoRoom);
        }
        let compiled = check(text).map_err(FilterError::Expression)?;
        Ok(board
            .put(text.into(), Filter::new(Arc::new(compiled), Asker::Subscribers, self.total_bytes.clone())))
    }

    /// The set of these expressions.
    pub(super) fn set(&self, mut filters: Vec<Arc<Filter>>) -> Arc<FilterSet> {
        filters.sort_by(|one, other| one.text().cmp(other.text()));
        filters.dedup_by(|one, other| one.text() == other.text());
        let key: Box<[Box<str>]> = filters.iter().map(|filter| filter.text().into()).collect();
        let mut board = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = board.find(&key) {
            return set;
        }
        board.put(key, FilterSet::new(filters))
    }
}

#[cfg(test)]
impl Shelf {
    /// What all expressions take that somebody holds.
    pub(super) fn total_bytes(&self) -> usize {
        self.total_bytes.load(Ordering::Relaxed)
    }

    /// How many places there are, empty ones included.
    pub(super) fn places(&self) -> usize {
        self.expressions.lock().unwrap().held.len() + self.sets.lock().unwrap().held.len()
    }
}

/// What is held elsewhere, by name.
#[derive(Debug)]
struct Board<K, V> {
    held: HashMap<K, Weak<V>>,
    swept_at: usize,
}

impl<K, V> Default for Board<K, V> {
    fn default() -> Self {
        Self { held: HashMap::new(), swept_at: 16 }
    }
}

impl<K: Hash + Eq, V> Board<K, V> {
    fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.held.get(key)?.upgrade()
    }

    fn put(&mut self, key: K, value: V) -> Arc<V> {
        // Half of the places may stand empty before they are swept, so that sweeping costs little for each.
        if self.held.len() >= self.swept_at {
            self.held.retain(|_, held| held.strong_count() > 0);
            self.swept_at = 16.max(2 * self.held.len());
        }
        let value = Arc::new(value);
        self.held.insert(key, Arc::downgrade(&value));
        value
    }
}
