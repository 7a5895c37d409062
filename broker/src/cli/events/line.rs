//! An event as a line.

use serde_json::{Value, json};

use crate::event;
use crate::index::Facts;
use crate::plain::plain;

/// For people: what strangers wrote cannot do anything to a terminal.
pub(super) fn text(facts: &Facts) -> String {
    let Facts { seq, received, ivoid, role, place, .. } = facts;
    let position = place.map_or_else(String::new, |place| {
        let error = place.error.map_or_else(String::new, |error| format!(" ±{}", short(error)));
        format!("{:8.4} {:+8.4}{error}", place.ra, place.dec)
    });
    let marks = [
        (facts.conflict, " (conflict)"),
        (facts.is_flagged, " (not valid)"),
        (facts.is_imported, " (imported)"),
    ];
    let marks: String = marks.into_iter().filter_map(|(is_so, mark)| is_so.then_some(mark)).collect();
    let line =
        format!("{seq:>8}  {received:.0}  {:<11}  {position:<27}  {}{marks}", plain(role), plain(ivoid));
    line.trim_end().to_owned()
}

/// For programs: what strangers wrote is as it is, and what is an order in it is escaped where it is printed.
pub(in crate::cli) fn json(facts: &Facts) -> Value {
    let citations =
        facts.citations.iter().map(|cited| json!({ "ivoid": cited.ivoid, "relation": cited.relation }));
    json!({
        "seq": facts.seq.0,
        "received": facts.received,
        "authored": facts.authored,
        "observed": facts.observed,
        "ivoid": facts.ivoid,
        "stream": event::stream(&facts.ivoid),
        "role": facts.role,
        "author": facts.author,
        "source": facts.source,
        "conflict": facts.conflict,
        "flagged": facts.is_flagged,
        "imported": facts.is_imported,
        "position": facts.place.map(|place| json!({ "ra": place.ra, "dec": place.dec, "error": place.error })),
        "citations": citations.collect::<Vec<_>>(),
    })
}

/// No more digits than an error circle deserves.
fn short(degrees: f64) -> String {
    if degrees >= 1.0 { format!("{degrees:.1}") } else { format!("{degrees:.4}") }
}
