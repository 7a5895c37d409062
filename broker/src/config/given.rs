//! What the operator wrote, before it is checked: options by key, each value with its place.
//!
//! Flags and file both end up here as text, so that one set of rules reads them. A flag replaces the whole value that
//! the file has for its option; what it replaces is not looked at again. What could not even be read travels along as
//! faults, to be reported with all others.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::endpoint::Table;
use super::fault::{Fault, Place};
use super::key::Key;
use crate::plain::plain;

/// Options as they were written, by flag or in a file.
#[derive(Debug, Clone, Default)]
pub struct Given {
    options: BTreeMap<Key, Entry>,
    pub(super) tables: Vec<Table>,
    pub(super) faults: Vec<Fault>,
    /// The file could not be read, so that what seems to be missing may stand in it.
    pub(super) is_partial: bool,
}

/// An option that was written down.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) place: Place,
    pub(crate) values: Vec<Written>,
    /// A fault was reported already that took values away.
    pub(crate) is_damaged: bool,
}

/// One value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) text: String,
    pub(crate) place: Place,
}

impl Entry {
    /// The values that can be read, each with its place; those that cannot are faults.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        faults: &mut Vec<Fault>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<(Place, T)> {
        let mut values = Vec::new();
        for Written { text, place } in &self.values {
            match parse(text) {
                Ok(value) => values.push((place.clone(), value)),
                Err(error) => faults.push(Fault { place: place.clone(), text: error.to_string() }),
            }
        }
        values
    }
}

impl Given {
    /// Records an option given by the flag of its name; no value at all leaves it as it was.
    pub fn flag(&mut self, key: Key, values: impl IntoIterator<Item = String>) {
        self.flag_named(key, key.name(), values);
    }

    /// Records an option given by a flag of another name, which faults then name.
    pub fn flag_named(&mut self, key: Key, name: &'static str, values: impl IntoIterator<Item = String>) {
        let place = Place::Flag(name);
        let written = |text| Written { text, place: place.clone() };
        let values: Vec<Written> = values.into_iter().map(written).collect();
        if !values.is_empty() {
            let new = Entry { place, values: Vec::new(), is_damaged: false };
            self.options.entry(key).or_insert(new).values.extend(values);
        }
    }

    /// These options, and for those not given the ones of `file`.
    #[must_use]
    pub fn over(mut self, file: Self) -> Self {
        for (key, entry) in file.options {
            self.options.entry(key).or_insert(entry);
        }
        self.tables.extend(file.tables);
        self.faults.extend(file.faults);
        self.is_partial |= file.is_partial;
        self
    }

    /// Where an option was written down: a flag, or a line of the file.
    pub(super) fn source(&self, key: Key) -> Option<String> {
        Some(match &self.options.get(&key)?.place {
            Place::Line { file, line, .. } => plain(&format!("{file}:{line}")),
            place @ (Place::File(_) | Place::Flag(_) | Place::Nowhere(_)) => plain(&place.to_string()),
        })
    }

    /// Whether an option was written down, be it wrongly; an empty list does not count.
    pub(super) fn has(&self, key: Key) -> bool {
        self.options.get(&key).is_some_and(|entry| !entry.values.is_empty() || entry.is_damaged)
    }

    pub(super) fn entry(&self, key: Key) -> Option<&Entry> {
        self.options.get(&key)
    }

    pub(super) fn insert(&mut self, key: Key, entry: Entry) {
        self.options.insert(key, entry);
    }

    pub(super) fn fault(&mut self, place: Place, text: impl Into<String>) {
        self.faults.push(Fault { place, text: text.into() });
    }
}
