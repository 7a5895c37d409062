//! Logging: to standard error, through a bounded buffer.
//!
//! A log that nobody reads must not stop a broker: when the buffer is full, lines are dropped and the broker goes on.
//! `RUST_LOG` overrides the level for whoever needs more of one part.

use std::io::IsTerminal;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::config::Verbosity;

/// Lines that wait for a slow reader.
const BUFFERED_LINES: usize = 4096;

/// Starts logging; what is buffered is written when the guard is dropped.
pub(super) fn start(verbosity: Verbosity) -> WorkerGuard {
    let own = match verbosity {
        Verbosity::Warn => "warn",
        Verbosity::Info => "info",
        Verbosity::Debug => "debug",
        Verbosity::Trace => "trace",
    };
    // What libraries have to say at a lower level is of use to whoever works on Philae, and can be asked for.
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| format!("warn,philae={own}"));
    let filter = EnvFilter::builder().parse_lossy(wanted);
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(BUFFERED_LINES)
        .lossy(true)
        .finish(std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    guard
}
