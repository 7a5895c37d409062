//! Replays: a handler is called for an event that it may have had long ago, beside those of the log.
//!
//! One at a time. What the call writes into the state and says counts as ever; what it publishes does not, since a replay
//! alerts nobody. It moves no cursor, and a failure is told to whoever asked and to nobody else.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot;

use super::call::{Caller, Ended};
use super::worker::Worker;
use crate::filter::Filters;
use crate::store::Entry;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Replayed {
    /// It was handled; so many packets that it published were dropped.
    Handled { dropped: usize },
    /// The handler does not want it, and was not called.
    Unwanted,
    /// It failed, and why.
    Failed(String),
}

/// A replay under way.
pub(super) type Replay = BoxFuture<'static, Called>;
/// The one that is under way, if one is.
pub(super) type Replays = FuturesUnordered<Replay>;

/// A call that has ended, or that was not made.
pub(super) struct Called {
    pub(super) entry: Arc<Entry>,
    pub(super) ended: Option<Ended>,
    pub(super) answer: oneshot::Sender<Replayed>,
}

/// Calls the handler, if it wants the event.
pub(super) fn begin(
    caller: Arc<Caller>,
    filters: Filters,
    entry: Arc<Entry>,
    answer: oneshot::Sender<Replayed>,
) -> Replay {
    Box::pin(async move {
        let wants = caller.active.borrow().wants.clone();
        let ended = match wants.accept(&entry, &filters).await {
            true => Some(caller.once(&entry, 1).await),
            false => None,
        };
        Called { entry, ended, answer }
    })
}

impl Worker {
    /// Commits what a replay came to, but for what it published; or begins it again, if the state that it saw has changed.
    pub(super) async fn take_replay(&mut self, called: Called) -> Option<Replay> {
        let replayed = match called.ended {
            None => Replayed::Unwanted,
            Some(Ended::Handled(_, view)) if view.is_outdated() => {
                let (caller, filters) = (self.caller.clone(), self.filters.clone());
                return Some(begin(caller, filters, called.entry, called.answer));
            }
            Some(Ended::Handled(outcome, _)) => {
                let dropped = outcome.published.len();
                let records = self.caller.state.write(outcome.state);
                self.change(records, Vec::new()).await;
                Replayed::Handled { dropped }
            }
            Some(Ended::Failed(held)) => Replayed::Failed(held.case.reason.clone()),
            // Only what is tried again and again is left.
            Some(Ended::Left) => Replayed::Failed("the handler is being stopped".to_owned()),
        };
        // Whoever asked may be gone.
        let _ = called.answer.send(replayed);
        None
    }
}
