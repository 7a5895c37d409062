//! The panes: what each lists, in which columns, and which of it wants to be seen.

use jiff::Timestamp;
use ratatui::layout::Constraint;
use serde_json::Value;

use super::super::told::{age, amount, each, number, part, per_call, text, time};
use super::picture::Picture;
use super::style::Tone;
use Shown::{Always, IfWide};

/// Something that a broker has several of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    Events,
    Streams,
    Upstreams,
    Subscribers,
    Handlers,
}

/// A line of a pane.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// A text for each column.
    pub(super) cells: Vec<String>,
    /// How much it wants to be seen.
    pub(super) tone: Tone,
}

/// Columns: a title, how wide it is, and when it is shown; one of no width takes what is left.
type Columns = &'static [(&'static str, Option<u16>, Shown)];

/// When a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Always,
    /// Where a line has [`WIDE`] characters.
    IfWide,
}

/// With so many characters a line has room for all columns.
const WIDE: u16 = 72;
/// The least width of a column that takes what is left: it is the one by which a line is known.
const NAME: u16 = 16;

impl Pane {
    /// All of them, in the order in which Tab goes through them.
    pub(super) const ALL: [Self; 5] =
        [Self::Events, Self::Streams, Self::Upstreams, Self::Subscribers, Self::Handlers];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Events => "Events",
            Self::Streams => "Streams",
            Self::Upstreams => "Upstreams",
            Self::Subscribers => "Subscribers",
            Self::Handlers => "Handlers",
        }
    }

    /// What stands there when there is nothing to list.
    pub(super) const fn nothing(self) -> &'static str {
        match self {
            Self::Events => "no event yet",
            Self::Streams => "no stream has spoken yet",
            Self::Upstreams => "subscribed to no other broker",
            Self::Subscribers => "no subscriber is connected",
            Self::Handlers => "no handlers",
        }
    }

    const fn columns(self) -> Columns {
        match self {
            Self::Events => &[
                ("AGE", Some(7), Always),
                ("ROLE", Some(5), Always),
                ("RA", Some(7), Always),
                ("DEC", Some(7), Always),
                ("EVENT", None, Always),
            ],
            Self::Streams => &[
                ("LAST", Some(7), Always),
                ("EVENTS", Some(8), Always),
                ("ROLE", Some(5), Always),
                ("STREAM", None, Always),
            ],
            Self::Upstreams => &[
                ("UPSTREAM", None, Always),
                ("STATE", Some(10), Always),
                ("SINCE", Some(7), IfWide),
                ("EVENT", Some(7), Always),
                ("SIGN", Some(7), Always),
                ("EVENTS", Some(8), IfWide),
            ],
            Self::Subscribers => &[
                ("SINCE", Some(7), IfWide),
                ("LAG", Some(7), Always),
                ("SENT", Some(8), Always),
                ("NAKS", Some(5), IfWide),
                ("SUBSCRIBER", Some(21), Always),
                ("FILTERS", None, Always),
            ],
            Self::Handlers => &[
                ("HANDLER", None, Always),
                ("STATE", Some(8), Always),
                ("LAG", Some(7), Always),
                ("CALLS", Some(8), Always),
                ("FAILED", Some(6), Always),
                ("HELD", Some(5), IfWide),
                ("PER CALL", Some(9), IfWide),
                ("REVISION", Some(8), IfWide),
            ],
        }
    }

    /// The columns that are shown in so many characters, each by its place among all.
    fn shown(self, room: u16) -> impl Iterator<Item = (usize, (&'static str, Option<u16>))> {
        let is_shown = move |shown: Shown| shown == Always || room >= WIDE;
        let columns = self.columns().iter().enumerate();
        columns.filter_map(move |(place, (title, width, shown))| {
            is_shown(*shown).then_some((place, (*title, *width)))
        })
    }

    /// The titles of its columns in so many characters.
    pub(super) fn titles(self, room: u16) -> Vec<String> {
        self.shown(room).map(|(_, (title, width))| aligned(title, width)).collect()
    }

    pub(super) fn widths(self, room: u16) -> Vec<Constraint> {
        let wide = |width: Option<u16>| width.map_or(Constraint::Min(NAME), Constraint::Length);
        self.shown(room).map(|(_, (_, width))| wide(width)).collect()
    }

    /// What it lists.
    pub(super) fn items(self, picture: &Picture) -> Vec<&Value> {
        let status = picture.status();
        match self {
            Self::Events => picture.latest().as_array().into_iter().flatten().collect(),
            Self::Streams => each(status, "streams").collect(),
            Self::Upstreams => each(status, "upstreams").collect(),
            Self::Subscribers => each(status, "subscribers").collect(),
            Self::Handlers => each(status, "handlers").collect(),
        }
    }

    /// How many there are, which may be more than are listed.
    pub(super) fn count(self, picture: &Picture) -> u64 {
        match self {
            Self::Subscribers => number(picture.status(), "connected"),
            Self::Events | Self::Streams | Self::Upstreams | Self::Handlers => {
                self.items(picture).len() as u64
            }
        }
    }

    /// What tells one item from the others, for as long as it is there.
    pub(super) fn key(self, item: &Value) -> String {
        match self {
            Self::Events => number(item, "seq").to_string(),
            Self::Streams => text(item, "stream"),
            Self::Upstreams => text(item, "upstream"),
            // Two may come from one Unix socket.
            Self::Subscribers => format!("{} {}", text(item, "peer"), text(item, "since")),
            Self::Handlers => text(item, "name"),
        }
    }

    /// The line for an item, of so many characters.
    pub(super) fn row(self, item: &Value, picture: &Picture, room: u16) -> Row {
        let now = picture.now();
        let (cells, tone) = match self {
            Self::Events => event(item, now),
            Self::Streams => stream(item, now),
            Self::Upstreams => upstream(item, now),
            Self::Subscribers => subscriber(item, now),
            Self::Handlers => handler(item, held(picture, item)),
        };
        let cell = |(place, (_, width))| cells.get::<usize>(place).map(|cell| aligned(cell, width));
        Row { cells: self.shown(room).filter_map(cell).collect(), tone }
    }
}

/// How many events of a handler are in quarantine.
pub(super) fn held(picture: &Picture, handler: &Value) -> u64 {
    number(part(picture.status(), "quarantined"), &text(handler, "name"))
}

type Line = (Vec<String>, Tone);

fn event(item: &Value, now: Timestamp) -> Line {
    let degrees = |key: &str| part(item, "position").get(key).and_then(Value::as_f64);
    let name = text(item, "ivoid");
    let cells = vec![
        since(item, "received", now),
        role(&text(item, "role")),
        degrees("ra").map(|ra| format!("{ra:.2}")).unwrap_or_default(),
        degrees("dec").map(|dec| format!("{dec:+.2}")).unwrap_or_default(),
        // All begin alike, and there is little room.
        name.strip_prefix("ivo://").unwrap_or(&name).to_owned(),
    ];
    let is_odd = ["is_flagged", "conflict"].iter().any(|key| part(item, key) == true);
    (cells, if is_odd { Tone::Degraded } else { Tone::Usual })
}

fn stream(item: &Value, now: Timestamp) -> Line {
    let events = number(item, "events").to_string();
    let cells = vec![since(item, "last", now), events, role(&text(item, "last_role")), text(item, "stream")];
    (cells, Tone::Usual)
}

fn upstream(item: &Value, now: Timestamp) -> Line {
    let (state, trouble) = (text(item, "state"), text(item, "trouble"));
    let tone = if state == "connected" { Tone::Usual } else { Tone::Degraded };
    let name = text(item, "upstream");
    let cells = vec![
        if trouble.is_empty() { name } else { format!("{name}: {trouble}") },
        state,
        since(item, "since", now),
        since(item, "last_event", now),
        since(item, "last_heartbeat", now),
        number(item, "events").to_string(),
    ];
    (cells, tone)
}

fn subscriber(item: &Value, now: Timestamp) -> Line {
    let mut filters: Vec<_> = each(item, "filters").map(|filter| text(filter, "xpath")).collect();
    let more = number(item, "more_filters");
    if more > 0 {
        filters.push(format!("and {more} more"));
    }
    let lag = number(item, "lag");
    let cells = vec![
        since(item, "since", now),
        lag.to_string(),
        number(item, "delivered").to_string(),
        number(item, "naks").to_string(),
        text(item, "peer"),
        if filters.is_empty() { "everything".to_owned() } else { filters.join("  ") },
    ];
    let is_costly = each(item, "filters").any(|filter| number(filter, "over_budget") > 0);
    (cells, if lag > 0 || is_costly { Tone::Degraded } else { Tone::Usual })
}

fn handler(item: &Value, held: u64) -> Line {
    let (name, state, counts) = (text(item, "name"), text(item, "state"), part(item, "counts"));
    let trouble = [text(item, "trouble"), text(counts, "last_error")];
    let trouble = trouble.into_iter().find(|text| !text.is_empty());
    let is_well = state == "running" && held == 0 && text(item, "trouble").is_empty();
    let cells = vec![
        trouble.map_or(name.clone(), |trouble| format!("{name}: {trouble}")),
        state,
        amount(item, "lag"),
        number(counts, "calls").to_string(),
        number(counts, "failures").to_string(),
        held.to_string(),
        per_call(counts),
        text(item, "revision").chars().take(8).collect(),
    ];
    (cells, if is_well { Tone::Usual } else { Tone::Degraded })
}

/// How long ago something was, if it ever was.
fn since(item: &Value, key: &str, now: Timestamp) -> String {
    time(item, key).map_or_else(|| "never".to_owned(), |then| age(now, then))
}

/// A role, in the room that there is for it.
fn role(role: &str) -> String {
    match role {
        "observation" => "obs".to_owned(),
        "prediction" => "pred".to_owned(),
        "utility" => "util".to_owned(),
        other => other.to_owned(),
    }
}

/// Amounts end at the right of their column, in a unit in which they fit; names begin at the left of theirs, and take what is
/// left.
fn aligned(cell: &str, width: Option<u16>) -> String {
    let Some(width) = width.map(usize::from) else { return cell.to_owned() };
    let amount = cell.parse().ok().filter(|_| cell.len() > width);
    let cell = amount.map_or_else(|| cell.to_owned(), |amount| shortened(amount, width));
    format!("{cell:>width$}")
}

/// A number in thousands, millions and so on; a table would leave out its last digits and tell another.
fn shortened(amount: u64, width: usize) -> String {
    let units = [(1_000_000_000_000_u64, 'T'), (1_000_000_000, 'G'), (1_000_000, 'M'), (1_000, 'k')];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| amount >= *unit) else {
        return amount.to_string();
    };
    let long = format!("{:.1}{name}", amount as f64 / unit as f64);
    if long.len() <= width { long } else { format!("{}{name}", amount / unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_does_not_fit_is_told_in_a_larger_unit() {
        assert_eq!(aligned("1234567", Some(7)), "1234567");
        assert_eq!(aligned("12345678", Some(7)), "  12.3M");
        assert_eq!(aligned("999999", Some(5)), " 999k");
        assert_eq!(aligned("99999999999", Some(6)), "100.0G");
        assert_eq!(aligned("a name that is long", None), "a name that is long");
    }
}
