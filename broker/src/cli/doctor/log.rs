//! The store and what is in it: recognised, undamaged, and how old the last event of each stream is.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use vtp::Ivoid;

use super::super::told::{age, each, kept, number, part, text, time};
use super::finding::Finding;
use super::site::{Broker, Site};
use crate::event;
use crate::plain::excerpt;
use crate::store::{Damage, Limit, ReadError, Snapshot, SnapshotError, Wanted};

/// Last events of a store at rest that are looked at.
const LAST: u64 = 500;
/// Streams that are told.
const STREAMS: usize = 12;
/// After so many hours without an event somebody should look, if there are upstreams.
const QUIET_HOURS: i64 = 24;
const PIECE: Limit = Limit { entries: 256, bytes: 4 << 20 };

/// What came lately from elsewhere: neither the broker's own test events nor what was imported is a sign of life.
#[derive(Default)]
struct Lately {
    streams: Vec<Last>,
    /// When the first of the events was kept that were looked at.
    since: Option<Timestamp>,
}

/// The last event of a stream.
struct Last {
    stream: String,
    at: Timestamp,
}

pub(super) fn look(site: &Site<'_>) -> Vec<Finding> {
    let own = site.config.local_ivo.as_ref().map(Ivoid::stream);
    let has_upstreams = !site.config.subscribe.endpoints.is_empty();
    let ((store, lately), tells_of_quiet) = match &site.broker {
        // Its upstreams are judged one by one.
        Broker::Runs { status, .. } => ((running(part(status, "store")), of_status(status)), false),
        // It was told why it could not be asked.
        Broker::Deaf { .. } => return Vec::new(),
        Broker::Away => (at_rest(&site.config.store.data_dir, own), has_upstreams),
    };
    store.into_iter().chain(events(&lately, tells_of_quiet, Timestamp::now())).collect()
}

fn running(store: &Value) -> Vec<Finding> {
    let (head, damages) = (number(store, "head"), number(store, "damages"));
    sound(
        format!("{} events, the newest is {head}", kept(store)),
        usize::try_from(damages).unwrap_or(usize::MAX),
    )
}

fn sound(found: String, damages: usize) -> Vec<Finding> {
    if damages == 0 {
        return vec![Finding::ok("store", format!("{found}; no damage on record"))];
    }
    let found = format!("{found}; {damages} stretches of events were lost to damage, now or once");
    let remedy = "the log of the broker's start says which; see 'Damage' in broker/OPERATING.md";
    vec![Finding::warning("store", found, remedy)]
}

/// What is imported is not among what a broker tells of.
fn of_status(status: &Value) -> Lately {
    let own = text(status, "local_ivo");
    let last = |stream: &Value| Some(Last { stream: text(stream, "stream"), at: time(stream, "last")? });
    let streams = each(status, "streams").filter_map(last);
    Lately { streams: streams.filter(|last| last.stream != event::stream(&own)).collect(), since: None }
}

fn at_rest(folder: &Path, own: Option<&str>) -> (Vec<Finding>, Lately) {
    let snapshot = match Snapshot::take(folder) {
        Ok(snapshot) => snapshot,
        Err(SnapshotError::NoFolder(_)) => {
            return (vec![none("none yet; the broker makes one")], Lately::default());
        }
        Err(SnapshotError::NoStore(_)) if is_empty(folder) => {
            return (vec![none("none yet; the broker makes one")], Lately::default());
        }
        Err(error) => return (vec![unreadable(&error)], Lately::default()),
    };
    let read = snapshot.damages().and_then(|damages| Ok((damages, last(&snapshot, own)?)));
    match read {
        Ok((damages, last)) => {
            let (kept, head) =
                (snapshot.head().0.saturating_sub(snapshot.oldest().0.max(1) - 1), snapshot.head());
            let found = format!("{kept} events, the newest is {head}");
            let missing = missing(&snapshot, &damages);
            (missing.map_or_else(|| sound(found, damages.len()), |missing| vec![missing]), last)
        }
        Err(error) => {
            let remedy = "keep a copy of the folder, then start the broker: it mends what can be mended";
            (vec![Finding::fault("store", format!("it cannot be read: {error}"), remedy)], Lately::default())
        }
    }
}

/// Entries that were acknowledged and are not there, of which no record tells yet.
fn missing(snapshot: &Snapshot, damages: &[Damage]) -> Option<Finding> {
    let (head, acknowledged) = (snapshot.head(), snapshot.acknowledged());
    let is_known = damages.iter().any(|damage| damage.lost_to >= acknowledged);
    (head < acknowledged && !is_known).then(|| {
        let found = format!("events {} to {acknowledged} were acknowledged and are missing", head.next());
        Finding::fault(
            "store",
            found,
            "keep a copy of the folder before a broker is started: see broker/OPERATING.md",
        )
    })
}

fn none(found: &str) -> Finding {
    Finding::ok("store", found)
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|mut items| items.next().is_none())
}

/// Why a store cannot be read at rest; its words say what to do.
fn unreadable(error: &SnapshotError) -> Finding {
    let found = error.to_string();
    match error {
        SnapshotError::InUse { .. } => {
            Finding::warning("store", found, "ask as the broker's user, or stop what has it")
        }
        SnapshotError::Folder { .. } => Finding::warning("store", found, "look as the broker's user"),
        SnapshotError::NoFolder(_) | SnapshotError::NoStore(_) | SnapshotError::Format { .. } => {
            Finding::fault(
                "store",
                found,
                "name another folder with --data-dir, or restore this one from a backup",
            )
        }
        SnapshotError::Damaged { .. } => {
            Finding::fault("store", found, "keep the folder, and begin with an empty one or with a backup")
        }
    }
}

/// The last event of each stream among the last of all, the newest first.
fn last(snapshot: &Snapshot, own: Option<&str>) -> Result<Lately, ReadError> {
    let mut span = snapshot.span(&Wanted { last: Some(LAST), ..Wanted::default() })?;
    let mut lately = Lately::default();
    while !span.is_empty() {
        let entries = match snapshot.read_span(&mut span, PIECE) {
            Err(ReadError::Damaged(_)) => continue,
            entries => entries?,
        };
        for entry in entries {
            lately.since = lately.since.or(Some(entry.received));
            let stream = event::stream(&entry.ivoid);
            if entry.is_imported || own == Some(stream) {
                continue;
            }
            let stream = excerpt(stream);
            lately.streams.retain(|last| last.stream != stream);
            lately.streams.push(Last { stream, at: entry.received });
        }
    }
    lately.streams.reverse();
    Ok(lately)
}

/// Whether somebody should look who heard something at that time, and nothing since.
pub(super) fn is_quiet(heard: Timestamp, now: Timestamp) -> bool {
    now.duration_since(heard).as_hours() >= QUIET_HOURS
}

/// How old the last events are.
fn events(lately: &Lately, tells_of_quiet: bool, now: Timestamp) -> Vec<Finding> {
    let Lately { streams, since } = lately;
    let newest = streams.iter().map(|last| last.at).max();
    let found = newest.map_or_else(
        || "none was kept lately, the broker's own and imported ones aside".to_owned(),
        |newest| format!("the newest is {} old", age(now, newest)),
    );
    let is_quiet = newest.or(*since).is_some_and(|heard| is_quiet(heard, now));
    let newest = match newest {
        Some(newest) if newest > now => Finding::warning(
            "events",
            format!("the newest is of {newest:.0}, which is still to come"),
            "the clock was ahead, or is behind now: mend it",
        ),
        _ if is_quiet && tells_of_quiet => {
            Finding::warning("events", found, "look whether the upstream brokers below send anything")
        }
        _ => Finding::ok("events", found),
    };
    let told = streams.iter().take(STREAMS);
    let told = told.map(|last| Finding::ok("stream", format!("{}, {} ago", last.stream, age(now, last.at))));
    let left = streams.len().saturating_sub(STREAMS);
    let more = (left > 0).then(|| Finding::ok("stream", format!("and {left} more, silent for longer")));
    std::iter::once(newest).chain(told).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::State;
    use super::*;

    #[test]
    fn the_brokers_own_test_events_are_no_sign_of_life() {
        let now: Timestamp = "2026-04-06T12:00:00Z".parse().unwrap();
        let status = json!({ "local_ivo": "ivo://a.test/broker", "streams": [
            { "stream": "ivo://a.test/broker", "last": "2026-04-06T11:59:00Z" },
            { "stream": "ivo://b.test/stream", "last": "2026-04-04T12:00:00Z" },
        ] });
        let mut lately = of_status(&status);
        let found = events(&lately, true, now);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].state == State::Warning && found[0].found.contains("2 d old"), "{found:?}");
        lately.streams.clear();
        assert_eq!(events(&lately, true, now)[0].state, State::Ok, "nobody knows for how long");
        lately.since = Some("2026-04-01T12:00:00Z".parse().unwrap());
        assert_eq!(events(&lately, true, now)[0].state, State::Warning);
    }
}
