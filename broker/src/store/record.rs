//! Records: what handlers keep, and what became of events that they could not handle.
//!
//! Keys and values are bytes to the store; what they mean is the pipeline's affair. Records change together with the
//! cursors and events of their submission, or not at all.

use super::{
    ReadError, Store,
    engine::{Engine, EngineError},
};
use bytes::Bytes;
use fjall::{Keyspace, OwnedWriteBatch};
use std::ops::RangeInclusive;

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Handlers' state.
    State,
    /// Events that a handler could not handle.
    Quarantine,
}

/// A record that gets a value, or loses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordChange {
    /// Of which kind.
    pub table: Table,
    /// Its key: not empty, and at most 64 KiB.
    pub key: Bytes,
    /// Its value from now on.
    pub value: Option<Bytes>,
}

impl RecordChange {
    pub(super) fn weight(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }

    pub(super) fn apply(&self, engine: &Engine, batch: &mut OwnedWriteBatch) {
        let table = keyspace(engine, self.table);
        match &self.value {
            Some(value) => batch.insert(table, self.key.clone(), value.clone()),
            None => batch.remove(table, self.key.clone()),
        }
    }
}

impl Store {
    /// The value of a record as it was last committed; may block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn record(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        let value = keyspace(&engine, table).get(key)?;
        Ok(value.map(Bytes::from))
    }

    /// The records whose keys begin with a prefix, sorted, no more than `limit`; may block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn records(
        &self,
        table: Table,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<(Bytes, Bytes)>, ReadError> {
        self.records_map(table, prefix, limit, |key, value| Some((key, value)))
    }

    /// What `take` makes of the keys and values of records whose keys begin with a prefix, sorted, of no more than `limit`;
    /// one value after the other is in memory. May block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn records_map<T>(
        &self,
        table: Table,
        prefix: &[u8],
        limit: usize,
        mut take: impl FnMut(Bytes, Bytes) -> Option<T>,
    ) -> Result<Vec<T>, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        let mut taken = Vec::new();
        for guard in keyspace(&engine, table).prefix(prefix).take(limit) {
            let (key, value) = guard.into_inner()?;
            taken.extend(take(key.into(), value.into()));
        }
        Ok(taken)
    }

    /// The keys of all records of a kind, sorted, no more than `limit`; may block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn record_keys(&self, table: Table, limit: usize) -> Result<Vec<Bytes>, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        keys(keyspace(&engine, table).iter(), limit)
    }

    /// The keys of a kind from one to another, sorted, no more than `limit`; may block on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn record_keys_between(
        &self,
        table: Table,
        between: &RangeInclusive<Bytes>,
        limit: usize,
    ) -> Result<Vec<Bytes>, ReadError> {
        if between.is_empty() {
            return Ok(Vec::new());
        }
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        keys(keyspace(&engine, table).range::<&Bytes, _>(between.start()..=between.end()), limit)
    }
}

fn keys(records: fjall::Iter, limit: usize) -> Result<Vec<Bytes>, ReadError> {
    let found = records.take(limit).map(|guard| Ok(Bytes::from(guard.key()?)));
    found.collect::<Result<_, EngineError>>().map_err(ReadError::from)
}

fn keyspace(engine: &Engine, table: Table) -> &Keyspace {
    match table {
        Table::State => &engine.state,
        Table::Quarantine => &engine.quarantine,
    }
}
