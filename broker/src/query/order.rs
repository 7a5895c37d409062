//! What a query orders of its workers, and what they answer.
//!
//! ```text
//! frame    length (4 bytes, little endian) · so many bytes
//! order    a frame of JSON; behind an event's, its packet as a frame of UTF-8
//! answer   a frame of JSON; an order for events ends with `done` or `failed`
//! ```
//! Both ends are the same program. What is no frame of it is a broken link.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::value::Value;
use crate::store::Entry;

/// No frame is longer, so that neither end can be made to take all memory: a broker's packets are far shorter.
pub(super) const FRAME_BYTES: usize = 256 << 20;

/// What one worker does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The expression.
    pub(crate) expression: String,
    /// What it is evaluated over.
    pub(crate) over: Over,
    /// Whether nodes are told by their values, for another expression, instead of by their XML, for a reader.
    pub(crate) values_only: bool,
}

/// What an expression is evaluated over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Over {
    /// Each event by itself.
    Each,
    /// All events at once.
    All,
    /// What another expression came to on each.
    Results,
}

/// What the broker knows of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Its number in the log.
    pub(crate) seq: u64,
    /// When it was received.
    pub(crate) received: String,
    /// Who brought it.
    pub(crate) source: String,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it is for.
    pub(crate) role: String,
}

impl From<&Entry> for Head {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq.0,
            received: entry.received.to_string(),
            source: entry.source.to_string(),
            ivoid: entry.ivoid.to_string(),
            role: entry.role.to_string(),
        }
    }
}

/// An order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// The first of all.
    Begin(Task),
    /// An event, its packet behind this.
    Event(Head),
    /// What another expression came to, to be kept.
    Result(Vec<Value>),
    /// Evaluate what was kept.
    Evaluate,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The expression is one; go on.
    Ready,
    /// An item of the result.
    Item(Value),
    /// All was told.
    Done,
    /// No result, or no more of it.
    Failed(Fault),
}

/// Writes a value as a frame.
pub(super) fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    write_frame(to, &serde_json::to_vec(value)?)
}

/// Writes a frame.
pub(super) fn write_frame(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= FRAME_BYTES);
    let length = length.ok_or_else(|| io::Error::other("too long for a worker"))?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)
}

/// Reads a value; none if the other end closed.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    read_frame(from)?.map(|bytes| Ok(serde_json::from_slice(&bytes)?)).transpose()
}

/// Reads a frame; none if the other end closed.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}
