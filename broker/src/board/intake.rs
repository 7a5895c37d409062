//! What became of the packets that came in, in numbers that only grow.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::admission::Verdict;

/// Counters of verdicts.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    accepted: AtomicU64,
    duplicates: AtomicU64,
    refused: AtomicU64,
    kept_out: AtomicU64,
    not_kept: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Judged {
    /// Kept as new events.
    pub(crate) accepted: u64,
    /// Known already.
    pub(crate) duplicates: u64,
    /// Not fit to be kept.
    pub(crate) refused: u64,
    /// Kept out by the operator's rules.
    pub(crate) kept_out: u64,
    /// Sound, and not kept since the store could not take them.
    pub(crate) not_kept: u64,
}

impl Intake {
    /// Counts a verdict.
    pub(crate) fn judged(&self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Accepted { .. } => &self.accepted,
            Verdict::Duplicate { .. } => &self.duplicates,
            Verdict::Refused { .. } => &self.refused,
            Verdict::Unwanted { .. } => &self.kept_out,
            Verdict::NotAccepted { .. } => &self.not_kept,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters now.
    pub(crate) fn now(&self) -> Judged {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Judged {
            accepted: read(&self.accepted),
            duplicates: read(&self.duplicates),
            refused: read(&self.refused),
            kept_out: read(&self.kept_out),
            not_kept: read(&self.not_kept),
        }
    }
}
