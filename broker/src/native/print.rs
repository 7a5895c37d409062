//! Printing events, as Comet's plugin of that name.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use crate::host::{CallFailure, EventInHand, Outcome, StateView};
use crate::pipeline::{Handle, outcome};

/// Prints each event's XML to standard output.
#[derive(Debug)]
pub(crate) struct PrintEvent;

impl Handle for PrintEvent {
    fn revision(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn handle<'a>(&'a self, event: &'a EventInHand, _: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        let bytes = event.bytes.clone();
        Box::pin(async move {
            let start = Instant::now();
            let printed = tokio::task::spawn_blocking(move || {
                let mut out = io::stdout().lock();
                out.write_all(&bytes).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush())
            });
            let verdict = match printed.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(()) => Ok(()),
                Err(error) => Err(CallFailure::Retry(format!("cannot print it: {error}"))),
            };
            outcome(verdict, start.elapsed())
        })
    }
}
