//! What handlers made of an event, as far as a running broker remembers.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::cli::{ask, runtime};
use crate::control::Request;
use crate::plain::plain;
use crate::store::Seq;

/// How one handler stands to an event.
#[derive(Debug, Serialize)]
pub(super) struct Handled {
    handler: String,
    /// `done` with it, whether it wanted it or not; `waiting` for its turn; `quarantined`.
    state: &'static str,
    /// Why it is in quarantine.
    reason: Option<String>,
    /// What the handler logged about it, of its last lines.
    lines: Vec<String>,
}

/// Asks the broker; nothing if it does not answer any more.
pub(super) fn ask(folder: &Path, place: Seq) -> Option<Vec<Handled>> {
    runtime::block_on(all(folder, place)).ok()?.ok()
}

async fn all(folder: &Path, place: Seq) -> Result<Vec<Handled>, ask::AskError> {
    let cases = ask::ask(folder, &Request::Quarantine { name: None, limit: None }).await?;
    let list = ask::ask(folder, &Request::List).await?;
    let mut handled = Vec::new();
    for standing in items(&list, "handlers") {
        let name = text(standing, "name");
        let case = items(&cases, "cases")
            .find(|case| text(case, "handler") == name && number(case, "seq") == Some(place.0));
        let reached = standing.get("counts").and_then(|counts| number(counts, "place"));
        let state = match (case, reached) {
            (Some(_), _) => "quarantined",
            (None, Some(reached)) if reached >= place.0 => "done",
            (None, _) => "waiting",
        };
        let lines = ask::ask(folder, &Request::Logs { name: name.clone(), follow: false }).await;
        let lines = lines.unwrap_or_default();
        let about = items(&lines, "lines").filter(|line| number(line, "seq") == Some(place.0));
        let lines = about.map(|line| format!("{}: {}", text(line, "level"), text(line, "text"))).collect();
        handled.push(Handled { handler: name, state, reason: case.map(|case| text(case, "reason")), lines });
    }
    Ok(handled)
}

impl Handled {
    /// Lines about it.
    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let state = match (self.state, &self.reason) {
            ("quarantined", reason) => {
                format!("in quarantine: {}", plain(reason.as_deref().unwrap_or_default()))
            }
            ("done", _) if self.lines.is_empty() => "done with it, if it wanted it".to_owned(),
            ("done", _) => "done with it".to_owned(),
            _ => "has not come to it yet".to_owned(),
        };
        writeln!(out, "  {:<20} {state}", plain(&self.handler))?;
        self.lines.iter().try_for_each(|line| writeln!(out, "    {}", plain(line)))
    }
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name).and_then(Value::as_u64)
}
