//! What the index knows of an event.

use jiff::Timestamp;

use crate::event::{Place, View};
use crate::store::{Entry, Seq};

/// Packets larger than this are found by what the log says of them, and not looked into.
const READ_BYTES: usize = 4 << 20;

/// What an event says of itself, and what the broker knows of it, without its packet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Facts {
    /// Its place in the log.
    pub(crate) seq: Seq,
    /// When the broker accepted it.
    pub(crate) received: Timestamp,
    /// When its author made it (Who/Date), if the packet tells.
    pub(crate) authored: Option<Timestamp>,
    /// When it was observed (ISOTime of its position, in UTC), if the packet tells.
    pub(crate) observed: Option<Timestamp>,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it is for.
    pub(crate) role: String,
    /// Who says it, if the packet tells.
    pub(crate) author: Option<String>,
    /// Who brought it.
    pub(crate) source: String,
    /// Whether its identifier was seen with other bytes before.
    pub(crate) conflict: bool,
    /// Whether it was taken although it is not valid.
    pub(crate) is_flagged: bool,
    /// Whether it was imported.
    pub(crate) is_imported: bool,
    /// Where it was, if that is told in equatorial coordinates.
    pub(crate) place: Option<Place>,
    /// What it cites, in document order.
    pub(crate) citations: Vec<Cited>,
}

/// An event that is cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cited {
    /// Its identifier, as it was written.
    pub(crate) ivoid: String,
    /// What is done to it: `followup`, `supersedes`, `retraction`, or nothing that is known.
    pub(crate) relation: Option<&'static str>,
}

impl Facts {
    /// What an entry of the log says.
    pub(crate) fn of(entry: &Entry) -> Self {
        let view = (entry.bytes.len() <= READ_BYTES).then(|| View::parse(&entry.bytes).ok()).flatten();
        let position = view.as_ref().and_then(View::position);
        let citations = view
            .iter()
            .flat_map(View::citations)
            .map(|citation| Cited { ivoid: citation.ivoid.to_owned(), relation: citation.relation.name() });
        Self {
            seq: entry.seq,
            received: entry.received,
            authored: view.as_ref().and_then(View::authored),
            observed: position.and_then(|position| position.time),
            ivoid: entry.ivoid.to_string(),
            role: entry.role.to_string(),
            author: view.as_ref().and_then(View::author).map(str::to_owned),
            source: entry.source.to_string(),
            conflict: entry.conflict,
            is_flagged: entry.is_flagged,
            is_imported: entry.is_imported,
            place: position.and_then(|position| position.place()),
            citations: citations.collect(),
        }
    }
}
