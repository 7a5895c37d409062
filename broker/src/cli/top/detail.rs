//! All that is known of one thing, in lines.

use jiff::Timestamp;
use serde_json::Value;

use super::super::handler::denied;
use super::super::told::{age, each, number, part, per_call, size, text, time};
use super::pane::{Pane, held};
use super::picture::Picture;

/// A line: what it is of, and what it says.
pub(super) type Line = (&'static str, String);

/// The lines for an item of a pane; what is not known has none.
pub(super) fn lines(pane: Pane, item: &Value, picture: &Picture) -> Vec<Line> {
    let now = picture.now();
    let mut lines = match pane {
        Pane::Events => event(item, now),
        Pane::Streams => stream(item, now),
        Pane::Upstreams => upstream(item, now),
        Pane::Subscribers => subscriber(item, now),
        Pane::Handlers => handler(item, held(picture, item)),
    };
    lines.retain(|(_, said)| !said.is_empty());
    lines
}

fn event(item: &Value, now: Timestamp) -> Vec<Line> {
    let is = |key: &str| part(item, key) == true;
    let is_not_valid = "the packet is not valid VOEvent 2.0, and was taken all the same";
    vec![
        ("event", text(item, "ivoid")),
        ("number", number(item, "seq").to_string()),
        ("role", text(item, "role")),
        ("author", text(item, "author")),
        ("authored", when(item, "authored", now)),
        ("received", when(item, "received", now)),
        ("source", text(item, "source")),
        ("position", position(part(item, "position"))),
        ("packet", size(number(item, "bytes"))),
        ("cites", number(item, "citations").to_string()),
        ("flagged", if is("is_flagged") { is_not_valid.to_owned() } else { String::new() }),
        ("conflict", if is("conflict") { "it was seen with other bytes".to_owned() } else { String::new() }),
    ]
}

fn position(place: &Value) -> String {
    let degrees = |key: &str| place.get(key).and_then(Value::as_f64);
    let (Some(ra), Some(dec)) = (degrees("ra"), degrees("dec")) else {
        return "none in equatorial coordinates".to_owned();
    };
    let error = degrees("error").map(|error| format!(", within {error} deg")).unwrap_or_default();
    format!("RA {ra:.4} deg, Dec {dec:+.4} deg{error}")
}

fn stream(item: &Value, now: Timestamp) -> Vec<Line> {
    vec![
        ("stream", text(item, "stream")),
        ("events", format!("{}, since the start and the last before it", number(item, "events"))),
        ("last", when(item, "last", now)),
        ("its name", text(item, "last_ivoid")),
        ("its role", text(item, "last_role")),
    ]
}

fn upstream(item: &Value, now: Timestamp) -> Vec<Line> {
    vec![
        ("upstream", text(item, "upstream")),
        ("state", text(item, "state")),
        ("since", when(item, "since", now)),
        ("trouble", text(item, "trouble")),
        ("last event", when(item, "last_event", now)),
        ("last sign", when(item, "last_heartbeat", now)),
        ("new", number(item, "events").to_string()),
        ("duplicates", number(item, "duplicates").to_string()),
        ("refused", number(item, "refused").to_string()),
    ]
}

fn subscriber(item: &Value, now: Timestamp) -> Vec<Line> {
    let mut lines = vec![
        ("subscriber", text(item, "peer")),
        ("since", when(item, "since", now)),
        ("place", format!("{}, {} behind the newest", number(item, "place"), number(item, "lag"))),
        ("sent", number(item, "delivered").to_string()),
        ("refused", format!("{} by the subscriber", number(item, "naks"))),
    ];
    for filter in each(item, "filters") {
        let over = number(filter, "over_budget");
        let told = if over > 0 { format!("  (too costly on {over} events)") } else { String::new() };
        lines.push(("filter", format!("{}{told}", text(filter, "xpath"))));
    }
    let more = number(item, "more_filters");
    if more > 0 {
        lines.push(("filter", format!("and {more} more")));
    }
    if each(item, "filters").next().is_none() {
        lines.push(("filter", "none: it gets everything".to_owned()));
    }
    lines
}

fn handler(item: &Value, held: u64) -> Vec<Line> {
    let counts = part(item, "counts");
    let count = |key: &str| number(counts, key).to_string();
    let lag = part(item, "lag").as_u64();
    let place = lag.map(|lag| format!("{}, {lag} behind the newest", number(counts, "place")));
    let place = place.unwrap_or_default();
    let mut lines = vec![
        ("handler", text(item, "name")),
        ("state", text(item, "state")),
        ("trouble", text(item, "trouble")),
        ("last error", text(counts, "last_error")),
        ("shape", text(item, "shape")),
        ("revision", text(item, "revision")),
        ("place", place),
        ("calls", format!("{}, {} failed, {} a call", count("calls"), count("failures"), per_call(counts))),
        ("handled", count("handled")),
        ("published", count("published")),
        ("quarantine", format!("{held} events")),
    ];
    lines.extend(denied::lines(item).into_iter().map(|line| ("denied", line)));
    lines
}

/// A time, and how long ago that is.
fn when(item: &Value, key: &str, now: Timestamp) -> String {
    time(item, key).map(|then| format!("{then:.0}, {} ago", age(now, then))).unwrap_or_default()
}
