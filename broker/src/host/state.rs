//! A handler's state during a call: what was there, with what the call changed on top.
//!
//! Changes are kept here until the call has ended and then handed out as a list, so that they take effect together or
//! not at all. Reading sees them. Sizes are counted against the handler's quota as they are made: a key and its value
//! count, and what is removed is given back.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use super::limits::{Limits, MAX_KEY_BYTES, Stop};

/// A value and when it stops being there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateValue {
    /// The value.
    pub bytes: Bytes,
    /// When it expires, if it does.
    pub expires: Option<Timestamp>,
}

/// A key that a call changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The key.
    pub key: String,
    /// What it is to be, or nothing if it is removed.
    pub value: Option<StateValue>,
}

/// The state that a handler has when it is called.
pub trait StateView: Send + Sync + fmt::Debug {
    /// The value of a key, also one that has expired and was not yet cleared away.
    fn get(&self, key: &str) -> Option<StateValue>;

    /// The keys that begin with a prefix, sorted, no more than `limit`, after the key `after` if one is given.
    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String>;

    /// The bytes of all keys and values.
    fn used_bytes(&self) -> u64;
}

/// State in memory, for tests and for trying a handler.
#[derive(Debug, Default)]
pub struct MemoryState(Mutex<BTreeMap<String, StateValue>>);

impl MemoryState {
    /// Carries out what a call changed.
    pub fn apply(&self, changes: &[StateChange]) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match &change.value {
                Some(value) => drop(values.insert(change.key.clone(), value.clone())),
                None => drop(values.remove(&change.key)),
            }
        }
    }
}

impl StateView for MemoryState {
    fn get(&self, key: &str) -> Option<StateValue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from_prefix = values.range(prefix.to_owned()..).map(|(key, _)| key);
        let named = from_prefix.take_while(|key| key.starts_with(prefix));
        named.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(limit).cloned().collect()
    }

    fn used_bytes(&self) -> u64 {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.iter().map(|(key, value)| size(key, &value.bytes)).sum()
    }
}

/// Why a change was not made.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ChangeError {
    Quota(u64),
    BadKey,
    NotANumber,
    Stop(Stop),
}

/// The state as a call sees it.
#[derive(Debug)]
pub(super) struct Buffer {
    before: Arc<dyn StateView>,
    changes: BTreeMap<String, Option<StateValue>>,
    now: Timestamp,
    /// What will be used; read from the view at the first change.
    used_bytes: Option<u64>,
    quota_bytes: u64,
    value_bytes: usize,
    most_changes: usize,
    /// The bytes of what was changed.
    changed_bytes: usize,
    most_changed_bytes: usize,
}

impl Buffer {
    pub(super) fn new(before: Arc<dyn StateView>, limits: &Limits, now: Timestamp) -> Self {
        Self {
            before,
            changes: BTreeMap::new(),
            now,
            used_bytes: None,
            quota_bytes: limits.state_bytes,
            value_bytes: limits.value_bytes,
            most_changes: limits.state_changes,
            changed_bytes: 0,
            most_changed_bytes: limits.state_change_bytes,
        }
    }

    /// What was changed, sorted by key.
    pub(super) fn into_changes(self) -> Vec<StateChange> {
        self.changes.into_iter().map(|(key, value)| StateChange { key, value }).collect()
    }

    pub(super) fn get(&self, key: &str) -> Option<StateValue> {
        self.held(key).filter(|value| !self.is_over(value))
    }

    pub(super) fn set(&mut self, key: String, bytes: Bytes, ttl: Option<u64>) -> Result<(), ChangeError> {
        let expires = ttl.map(|seconds| {
            let span = jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            self.now.checked_add(span).unwrap_or(Timestamp::MAX)
        });
        self.put(key, StateValue { bytes, expires })
    }

    pub(super) fn delete(&mut self, key: String) -> Result<(), ChangeError> {
        match self.held(&key) {
            Some(held) => {
                let used = self.used().saturating_sub(size(&key, &held.bytes));
                self.change(key, None, used)
            }
            None => Ok(()),
        }
    }

    pub(super) fn increment(&mut self, key: String, by: i64) -> Result<i64, ChangeError> {
        let held = self.get(&key);
        let before = match &held {
            Some(held) => number(&held.bytes).ok_or(ChangeError::NotANumber)?,
            None => 0,
        };
        let sum = before.checked_add(by).ok_or(ChangeError::NotANumber)?;
        let expires = held.and_then(|held| held.expires);
        self.put(key, StateValue { bytes: sum.to_string().into(), expires })?;
        Ok(sum)
    }

    pub(super) fn compare_and_swap(
        &mut self,
        key: String,
        expected: Option<&[u8]>,
        bytes: Bytes,
    ) -> Result<bool, ChangeError> {
        let held = self.get(&key);
        if held.as_ref().map(|held| held.bytes.as_ref()) != expected {
            return Ok(false);
        }
        let expires = held.and_then(|held| held.expires);
        self.put(key, StateValue { bytes, expires })?;
        Ok(true)
    }

    /// The keys that begin with a prefix and have a value, sorted.
    pub(super) fn keys(&self, prefix: &str, limit: usize) -> Vec<String> {
        let mut before =
            Before { view: &*self.before, prefix, page: Vec::new().into_iter(), after: None, limit };
        let mut changed = self
            .changes
            .range(prefix.to_owned()..)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .peekable();
        let mut next = before.next();
        let mut keys = Vec::new();
        while keys.len() < limit {
            let from_change = match (&next, changed.peek()) {
                (Some(old), Some(new)) => new.as_str() <= old.as_str(),
                (None, Some(_)) => true,
                (Some(_), None) => false,
                (None, None) => break,
            };
            let key = if from_change { changed.next().cloned() } else { next.clone() };
            let Some(key) = key else { break };
            if next.as_ref() == Some(&key) {
                next = before.next();
            }
            if self.get(&key).is_some() {
                keys.push(key);
            }
        }
        keys
    }

    fn put(&mut self, key: String, value: StateValue) -> Result<(), ChangeError> {
        if key.is_empty() || key.len() > MAX_KEY_BYTES {
            return Err(ChangeError::BadKey);
        }
        let held = self.held(&key).map_or(0, |held| size(&key, &held.bytes));
        let used = self.used().saturating_sub(held).saturating_add(size(&key, &value.bytes));
        if used > self.quota_bytes || value.bytes.len() > self.value_bytes {
            return Err(ChangeError::Quota(self.quota_bytes));
        }
        self.change(key, Some(value), used)
    }

    fn change(&mut self, key: String, value: Option<StateValue>, used: u64) -> Result<(), ChangeError> {
        if self.changes.len() >= self.most_changes && !self.changes.contains_key(&key) {
            return Err(ChangeError::Stop(Stop::Changes(self.most_changes)));
        }
        let weigh = |value: &StateValue| key.len() + value.bytes.len();
        let before = self.changes.get(&key).and_then(Option::as_ref).map_or(0, weigh);
        let changed_bytes = self.changed_bytes - before + value.as_ref().map_or(0, weigh);
        if changed_bytes > self.most_changed_bytes {
            return Err(ChangeError::Stop(Stop::ChangeBytes(self.most_changed_bytes)));
        }
        self.changed_bytes = changed_bytes;
        self.used_bytes = Some(used);
        self.changes.insert(key, value);
        Ok(())
    }

    fn held(&self, key: &str) -> Option<StateValue> {
        match self.changes.get(key) {
            Some(changed) => changed.clone(),
            None => self.before.get(key),
        }
    }

    fn used(&mut self) -> u64 {
        *self.used_bytes.get_or_insert_with(|| self.before.used_bytes())
    }

    fn is_over(&self, value: &StateValue) -> bool {
        value.expires.is_some_and(|expires| expires <= self.now)
    }
}

/// The keys that were there before, a page at a time.
struct Before<'a> {
    view: &'a dyn StateView,
    prefix: &'a str,
    page: std::vec::IntoIter<String>,
    after: Option<String>,
    limit: usize,
}

impl Iterator for Before<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let key = match self.page.next() {
            Some(key) => key,
            None => {
                let most = self.limit.clamp(1, 1_000);
                self.page = self.view.keys(self.prefix, self.after.as_deref(), most).into_iter();
                self.page.next()?
            }
        };
        self.after = Some(key.clone());
        Some(key)
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

fn number(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}
