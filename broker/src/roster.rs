//! The roster: every handler that the broker knows, and how it stands.
//!
//! Whoever starts handlers enters them here, whoever wants to see or order something looks them up. It holds what makes a
//! worker go on; a handler that is struck off ends once its calls are done. What handlers do is `pipeline`'s affair.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::oneshot;

use crate::pipeline::{Counts, Denial, Metrics, Order, Replayed, Running};
use crate::store::{Entry, Seq};

/// All handlers of a broker; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Roster(Arc<Mutex<BTreeMap<String, Known>>>);

/// A handler that the broker knows.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// What it is: `component`, `module`, `command`, or `native` for a part of the broker.
    pub(crate) shape: String,
    /// The revision that is called.
    pub(crate) revision: String,
    /// Its worker, if it has one.
    pub(crate) running: Option<Arc<Running>>,
    /// Why it, or its newest revision, does not run.
    pub(crate) trouble: Option<String>,
}

/// How a handler stands.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    /// Its name.
    pub(crate) name: String,
    /// `running`, `waiting` before a call is tried again, `paused`, or `stopped`.
    pub(crate) state: &'static str,
    /// What it is.
    pub(crate) shape: String,
    /// The revision that is called.
    pub(crate) revision: String,
    /// How many numbers of the log lie ahead of it, while it has a worker: only that knows its place.
    pub(crate) lag: Option<u64>,
    /// What it has done since the broker started.
    pub(crate) counts: Option<Counts>,
    /// The numbers that it has reported since.
    pub(crate) metrics: Option<Metrics>,
    /// What it asked for and was not granted.
    pub(crate) denied: Vec<Denial>,
    /// Why it, or its newest revision, does not run.
    pub(crate) trouble: Option<String>,
}

impl Roster {
    /// Enters a handler, or what is new about it.
    pub(crate) fn enter(&self, name: &str, known: Known) {
        self.known().insert(name.to_owned(), known);
    }

    /// Strikes a handler off.
    pub(crate) fn strike(&self, name: &str) -> Option<Known> {
        self.known().remove(name)
    }

    /// What is known of a handler.
    pub(crate) fn find(&self, name: &str) -> Option<Known> {
        self.known().get(name).cloned()
    }

    /// How all handlers stand, by name, `head` being the newest place in the log.
    pub(crate) fn standings(&self, head: Seq) -> Vec<Standing> {
        self.known().iter().map(|(name, known)| known.standing(name, head)).collect()
    }

    /// How one handler stands, or that there is none.
    pub(crate) fn standing(&self, name: &str, head: Seq) -> Result<Standing, String> {
        Ok(self.named(name)?.standing(name, head))
    }

    /// The worker of a handler, or why there is none.
    pub(crate) fn worker(&self, name: &str) -> Result<Arc<Running>, String> {
        self.named(name)?.running.ok_or_else(|| format!("the handler '{name}' does not run"))
    }

    fn named(&self, name: &str) -> Result<Known, String> {
        self.find(name).ok_or_else(|| {
            let names = self.known().keys().cloned().collect::<Vec<_>>().join(", ");
            format!("there is no handler '{name}'; there are: {names}")
        })
    }

    // No code that holds the lock can stop half way through a change.
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn standing(&self, name: &str, head: Seq) -> Standing {
        let counts = self.running.as_ref().map(|running| running.progress.counts());
        let state = match (&self.running, &counts) {
            (Some(running), _) if *running.paused.borrow() => "paused",
            (Some(_), Some(counts)) if counts.is_waiting => "waiting",
            (Some(_), _) => "running",
            (None, _) => "stopped",
        };
        Standing {
            name: name.to_owned(),
            state,
            shape: self.shape.clone(),
            revision: self.revision.clone(),
            lag: counts.as_ref().map(|counts| head.0.saturating_sub(counts.place)),
            counts,
            metrics: self.running.as_ref().map(|running| running.progress.metrics()),
            denied: self.running.as_ref().map(|running| running.progress.denials()).unwrap_or_default(),
            trouble: self.trouble.clone(),
        }
    }
}

/// Has a worker call its handler again for an event in quarantine.
pub(crate) async fn retry(running: &Running, seq: Seq) -> Result<(), String> {
    ask(running, |answer| Order::Retry(seq, answer)).await?
}

/// Has a worker call its handler once more for an event, as a replay.
pub(crate) async fn replay(running: &Running, entry: Entry) -> Result<Replayed, String> {
    if *running.paused.borrow() {
        return Err(format!("the handler '{0}' is paused; philae handler resume {0}", running.name));
    }
    let source = format!("replay of {}", entry.source).into();
    let entry = Arc::new(Entry { source, ..entry });
    ask(running, |answer| Order::Replay(entry, answer)).await
}

/// Has a worker take an event out of quarantine for good.
pub(crate) async fn drop_case(running: &Running, seq: Seq) -> Result<(), String> {
    match ask(running, |answer| Order::Drop(seq, answer)).await? {
        true => Ok(()),
        false => Err("there is no such event in the handler's quarantine".to_owned()),
    }
}

async fn ask<T>(running: &Running, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, String> {
    let (answer, answered) = oneshot::channel();
    let ended = |()| "the handler is being stopped".to_owned();
    running.orders.send(order(answer)).await.map_err(|_| ended(()))?;
    answered.await.map_err(|_| ended(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_behind_a_handler_is_that_does_not_run_is_not_known() {
        let roster = Roster::default();
        roster.enter("mail", Known { trouble: Some("it does not load".to_owned()), ..Known::default() });
        let standing = serde_json::to_value(roster.standing("mail", Seq(7)).unwrap()).unwrap();
        assert!(standing["lag"].is_null() && standing["state"] == "stopped", "{standing}");
    }
}
