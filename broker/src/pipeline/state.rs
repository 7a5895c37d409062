//! A handler's state: what is in the store, under what its calls have written since.
//!
//! Calls run ahead of commits, so that many are committed together. Each call gets a [`View`] that shows what the calls
//! before it wrote, and remembers what it asked for: if another call has changed that by the time it ends, as can
//! happen when several run at once, it is run again. A key in the store is the handler's name, a zero byte, and its own key; a
//! value is preceded by the moment at which it expires.
//!
//! ```text
//! value    expires i64 (microseconds since 1970, UTC; 0 = never) · the handler's bytes
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;

use crate::host::{StateChange, StateValue, StateView};
use crate::store::{ReadError, RecordChange, Store, Table};

/// Keys that one question about a beginning may look at in the store.
const MAX_KEYS: usize = 10_000;
/// Changes that are remembered to tell whether a call that runs has asked for what was changed.
const REMEMBERED: usize = 4096;

/// What stands before a value.
const EXPIRY_BYTES: usize = 8;

/// The state of one handler.
pub(super) struct State {
    store: Store,
    prefix: Bytes,
    used_bytes: AtomicU64,
    written: Mutex<Written>,
}

/// What calls have written that is not in the store yet, and in which order keys changed of late.
#[derive(Debug, Default)]
struct Written {
    values: BTreeMap<String, Option<StateValue>>,
    changes: VecDeque<(u64, String)>,
    clock: u64,
}

impl State {
    /// The state that a store holds for a handler; reads through it once.
    pub(super) fn load(store: &Store, handler: &str) -> Result<Self, ReadError> {
        let prefix = Bytes::from([handler.as_bytes(), &[0]].concat());
        let held = store.records(Table::State, &prefix, usize::MAX)?;
        let used = held
            .iter()
            .map(|(key, value)| cost(key.len() - prefix.len(), value.len().saturating_sub(EXPIRY_BYTES)))
            .sum();
        Ok(Self { store: store.clone(), prefix, used_bytes: AtomicU64::new(used), written: Mutex::default() })
    }

    /// What the next call sees.
    pub(super) fn view(self: &Arc<Self>) -> Arc<View> {
        let since = self.written().clock;
        Arc::new(View { state: self.clone(), since, asked: Mutex::default(), failed: AtomicBool::new(false) })
    }

    /// Takes over what a call has written, and tells what that changes in the store.
    pub(super) fn write(&self, changes: Vec<StateChange>) -> Vec<RecordChange> {
        let mut written = self.written();
        let mut records = Vec::with_capacity(changes.len());
        for StateChange { key, value } in changes {
            let before = self.look(&written, &key).ok().flatten();
            let size = |value: &Option<StateValue>| {
                value.as_ref().map_or(0, |value| cost(key.len(), value.bytes.len()))
            };
            let (added, freed) = (size(&value), size(&before));
            let used = self.used_bytes.load(Ordering::Relaxed);
            self.used_bytes.store((used + added).saturating_sub(freed), Ordering::Relaxed);
            records.push(RecordChange {
                table: Table::State,
                key: self.key(&key),
                value: value.as_ref().map(encode),
            });
            written.clock += 1;
            let now = written.clock;
            written.changes.push_back((now, key.clone()));
            written.values.insert(key, value);
        }
        while written.changes.len() > REMEMBERED {
            written.changes.pop_front();
        }
        records
    }

    /// Forgets what was written: it is in the store by now.
    pub(super) fn committed(&self) {
        self.written().values.clear();
    }

    fn look(&self, written: &Written, key: &str) -> Result<Option<StateValue>, ReadError> {
        if let Some(value) = written.values.get(key) {
            return Ok(value.clone());
        }
        Ok(self.store.record(Table::State, &self.key(key))?.and_then(|value| decode(&value)))
    }

    fn key(&self, key: &str) -> Bytes {
        [&self.prefix, key.as_bytes()].concat().into()
    }

    // No code that holds the lock can stop half way through a change.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state as one call sees it.
pub(super) struct View {
    state: Arc<State>,
    since: u64,
    asked: Mutex<Vec<Question>>,
    failed: AtomicBool,
}

#[derive(Debug)]
enum Question {
    Key(String),
    Prefix(String),
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("since", &self.since).finish_non_exhaustive()
    }
}

impl View {
    /// Whether something that the call asked for was changed by another since it began.
    pub(super) fn is_outdated(&self) -> bool {
        let written = self.state.written();
        let is_forgotten = written.changes.front().is_some_and(|(first, _)| *first > self.since + 1);
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut later = written.changes.iter().filter(|(when, _)| *when > self.since);
        let is_changed = later.any(|(_, key)| {
            asked.iter().any(|question| match question {
                Question::Key(asked) => asked == key,
                Question::Prefix(prefix) => key.starts_with(prefix),
            })
        });
        !asked.is_empty() && (is_changed || is_forgotten)
    }

    /// Whether the store could not be read, so that what the call was told may be wrong.
    pub(super) fn is_broken(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    fn ask(&self, question: Question) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    }

    fn or_broken<T: Default>(&self, found: Result<T, ReadError>) -> T {
        found.unwrap_or_else(|_| {
            self.failed.store(true, Ordering::Relaxed);
            T::default()
        })
    }
}

impl StateView for View {
    fn get(&self, key: &str) -> Option<StateValue> {
        self.ask(Question::Key(key.to_owned()));
        let found = self.state.look(&self.state.written(), key);
        self.or_broken(found)
    }

    fn keys(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<String> {
        self.ask(Question::Prefix(prefix.to_owned()));
        let held = self.state.store.records(Table::State, &self.state.key(prefix), MAX_KEYS);
        let skip = self.state.prefix.len();
        let name = |key: &Bytes| String::from_utf8_lossy(key.get(skip..).unwrap_or_default()).into_owned();
        let mut keys: BTreeMap<String, bool> =
            self.or_broken(held).iter().map(|(key, _)| (name(key), true)).collect();
        let written = self.state.written();
        let ours = written.values.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        keys.extend(ours.map(|(key, value)| (key.clone(), value.is_some())));
        let there = keys.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key);
        there.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(limit).collect()
    }

    fn used_bytes(&self) -> u64 {
        self.state.used_bytes.load(Ordering::Relaxed)
    }
}

/// What a key and its value count for against the quota.
fn cost(key_bytes: usize, value_bytes: usize) -> u64 {
    (key_bytes + value_bytes) as u64
}

fn encode(value: &StateValue) -> Bytes {
    let mut bytes = BytesMut::with_capacity(EXPIRY_BYTES + value.bytes.len());
    bytes.put_i64(value.expires.map_or(0, Timestamp::as_microsecond));
    bytes.put_slice(&value.bytes);
    bytes.freeze()
}

fn decode(value: &Bytes) -> Option<StateValue> {
    let expires = i64::from_be_bytes(*value.first_chunk::<EXPIRY_BYTES>()?);
    let expires = if expires == 0 { None } else { Timestamp::from_microsecond(expires).ok() };
    Some(StateValue { bytes: value.slice(EXPIRY_BYTES..), expires })
}
