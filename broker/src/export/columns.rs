//! The columns of CSV and Parquet: the same in both, one row an event.

use jiff::Timestamp;

use super::record::Record;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Truth,
    Time,
    Degrees,
    Text,
}

/// A column: its name, what stands in it, and whether that may be absent.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_optional: bool,
}

/// What one event has in a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Whole(i64),
    Truth(bool),
    Time(Option<Timestamp>),
    Degrees(Option<f64>),
    Text(Option<String>),
}

const fn always(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, is_optional: false }
}

const fn maybe(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, is_optional: true }
}

/// All columns.
pub(super) const COLUMNS: [Column; 20] = [
    always("seq", Kind::Whole),
    always("received", Kind::Time),
    maybe("authored", Kind::Time),
    always("ivoid", Kind::Text),
    always("stream", Kind::Text),
    always("role", Kind::Text),
    maybe("author", Kind::Text),
    always("source", Kind::Text),
    maybe("ra", Kind::Degrees),
    maybe("dec", Kind::Degrees),
    maybe("error_radius", Kind::Degrees),
    maybe("system", Kind::Text),
    maybe("time", Kind::Time),
    maybe("citations", Kind::Text),
    always("digest", Kind::Text),
    always("conflict", Kind::Truth),
    always("flagged", Kind::Truth),
    always("imported", Kind::Truth),
    always("hops", Kind::Whole),
    always("bytes", Kind::Whole),
];

/// What an event has in each.
pub(super) fn cells(record: &Record<'_>) -> [Cell; COLUMNS.len()] {
    let entry = record.entry;
    let place = record.position.as_ref();
    let text = |text: &str| Cell::Text(Some(text.to_owned()));
    let whole = |number: u64| Cell::Whole(i64::try_from(number).unwrap_or(i64::MAX));
    let cited: Vec<String> =
        record.citations.iter().map(|(relation, ivoid)| format!("{relation} {ivoid}")).collect();
    [
        whole(entry.seq.0),
        Cell::Time(Some(entry.received)),
        Cell::Time(record.authored),
        text(&entry.ivoid),
        text(record.stream()),
        text(&entry.role),
        Cell::Text(record.author.clone()),
        text(&entry.source),
        Cell::Degrees(place.map(|place| place.ra)),
        Cell::Degrees(place.map(|place| place.dec)),
        Cell::Degrees(place.and_then(|place| place.error_radius)),
        Cell::Text(place.map(|place| place.system.clone()).filter(|system| !system.is_empty())),
        Cell::Time(place.and_then(|place| place.time)),
        Cell::Text(Some(cited.join("; ")).filter(|cited| !cited.is_empty())),
        text(&entry.digest.to_string()),
        Cell::Truth(entry.conflict),
        Cell::Truth(entry.is_flagged),
        Cell::Truth(entry.is_imported),
        whole(entry.hops.into()),
        whole(entry.bytes.len() as u64),
    ]
}

impl Cell {
    /// The cell in CSV; nothing where it is absent.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Time(time) => time.map(|time| time.to_string()).unwrap_or_default(),
            Self::Degrees(degrees) => degrees.map(|degrees| degrees.to_string()).unwrap_or_default(),
            Self::Text(text) => text.clone().unwrap_or_default(),
        }
    }
}
