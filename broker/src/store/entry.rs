//! What the log holds: entries, and the drafts they are made from.
//!
//! A [`Draft`] is what admission hands in. The writer gives it a place ([`Seq`]) and a time and says whether its
//! IVOID was seen with other bytes; from then on it is an [`Entry`], which never changes. How an entry is laid out
//! on disk is told in `encoding`.

use bytes::Bytes;
use jiff::Timestamp;
use std::{fmt, sync::Arc};
use vtp::Digest;

/// A place in the log. The first entry is 1; 0 is the place before it, from where everything is still to be read.
///
/// No place is ever given twice, not even after damage or a failed write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub u64);

impl Seq {
    /// The place before the first entry.
    pub const START: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place before this one; `START` has none and stays.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The most hops that an entry can tell.
pub const MAX_HOPS: u8 = 15;

/// The language that an event's bytes are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// A VOEvent packet in XML, of any version.
    VoeventXml,
}

impl MediaType {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VoeventXml => "application/xml",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (name == Self::VoeventXml.name()).then_some(Self::VoeventXml)
    }
}

/// An event as it is submitted to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Who brought it, for example `author 192.0.2.1:4711`, `upstream host:8099` or `self`.
    pub source: Arc<str>,
    /// The language of `bytes`.
    pub media_type: MediaType,
    /// The identity of the packet: what duplicates are told by.
    pub digest: Digest,
    /// The identifier that the packet names itself by; no key, since authors reuse it.
    pub ivoid: Box<str>,
    /// What the event is for: `observation`, `test` and the like.
    pub role: Box<str>,
    /// Whether it was accepted although it is not valid.
    pub is_flagged: bool,
    /// Whether it is history, taken from an archive: it is kept and found, and is news to nobody.
    pub is_imported: bool,
    /// How many handlers in a row led to it: 0 for what came from outside, one more than its cause for what a handler
    /// published. At most [`MAX_HOPS`].
    pub hops: u8,
    /// The packet, exactly as it was received.
    pub bytes: Bytes,
}

/// An event that the store has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log.
    pub seq: Seq,
    /// When it was committed, by the wall clock in UTC, in whole microseconds.
    pub received: Timestamp,
    /// Who brought it first.
    pub source: Arc<str>,
    /// The language of `bytes`.
    pub media_type: MediaType,
    /// The identity of the packet.
    pub digest: Digest,
    /// The identifier that the packet names itself by.
    pub ivoid: Box<str>,
    /// What the event is for.
    pub role: Box<str>,
    /// Whether an earlier entry, still kept, has the same IVOID and other bytes.
    pub conflict: bool,
    /// Whether it was accepted although it is not valid.
    pub is_flagged: bool,
    /// Whether it is history, taken from an archive: it is kept and found, and is news to nobody.
    pub is_imported: bool,
    /// How many handlers in a row led to it: 0 for what came from outside, one more than its cause for what a handler
    /// published. At most [`MAX_HOPS`].
    pub hops: u8,
    /// The packet, exactly as it was received.
    pub bytes: Bytes,
}

impl Entry {
    /// An observation, `ivo://a.b/c#d` of 1970, for tests that change what they are about.
    #[cfg(test)]
    pub(crate) fn sample(seq: u64, packet: impl Into<Bytes>) -> Self {
        let bytes = packet.into();
        Self {
            seq: Seq(seq),
            received: Timestamp::UNIX_EPOCH,
            source: "self".into(),
            media_type: MediaType::VoeventXml,
            digest: Digest::of(&bytes),
            ivoid: "ivo://a.b/c#d".into(),
            role: "observation".into(),
            conflict: false,
            is_flagged: false,
            is_imported: false,
            hops: 0,
            bytes,
        }
    }

    /// What the entry costs in memory, roughly, in bytes.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.source.len() + self.ivoid.len() + self.role.len() + self.bytes.len()
    }
}
