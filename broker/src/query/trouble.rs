//! Why a query came to no end.

use std::io;
use std::time::Duration;

use super::fault::Fault;
use super::worker::Death;
use crate::config::display_duration;
use crate::plain::plain;

/// Why a query came to no end. What was found until then has been told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// An expression is none.
    #[error("the expression is refused: {}", .fault.shown_in(.expression))]
    Refused {
        /// The expression.
        expression: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// An expression over all events came to nothing.
    #[error("the expression failed: {}", .fault.shown_in(.expression))]
    Failed {
        /// The expression.
        expression: String,
        /// What went wrong.
        fault: Fault,
    },
    /// It took too long.
    #[error("{during} took more than {}; simplify the expression, or allow more with --time-limit", display_duration(*.limit))]
    Slow {
        /// What took that long.
        during: During,
        /// What it was allowed.
        limit: Duration,
    },
    /// A worker ended.
    #[error("{during} ended its process: {death}")]
    Died {
        /// What it did.
        during: During,
        /// How it ended.
        death: Death,
    },
    /// No worker can be started, or it cannot be spoken to.
    #[error("cannot have the expression evaluated by a process of its own: {0}")]
    System(io::Error),
    /// What comes of it cannot be told.
    #[error("cannot write: {0}")]
    Output(io::Error),
}

/// What a worker was doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum During {
    /// Compiling.
    Compiling,
    /// Evaluating on an event, of this number and identifier.
    Event(u64, String),
    /// Evaluating over all.
    All,
    /// The whole of it.
    Query,
}

impl std::fmt::Display for During {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compiling => f.write_str("compiling the expression"),
            Self::Event(seq, ivoid) => write!(f, "the expression, on event {seq} ({}),", plain(ivoid)),
            Self::All => f.write_str("the expression over all events"),
            Self::Query => f.write_str("the query"),
        }
    }
}
