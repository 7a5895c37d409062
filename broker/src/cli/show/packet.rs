//! What is known of an event, and what its packet says.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::event::View;
use crate::index::Facts;
use crate::plain::{excerpt, plain};
use crate::store::{Entry, Seq};

/// How many others of its identifier are named.
const OTHERS: usize = 10;

/// What the broker knows of it.
pub(super) fn head(entry: &Entry, facts: &Facts, others: &[Seq], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "#{}  {}", entry.seq, plain(&entry.ivoid))?;
    let mut line = |name: &str, text: String| writeln!(out, "  {name:<10} {text}");
    line("role", plain(&entry.role))?;
    line("received", format!("{} from {}", entry.received, plain(&entry.source)))?;
    if let Some(authored) = facts.authored {
        line("authored", authored.to_string())?;
    }
    if let Some(author) = facts.author.as_deref() {
        line("author", plain(author))?;
    }
    if let Some(place) = facts.place {
        let error = place.error.map_or_else(String::new, |error| format!(", within {error}°"));
        line("position", format!("RA {:.5}°, Dec {:+.5}°{error}", place.ra, place.dec))?;
    }
    if let Some(observed) = facts.observed {
        line("observed", observed.to_string())?;
    }
    if entry.conflict {
        line("conflict", "its identifier was seen before, with other bytes".to_owned())?;
    }
    if entry.is_flagged {
        line("validity", "it is not valid VOEvent 2.0; philae validate says why".to_owned())?;
    }
    if entry.is_imported {
        line("imported", "it is history: no subscriber and no handler got it".to_owned())?;
    }
    if entry.hops > 0 {
        line("hops", format!("{} handlers in a row led to it", entry.hops))?;
    }
    if !others.is_empty() {
        let last: Vec<_> = others.iter().rev().take(OTHERS).map(|seq| format!("#{seq}")).collect();
        let more = if others.len() > OTHERS { " and earlier ones" } else { "" };
        line("others", format!("{}{more} have the same identifier", last.join(", ")))?;
    }
    line("packet", format!("{} bytes, SHA-256 {}", entry.bytes.len(), entry.digest))
}

/// What the packet says by name.
pub(super) fn body(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let Ok(view) = View::parse(&entry.bytes) else {
        return writeln!(out, "\nThe packet cannot be parsed; --raw prints it.");
    };
    let params = view.params();
    if !params.is_empty() {
        writeln!(out, "\nparameters")?;
    }
    let width = params.iter().map(|param| param.name.chars().count()).max().unwrap_or(0).min(32);
    let mut group = None;
    for param in params {
        if param.group != group {
            group = param.group;
            if let Some(group) = group {
                writeln!(out, "  [{}]", excerpt(group))?;
            }
        }
        let unit = param.unit.filter(|unit| !unit.is_empty());
        let unit = unit.map_or_else(String::new, |unit| format!(" {}", excerpt(unit)));
        writeln!(out, "  {:<width$}  {}{unit}", excerpt(param.name), excerpt(&param.value))?;
    }
    Ok(())
}

/// Its parameters, as a list in document order.
pub(super) fn params(entry: &Entry) -> Value {
    let Ok(view) = View::parse(&entry.bytes) else { return Value::Null };
    let params = view.params().into_iter().map(|param| {
        json!({
            "group": param.group, "name": param.name, "value": param.value, "unit": param.unit, "ucd": param.ucd,
        })
    });
    Value::Array(params.collect())
}
