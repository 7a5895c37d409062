//! What handlers made of an event, as far as a running broker remembers.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::cli::ask::{AskError, ask as ask_broker};
use crate::cli::runtime;
use crate::cli::told::{each, text};
use crate::control::Request;
use crate::plain::{excerpt, plain};
use crate::store::Entry;

/// How one handler stands to an event.
#[derive(Debug, Serialize)]
pub(super) struct Handled {
    handler: String,
    state: State,
    /// Why it is in quarantine.
    reason: Option<String>,
    /// What the handler logged about it, of its last lines.
    lines: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// The handler's place is behind it: it was called for it, did not want it, or began later.
    Passed,
    /// The handler has yet to come to it.
    Ahead,
    /// It could not be handled.
    Quarantined,
    /// The handler does not run: where it stood is not told.
    Stopped,
}

impl State {
    /// Of an event that is not in quarantine: by the handler's place, which one that does not run has none of.
    fn by_place(standing: &Value, seq: u64) -> Self {
        let place = standing.get("counts").and_then(|counts| counts.get("place")).and_then(Value::as_u64);
        match place {
            None => Self::Stopped,
            Some(place) if place >= seq => Self::Passed,
            Some(_) => Self::Ahead,
        }
    }
}

/// Asks the broker; nothing if it does not answer any more.
pub(super) fn ask(folder: &Path, entry: &Entry) -> Option<Vec<Handled>> {
    if entry.is_imported {
        return Some(Vec::new());
    }
    runtime::block_on(all(folder, entry.seq.0)).ok()?.ok()
}

async fn all(folder: &Path, seq: u64) -> Result<Vec<Handled>, AskError> {
    let list = ask_broker(folder, &Request::List).await?;
    let mut handled = Vec::new();
    for standing in each(&list, "handlers") {
        let name = text(standing, "name");
        let case = match ask_broker(folder, &Request::Show { name: name.clone(), seq }).await {
            Ok(case) => Some(case),
            // There is none.
            Err(AskError::Refused(_)) => None,
            Err(error) => return Err(error),
        };
        let state = case.as_ref().map_or_else(|| State::by_place(standing, seq), |_| State::Quarantined);
        let reason = case.as_ref().and_then(|case| case.get("case")).map(|case| text(case, "reason"));
        let lines = ask_broker(folder, &Request::Logs { name: name.clone(), follow: false }).await;
        let lines = lines.unwrap_or_default();
        let about = each(&lines, "lines").filter(|line| line.get("seq").is_some_and(|of| of == seq));
        let lines = about.map(|line| format!("{}: {}", text(line, "level"), text(line, "text"))).collect();
        handled.push(Handled { handler: name, state, reason, lines });
    }
    Ok(handled)
}

impl Handled {
    /// Lines about it.
    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let state = match self.state {
            State::Quarantined => {
                format!("in quarantine: {}", excerpt(self.reason.as_deref().unwrap_or_default()))
            }
            State::Passed if self.lines.is_empty() => {
                "has passed it: it was called for it, did not want it, or began later".to_owned()
            }
            State::Passed => "was called for it".to_owned(),
            State::Ahead => "has not come to it yet".to_owned(),
            State::Stopped => "does not run; see philae handler list".to_owned(),
        };
        writeln!(out, "  {:<20} {state}", plain(&self.handler))?;
        self.lines.iter().try_for_each(|line| writeln!(out, "    {}", plain(line)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_handler_that_does_not_run_has_neither_passed_an_event_nor_yet_to_come_to_it() {
        let of = |counts: Value| State::by_place(&json!({ "counts": counts }), 7);
        assert_eq!(of(Value::Null), State::Stopped);
        assert_eq!(of(json!({ "place": 6 })), State::Ahead);
        assert_eq!(of(json!({ "place": 7 })), State::Passed);
    }
}
