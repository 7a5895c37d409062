//! What handlers made of an event, as far as a running broker remembers.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::cli::ask::{AskError, ask as ask_broker};
use crate::cli::runtime;
use crate::cli::told::{each, number, text};
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
        let reached = standing.get("counts").map_or(0, |counts| number(counts, "place"));
        let state = match &case {
            Some(_) => State::Quarantined,
            None if reached >= seq => State::Passed,
            None => State::Ahead,
        };
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
        };
        writeln!(out, "  {:<20} {state}", plain(&self.handler))?;
        self.lines.iter().try_for_each(|line| writeln!(out, "    {}", plain(line)))
    }
}
