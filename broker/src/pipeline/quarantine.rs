//! Quarantine: events that a handler could not handle, kept until somebody decides.
//!
//! A record holds the event whole, because the log removes it in time, and why it is there. It is written together with the
//! cursor that moves past the event, and removed together with the effects of a call that succeeded at last.
//!
//! ```text
//! key      the handler's name · a zero byte · the event's place u64, big-endian
//! value    length u32 of what follows, big-endian · `Case` as JSON · the packet's bytes
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vtp::Digest;

use crate::store::{Entry, MediaType, ReadError, RecordChange, Seq, Store, Table};

/// Why an event is in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Case {
    /// The handler's name.
    pub(crate) handler: String,
    /// The revision that failed last.
    pub(crate) revision: String,
    /// The event's place in the log.
    pub(crate) seq: u64,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it is for.
    pub(crate) role: String,
    /// Who brought it.
    pub(crate) source: String,
    /// When it was accepted.
    pub(crate) received: Timestamp,
    /// How many handlers in a row led to it.
    pub(crate) hops: u8,
    /// When it went into quarantine.
    pub(crate) since: Timestamp,
    /// How often the handler was called for it.
    pub(crate) attempts: u32,
    /// What went wrong in the last of those.
    pub(crate) reason: String,
    /// What the handler logged in it.
    pub(crate) log: Vec<String>,
}

/// A case and the event that it is about.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) case: Case,
    pub(crate) packet: Bytes,
}

impl Held {
    /// Puts it into quarantine.
    pub(super) fn put(&self) -> RecordChange {
        // What is made of text and numbers can be written.
        let case = serde_json::to_vec(&self.case).unwrap_or_default();
        let mut value = BytesMut::with_capacity(4 + case.len() + self.packet.len());
        value.put_u32(u32::try_from(case.len()).unwrap_or(u32::MAX));
        value.put_slice(&case);
        value.put_slice(&self.packet);
        let key = key(&self.case.handler, Seq(self.case.seq));
        RecordChange { table: Table::Quarantine, key, value: Some(value.freeze()) }
    }

    /// The event, as the handler is called with it.
    pub(super) fn entry(&self) -> Arc<Entry> {
        let Case { seq, received, source, ivoid, role, hops, .. } = &self.case;
        Arc::new(Entry {
            seq: Seq(*seq),
            received: *received,
            source: source.as_str().into(),
            media_type: MediaType::VoeventXml,
            digest: Digest::of(&self.packet),
            ivoid: ivoid.as_str().into(),
            role: role.as_str().into(),
            conflict: false,
            is_flagged: false,
            is_imported: false,
            hops: *hops,
            bytes: self.packet.clone(),
        })
    }

    fn decode(value: &Bytes) -> Option<Self> {
        let (case, length) = Case::decode(value)?;
        Some(Self { case, packet: value.slice(length..) })
    }
}

impl Case {
    /// The case that a record begins with, and how many bytes it takes.
    fn decode(value: &Bytes) -> Option<(Self, usize)> {
        let length = u32::from_be_bytes(*value.first_chunk()?) as usize;
        let end = 4_usize.checked_add(length)?;
        Some((serde_json::from_slice(value.get(4..end)?).ok()?, end))
    }
}

/// What is in quarantine, of one handler or of all, the oldest first, no more than `limit`, without the packets.
pub(crate) fn cases(store: &Store, handler: Option<&str>, limit: usize) -> Result<Vec<Case>, ReadError> {
    let case = |_, value: Bytes| Case::decode(&value).map(|(case, _)| case);
    store.records_map(Table::Quarantine, &prefix(handler), limit, case)
}

/// How many events each handler has in quarantine, by name; of no more than `limit` in all.
pub(crate) fn count(store: &Store, limit: usize) -> Result<BTreeMap<String, u64>, ReadError> {
    let mut counts = BTreeMap::new();
    for key in store.record_keys(Table::Quarantine, limit)? {
        let name = key.split(|&byte| byte == 0).next().unwrap_or_default();
        *counts.entry(String::from_utf8_lossy(name).into_owned()).or_default() += 1;
    }
    Ok(counts)
}

/// The places of the events that a handler has in quarantine, behind `after` and up to `to`, the oldest first, no more than
/// `limit`.
pub(crate) fn places(
    store: &Store,
    handler: &str,
    after: Seq,
    to: Seq,
    limit: usize,
) -> Result<Vec<Seq>, ReadError> {
    let keys = key(handler, after.next())..=key(handler, to);
    let keys = store.record_keys_between(Table::Quarantine, &keys, limit)?;
    Ok(keys.iter().filter_map(|key| Some(Seq(u64::from_be_bytes(*key.last_chunk()?)))).collect())
}

/// One case.
pub(crate) fn find(store: &Store, handler: &str, seq: Seq) -> Result<Option<Held>, ReadError> {
    let value = store.record(Table::Quarantine, &key(handler, seq))?;
    Ok(value.and_then(|value| Held::decode(&value)))
}

/// Takes a case out of quarantine.
pub(crate) fn take_out(handler: &str, seq: Seq) -> RecordChange {
    RecordChange { table: Table::Quarantine, key: key(handler, seq), value: None }
}

fn prefix(handler: Option<&str>) -> Vec<u8> {
    handler.map(|handler| [handler.as_bytes(), &[0]].concat()).unwrap_or_default()
}

fn key(handler: &str, seq: Seq) -> Bytes {
    [handler.as_bytes(), &[0], &seq.0.to_be_bytes()].concat().into()
}
