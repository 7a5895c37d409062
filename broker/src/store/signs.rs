//! Signs of life: how others learn that the writer gets on.
//!
//! Whoever wants a sign asks for it, and waits; the writer shows it between two groups, at the latest when it next does
//! its upkeep, and only after it has put something on the disk. A disk that answers with an error is a disk that
//! answers; one that hangs holds the writer, and there is no sign.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// What was asked for, and what was shown.
#[derive(Debug, Default)]
pub(super) struct Signs {
    asked: AtomicU64,
    shown: watch::Sender<u64>,
}

impl Signs {
    /// Asks for a sign, and waits until it is shown; for ever, if none ever is.
    pub(super) async fn ask(&self) {
        let wanted = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        // The sender is ours, so that there is no other way to end.
        let _ = self.shown.subscribe().wait_for(|shown| *shown >= wanted).await;
    }

    /// What is to be shown, if somebody waits.
    pub(super) fn wanted(&self) -> Option<u64> {
        let asked = self.asked.load(Ordering::Acquire);
        (asked > *self.shown.borrow()).then_some(asked)
    }

    /// Shows it to all who asked up to then.
    pub(super) fn show(&self, wanted: u64) {
        self.shown.send_replace(wanted);
    }
}
