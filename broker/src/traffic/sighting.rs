//! What one event says of itself, in a line or a dot on a map.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::{Place, View};
use crate::plain::excerpt;
use crate::store::Entry;

/// Packets larger than this are not looked into.
const READ_BYTES: usize = 256 << 10;

/// An event, in short. Text in it is fit for a terminal and a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sighting {
    /// Its place in the log.
    pub(crate) seq: u64,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it is for.
    pub(crate) role: String,
    /// Who says it, if the packet tells.
    pub(crate) author: Option<String>,
    /// Who brought it.
    pub(crate) source: String,
    /// When it was accepted.
    pub(crate) received: Timestamp,
    /// When its author made it, if the packet tells.
    pub(crate) authored: Option<Timestamp>,
    /// The length of the packet.
    pub(crate) bytes: usize,
    /// Where it was, if that is told in equatorial coordinates.
    pub(crate) position: Option<Place>,
    /// How many others it cites.
    pub(crate) citations: usize,
    /// Whether the packet is not valid VOEvent 2.0, and was taken all the same.
    pub(crate) is_flagged: bool,
    /// Whether its identifier was seen with other bytes.
    pub(crate) conflict: bool,
}

impl Sighting {
    /// What an entry says.
    pub(crate) fn of(entry: &Entry) -> Self {
        let view = (entry.bytes.len() <= READ_BYTES).then(|| View::parse(&entry.bytes).ok()).flatten();
        Self::seen(entry, view.as_ref())
    }

    /// What is known of an entry without looking into its packet.
    pub(crate) fn unread(entry: &Entry) -> Self {
        Self::seen(entry, None)
    }

    fn seen(entry: &Entry, view: Option<&View>) -> Self {
        Self {
            seq: entry.seq.0,
            ivoid: excerpt(&entry.ivoid),
            role: excerpt(&entry.role),
            author: view.and_then(View::author).map(excerpt),
            source: excerpt(&entry.source),
            received: entry.received,
            authored: view.and_then(View::authored),
            bytes: entry.bytes.len(),
            position: view.and_then(View::position).and_then(|position| position.place()),
            citations: view.map_or(0, |view| view.citations().len()),
            is_flagged: entry.is_flagged,
            conflict: entry.conflict,
        }
    }
}
