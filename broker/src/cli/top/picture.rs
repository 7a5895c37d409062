//! What is known of the broker: what it told last, and whether it still answers.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::super::ask::{AskError, ask};
use super::super::told::{part, time};
use crate::control::Request;
use crate::plain::excerpt;

/// Latest events that are asked for.
const EVENTS: usize = 200;

/// What a broker told at one look.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// How it does.
    pub(super) status: Value,
    /// Its latest events.
    pub(super) latest: Value,
}

/// What is known of a broker.
#[derive(Debug)]
pub(super) struct Picture {
    told: Told,
    interval: Duration,
    away: Option<String>,
}

impl Picture {
    /// What the first look brought; there is one more each `interval`.
    pub(super) fn of(told: Told, interval: Duration) -> Self {
        Self { told, interval, away: None }
    }

    /// Takes in what came of a look. What was told before stays if nothing was.
    pub(super) fn learn(&mut self, told: Result<Told, AskError>) {
        match told {
            Ok(told) => (self.told, self.away) = (told, None),
            Err(error) => self.away = Some(excerpt(&error.to_string())),
        }
    }

    /// How the broker did.
    pub(super) fn status(&self) -> &Value {
        &self.told.status
    }

    /// Its latest events.
    pub(super) fn latest(&self) -> &Value {
        part(&self.told.latest, "events")
    }

    /// When that was so.
    pub(super) fn now(&self) -> Timestamp {
        time(&self.told.status, "now").unwrap_or_default()
    }

    /// The time between looks.
    pub(super) fn interval(&self) -> Duration {
        self.interval
    }

    /// Why the broker does not answer, if it does not.
    pub(super) fn away(&self) -> Option<&str> {
        self.away.as_deref()
    }
}

/// Looks at a broker after a while.
pub(super) async fn look_after(wait: Duration, folder: &Path) -> Result<Told, AskError> {
    tokio::time::sleep(wait).await;
    look(folder).await
}

/// Looks at a broker.
pub(super) async fn look(folder: &Path) -> Result<Told, AskError> {
    let status = ask(folder, &Request::Status).await?;
    let latest = match ask(folder, &Request::Latest { limit: EVENTS }).await {
        // An older broker does not know the question.
        Err(AskError::Refused(_)) => Value::Null,
        latest => latest?,
    };
    Ok(Told { status, latest })
}
