//! Logging: to standard error, through a bounded buffer.
//!
//! A log that nobody reads must not stop a broker: when the buffer is full, lines are dropped and the broker goes on.
//! `RUST_LOG` overrides the level for whoever needs more of one part.

mod sink;

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::Verbosity;
use sink::{Guard, Sink};

/// Starts logging; what is buffered is written when the guard is dropped.
///
/// # Errors
/// If the system gives no thread.
pub(super) fn start(verbosity: Verbosity) -> io::Result<Guard> {
    let own = match verbosity {
        Verbosity::Warn => "warn",
        Verbosity::Info => "info",
        Verbosity::Debug => "debug",
        Verbosity::Trace => "trace",
    };
    // What libraries have to say at a lower level is of use to whoever works on Philae, and can be asked for.
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| format!("warn,philae={own}"));
    let filter = EnvFilter::builder().parse_lossy(wanted);
    let (sink, guard) = Sink::start(io::stderr())?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(sink)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    Ok(guard)
}
