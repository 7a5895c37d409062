//! A log to be read, live or at rest.

use std::path::PathBuf;

use super::at_rest::AtRest;
use super::live::Live;
use crate::control::BrokerError;
use crate::store::{Entry, ReadError, Seq, SnapshotError, Span};

/// A part of a broker's log, entry by entry; ends with the first error.
#[derive(Debug)]
pub(crate) struct Log {
    source: Source,
    span: Span,
    reached: Seq,
    has_failed: bool,
}

#[derive(Debug)]
enum Source {
    Live(Box<Live>),
    AtRest(Box<AtRest>),
}

/// Why a log cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// No broker runs there, and there is nothing to be read.
    #[error(transparent)]
    AtRest(SnapshotError),
    /// A broker has it, and gives no answer.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The store cannot be read.
    #[error("the store in '{folder}' cannot be read: {error}", folder = .folder.display())]
    Store {
        /// The data folder.
        folder: PathBuf,
        /// What it says.
        error: ReadError,
    },
}

impl Log {
    /// What a broker is sending.
    pub(super) fn live(live: Live, span: Span) -> Self {
        Self::of(Source::Live(Box::new(live)), span)
    }

    /// What is read of a snapshot.
    pub(super) fn at_rest(at_rest: AtRest, span: Span) -> Self {
        Self::of(Source::AtRest(Box::new(at_rest)), span)
    }

    fn of(source: Source, span: Span) -> Self {
        Self { source, span, reached: Seq::START, has_failed: false }
    }

    /// What is read: settled when it began.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// How many places lie ahead; some may hold nothing.
    pub(crate) fn left(&self) -> u64 {
        self.span.to.0.saturating_sub(self.span.after.0.max(self.reached.0))
    }

    /// How many entries were passed over so far because they are damaged.
    pub(crate) fn damaged(&self) -> u64 {
        match &self.source {
            Source::Live(live) => live.damaged(),
            Source::AtRest(at_rest) => at_rest.damaged(),
        }
    }
}

impl Iterator for Log {
    type Item = Result<Entry, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let next = match &mut self.source {
            Source::Live(live) => live.next(),
            Source::AtRest(at_rest) => at_rest.next(),
        };
        self.has_failed = next.is_err();
        if let Ok(Some(entry)) = &next {
            self.reached = entry.seq;
        }
        next.transpose()
    }
}
