//! Whether all is well, in stages: the process, the store, the upstreams, the handlers.

use serde::Serialize;

use crate::board::{LinkNow, Standing as Link};
use crate::roster::Standing;
use crate::store::{self, Store};

/// The judgement on each stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    /// It answers, so it runs.
    pub(crate) process: Stage,
    /// Whether events are accepted.
    pub(crate) store: Stage,
    /// Whether events can come.
    pub(crate) upstreams: Stage,
    /// Whether what is to be done with events is done.
    pub(crate) handlers: Stage,
}

/// The judgement on one stage, and the reason for it if it is not good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stage {
    /// The judgement.
    pub(crate) state: State,
    /// What is the matter.
    pub(crate) reason: Option<String>,
}

/// A judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    /// All is well.
    Well,
    /// A part of it is not.
    Degraded,
    /// It does not do what it is for.
    Failing,
}

impl Stage {
    const WELL: Self = Self { state: State::Well, reason: None };

    fn degraded(reason: String) -> Self {
        Self { state: State::Degraded, reason: Some(reason) }
    }

    fn failing(reason: String) -> Self {
        Self { state: State::Failing, reason: Some(reason) }
    }
}

impl Health {
    /// The judgement on all stages.
    pub(super) fn of(store: &Store, upstreams: &[LinkNow], handlers: &[Standing]) -> Self {
        Self {
            process: Stage::WELL,
            store: self::store(store),
            upstreams: self::upstreams(upstreams),
            handlers: self::handlers(handlers),
        }
    }

    /// The worst of all.
    pub(crate) fn state(&self) -> State {
        self.stages().map(|(_, stage)| stage.state).into_iter().max().unwrap_or(State::Well)
    }

    /// The stages by name.
    pub(crate) fn stages(&self) -> [(&'static str, &Stage); 4] {
        [
            ("process", &self.process),
            ("store", &self.store),
            ("upstreams", &self.upstreams),
            ("handlers", &self.handlers),
        ]
    }
}

fn store(store: &Store) -> Stage {
    match store.health() {
        store::Health::Well => Stage::WELL,
        store::Health::Full => Stage::failing("the disk is full, events are not accepted".to_owned()),
        store::Health::Broken => {
            Stage::failing("the log cannot be written, events are not accepted".to_owned())
        }
    }
}

fn upstreams(links: &[LinkNow]) -> Stage {
    let lost: Vec<_> = links.iter().filter(|link| link.state != Link::Connected).collect();
    let Some(first) = lost.first() else { return Stage::WELL };
    let trouble = first.trouble.as_deref().unwrap_or("it is being connected to");
    let mut reason = format!("no link to {}: {trouble}", first.upstream);
    if lost.len() > 1 {
        reason.push_str(&format!("; and to {} more", lost.len() - 1));
    }
    // The broker does what it can: to restart it brings back no link.
    Stage::degraded(reason)
}

fn handlers(handlers: &[Standing]) -> Stage {
    let troubled = handlers.iter().find_map(|handler| {
        let trouble = match (&handler.trouble, handler.state) {
            (Some(trouble), "running" | "waiting" | "paused") => format!("runs an older revision: {trouble}"),
            (Some(trouble), _) if trouble == crate::reload::NOT_ENABLED => return None,
            (Some(trouble), _) => trouble.clone(),
            (None, "waiting") => {
                let error = handler.counts.as_ref().and_then(|counts| counts.last_error.clone());
                format!("waits to try again: {}", error.unwrap_or_default())
            }
            (None, _) => return None,
        };
        Some(format!("{}: {trouble}", handler.name))
    });
    troubled.map_or(Stage::WELL, Stage::degraded)
}
