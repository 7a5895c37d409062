//! Takes typed values out of what was given, and notes what cannot be one.
//!
//! A faulty value reads as absent, so that reading goes on and finds the next fault.

use std::fmt::Display;

use super::endpoint::Table;
use super::fault::{Faults, Place};
use super::given::{Entry, Given};
use super::key::Key;

/// What was given, on its way to being a configuration.
pub(super) struct Reader {
    given: Given,
}

impl Reader {
    pub(super) const fn new(given: Given) -> Self {
        Self { given }
    }

    /// The value of an option that has one.
    pub(super) fn one<T, E: Display>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        self.many(key, parse).pop().map(|(_, value)| value)
    }

    /// All values of an option, each with its place.
    pub(super) fn many<T, E: Display>(
        &mut self,
        key: Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<(Place, T)> {
        let entry = self.given.entry(key).cloned();
        entry.map(|entry| self.parsed(&entry, parse)).unwrap_or_default()
    }

    /// All values of what was written, each with its place.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        entry: &Entry,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<(Place, T)> {
        entry.parsed(&mut self.given.faults, parse)
    }

    /// The tables about single endpoints.
    pub(super) fn tables(&mut self) -> Vec<Table> {
        std::mem::take(&mut self.given.tables)
    }

    /// Whether any of the options was given, be it wrongly, or may stand in a file that cannot be read.
    pub(super) fn may_have(&self, keys: &[Key]) -> bool {
        self.given.is_partial || self.has(keys)
    }

    /// Whether any of the options was given, be it wrongly.
    pub(super) fn has(&self, keys: &[Key]) -> bool {
        keys.iter().any(|key| self.given.has(*key))
    }

    /// The place of an option that was given as a list with nothing in it.
    pub(super) fn empty_list(&self, key: Key) -> Option<Place> {
        let entry = self.given.entry(key)?;
        (entry.values.is_empty() && !entry.is_damaged).then(|| entry.place.clone())
    }

    pub(super) fn fault(&mut self, place: Place, text: impl Into<String>) {
        self.given.fault(place, text);
    }

    pub(super) fn finish(self) -> Option<Faults> {
        Faults::new(self.given.faults)
    }
}
