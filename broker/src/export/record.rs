//! Records: what can be said of an event, from what the broker knows and what its packet says.

use bytes::Bytes;
use jiff::Timestamp;

use crate::event::{self, Relation, View};
use crate::store::Entry;

/// What can be said of an event. What its packet does not say, or not for certain, is absent.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) entry: &'a Entry,
    pub(super) author: Option<String>,
    pub(super) authored: Option<Timestamp>,
    pub(super) position: Option<Place>,
    pub(super) citations: Vec<(&'static str, String)>,
    pub(super) params: Vec<Param>,
}

/// A place in the sky, in degrees, if that is told in equatorial coordinates.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) ra: f64,
    pub(super) dec: f64,
    pub(super) error_radius: Option<f64>,
    pub(super) system: String,
    pub(super) time: Option<Timestamp>,
}

/// A parameter; its key is its name, behind that of its Group if it stands in one that has a name.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) unit: Option<String>,
}

impl<'a> Record<'a> {
    /// Reads an event; of a packet that cannot be read there is what the broker knows.
    pub(super) fn of(entry: &'a Entry) -> Self {
        let bytes: &Bytes = &entry.bytes;
        let view = View::parse(bytes).ok();
        let view = view.as_ref();
        Self {
            entry,
            author: view.and_then(View::author).map(str::to_owned),
            authored: view.and_then(View::authored),
            position: view.and_then(place),
            citations: view.map(citations).unwrap_or_default(),
            params: view.map(params).unwrap_or_default(),
        }
    }

    /// The stream that it belongs to.
    pub(super) fn stream(&self) -> &'a str {
        event::stream(&self.entry.ivoid)
    }
}

fn place(view: &View) -> Option<Place> {
    let position = view.position()?;
    let event::Place { ra, dec, error } = position.place()?;
    let system = position.system.to_owned();
    Some(Place { ra, dec, error_radius: error, system, time: position.time })
}

fn citations(view: &View) -> Vec<(&'static str, String)> {
    let relation = |relation: Relation| relation.name().unwrap_or("other");
    let cited = view.citations().into_iter();
    cited.map(|citation| (relation(citation.relation), citation.ivoid.to_owned())).collect()
}

fn params(view: &View) -> Vec<Param> {
    let read = |param: event::Param<'_>| Param {
        key: match param.group {
            Some(group) if !group.is_empty() => format!("{group}/{}", param.name),
            Some(_) | None => param.name.to_owned(),
        },
        value: param.value.into_owned(),
        unit: param.unit.filter(|unit| !unit.is_empty()).map(str::to_owned),
    };
    view.params().into_iter().map(read).collect()
}
