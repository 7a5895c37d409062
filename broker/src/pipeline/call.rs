//! One event and one handler: called until it succeeds, or there is no sense in calling again.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use super::handle::Active;
use super::progress::{Line, Progress};
use super::quarantine::{Case, Held};
use super::state::{State, View};
use crate::event::Role;
use crate::grants::Denied;
use crate::host::{CallFailure, EventInHand, Level, LogLine, Outcome};
use crate::plain::excerpt;
use crate::store::Entry;

/// How one event ended with a handler.
pub(super) enum Ended {
    /// It was handled; what the call came to, and what it saw.
    Handled(Outcome, Arc<View>),
    /// It cannot be handled.
    Failed(Box<Held>),
    /// The handler is being stopped, and will be called again when it is back.
    Left,
}

enum Attempt {
    Handled(Outcome, Arc<View>),
    Failed(CallFailure, Box<Held>),
}

/// What a worker's calls have in common.
pub(super) struct Caller {
    pub(super) name: Arc<str>,
    pub(super) active: watch::Receiver<Active>,
    pub(super) state: Arc<State>,
    pub(super) progress: Arc<Progress>,
    pub(super) stop: CancellationToken,
}

impl Caller {
    /// Calls the handler for an event, again and again if need be, each time in its latest revision.
    pub(super) async fn settle(&self, entry: Arc<Entry>) -> Ended {
        let mut attempt = 1;
        loop {
            let active = self.active.borrow().clone();
            let (failure, held) = match self.attempt(&entry, &active, attempt).await {
                Attempt::Handled(outcome, view) => return Ended::Handled(outcome, view),
                Attempt::Failed(failure, held) => (failure, held),
            };
            let wait = match failure {
                CallFailure::Permanent(_) => None,
                CallFailure::Retry(_)
                | CallFailure::Trapped(_)
                | CallFailure::Limit(_)
                | CallFailure::Host(_) => active.retry.wait_after(attempt, fastrand::f64()),
            };
            let (handler, seq, ivoid, reason) = (&self.name, entry.seq.0, &entry.ivoid, &held.case.reason);
            let Some(wait) = wait else {
                error!(%handler, seq, %ivoid, attempt, reason, "the event goes into quarantine");
                return Ended::Failed(held);
            };
            let wait_s = wait.as_secs_f32();
            warn!(%handler, seq, %ivoid, attempt, reason, wait_s, "the handler failed, and is called again");
            self.progress.wait(true);
            // The end first: whoever stops a handler does not wait for what it waits for.
            let is_left = tokio::select! {
                biased;
                () = self.stop.cancelled() => true,
                () = self.rest(wait) => false,
            };
            self.progress.wait(false);
            if is_left {
                return Ended::Left;
            }
            attempt += 1;
        }
    }

    /// Calls the handler for an event once.
    pub(super) async fn once(&self, entry: &Entry, attempt: u32) -> Ended {
        let active = self.active.borrow().clone();
        match self.attempt(entry, &active, attempt).await {
            Attempt::Handled(outcome, view) => Ended::Handled(outcome, view),
            Attempt::Failed(_, held) => Ended::Failed(held),
        }
    }

    /// The case of an event whose call succeeded in vain.
    pub(super) fn case_of(&self, entry: &Entry, reason: String) -> Held {
        self.case(entry, &self.active.borrow(), 1, reason, &[])
    }

    async fn attempt(&self, entry: &Entry, active: &Active, attempt: u32) -> Attempt {
        let view = self.state.view();
        let event = in_hand(entry, attempt);
        let outcome = active.handle.handle(&event, view.clone()).await;
        self.progress.called(outcome.took);
        self.progress.report(&outcome.metrics);
        self.tell(entry, &outcome);
        self.explain(entry, active, &outcome.denied);
        let failure = match &outcome.verdict {
            Ok(()) if view.is_broken() => {
                CallFailure::Retry("the state cannot be read at present".to_owned())
            }
            Ok(()) => return Attempt::Handled(outcome, view),
            Err(failure) => failure.clone(),
        };
        let reason = excerpt(&failure.to_string());
        self.progress.failed(&reason);
        let held = self.case(entry, active, attempt, reason, &outcome.log);
        Attempt::Failed(failure, Box::new(held))
    }

    /// Waits, but no longer than until there is another revision, which may do better.
    async fn rest(&self, wait: std::time::Duration) {
        let mut active = self.active.clone();
        active.mark_unchanged();
        let _ = tokio::time::timeout(wait, active.changed()).await;
    }

    /// Puts what the handler said where it is looked for.
    fn tell(&self, entry: &Entry, outcome: &Outcome) {
        let (handler, seq, ivoid) = (&self.name, entry.seq.0, &entry.ivoid);
        for LogLine { level, text } in &outcome.log {
            let said = excerpt(text);
            match level {
                Level::Debug => debug!(%handler, seq, %ivoid, said, "handler"),
                Level::Info => info!(%handler, seq, %ivoid, said, "handler"),
                Level::Warn => warn!(%handler, seq, %ivoid, said, "handler"),
                Level::Error => error!(%handler, seq, %ivoid, said, "handler"),
            }
            let at = Timestamp::now();
            self.progress.tell(Line { at, seq: Some(seq), level: level_name(*level), text: text.clone() });
        }
        if outcome.left_out_bytes > 0 {
            let left_out = outcome.left_out_bytes;
            warn!(%handler, seq, %ivoid, left_out, "the handler logged more than it may");
        }
    }

    /// Says once what the handler would have to be granted.
    fn explain(&self, entry: &Entry, active: &Active, denied: &[Denied]) {
        for denied in denied.iter().filter(|denied| self.progress.denied(denied)) {
            let (handler, seq, revision) = (&self.name, entry.seq.0, active.handle.revision());
            let (asked, grant) = (denied.asked(), denied.grant_line());
            warn!(%handler, revision, seq, asked, grant, "the handler asked for what it is not granted");
        }
    }

    fn case(&self, entry: &Entry, active: &Active, attempts: u32, reason: String, log: &[LogLine]) -> Held {
        let case = Case {
            handler: self.name.to_string(),
            revision: active.handle.revision(),
            seq: entry.seq.0,
            ivoid: entry.ivoid.to_string(),
            role: entry.role.to_string(),
            source: entry.source.to_string(),
            received: entry.received,
            hops: entry.hops,
            since: Timestamp::now(),
            attempts,
            reason,
            log: log.iter().map(|line| format!("{}: {}", level_name(line.level), line.text)).collect(),
        };
        Held { case, packet: entry.bytes.clone() }
    }
}

pub(crate) fn in_hand(entry: &Entry, attempt: u32) -> EventInHand {
    EventInHand {
        seq: entry.seq.0,
        ivoid: entry.ivoid.clone(),
        role: Role::of(&entry.role),
        received: entry.received,
        source: entry.source.clone(),
        attempt,
        bytes: entry.bytes.clone(),
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}
