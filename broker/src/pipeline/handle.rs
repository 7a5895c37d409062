//! What the pipeline asks of a handler, whichever way it runs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::retry::Retry;
use super::wants::Wants;
use crate::host::{CallFailure, EventInHand, Handler, Outcome, StateView};

/// Something that handles events: a module in its sandbox, or one of the ways of old.
pub(crate) trait Handle: Send + Sync {
    /// Which revision of it this is.
    fn revision(&self) -> String;

    /// Handles an event. Dropped, it stops.
    fn handle<'a>(&'a self, event: &'a EventInHand, state: Arc<dyn StateView>) -> BoxFuture<'a, Outcome>;
}

impl Handle for Handler {
    fn revision(&self) -> String {
        Handler::revision(self).to_string()
    }

    fn handle<'a>(&'a self, event: &'a EventInHand, state: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        Box::pin(Handler::handle(self, event, state))
    }
}

/// The outcome of a call that came to nothing but its verdict.
pub(crate) fn outcome(verdict: Result<(), CallFailure>, took: Duration) -> Outcome {
    Outcome {
        verdict,
        state: Vec::new(),
        published: Vec::new(),
        log: Vec::new(),
        left_out_bytes: 0,
        metrics: Vec::new(),
        denied: Vec::new(),
        took,
        memory_bytes: 0,
    }
}

/// A handler as it is at present, and how it is called. A newer revision takes its place between two calls.
#[derive(Clone)]
pub(crate) struct Active {
    /// What is called.
    pub(crate) handle: Arc<dyn Handle>,
    /// For which events.
    pub(crate) wants: Wants,
    /// How often, when it fails.
    pub(crate) retry: Retry,
    /// How many at once; never 0.
    pub(crate) concurrency: usize,
}
