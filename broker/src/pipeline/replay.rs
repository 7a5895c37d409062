//! Replays: a handler is called for an event that it may have had long ago, beside those of the log.
//!
//! One at a time. What the call writes into the state and says counts as ever; what it publishes does not, since a replay
//! alerts nobody. It moves no cursor, and a failure is told to whoever asked and to nobody else.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot;

use super::call::{Caller, Ended};
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
