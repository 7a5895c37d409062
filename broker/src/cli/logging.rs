//! Logging: to standard error, through a bounded buffer.
//!
//! A log that nobody reads must not stop a broker: when the buffer is full, lines are dropped and the broker goes on.
//! `RUST_LOG` overrides the level for whoever needs more of one part.

mod dev;
mod sink;

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Verbosity};
use sink::{Guard, Sink};

/// What lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A broker's: facts by name, for operators and their tools.
    Broker(LogFormat),
    /// Of `philae dev`: what handlers and builds say, for whoever writes handlers.
    Dev,
}

/// Starts logging; what is buffered is written when the guard is dropped.
///
/// # Errors
/// If the system gives no thread.
pub(super) fn start(verbosity: Verbosity, style: Style) -> io::Result<Guard> {
    let own = match verbosity {
        Verbosity::Warn => "warn",
        Verbosity::Info => "info",
        Verbosity::Debug => "debug",
        Verbosity::Trace => "trace",
    };
    // What libraries have to say at a lower level is of use to whoever works on Philae, and can be asked for.
    let wanted = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_else(|_| format!("warn,philae={own}"));
    let filter = EnvFilter::builder().parse_lossy(wanted);
    let format = match style {
        Style::Broker(format) => format,
        Style::Dev => LogFormat::Text,
    };
    let (sink, guard) = Sink::start(io::stderr(), format)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(sink);
    let is_terminal = io::stderr().is_terminal();
    match style {
        Style::Broker(LogFormat::Text) => log.with_ansi(is_terminal).with_target(false).init(),
        Style::Broker(LogFormat::Json) => {
            let lines = log.with_target(false).json().flatten_event(true);
            lines.with_current_span(false).with_span_list(false).init();
        }
        Style::Dev => {
            let is_coloured =
                is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            log.with_ansi(is_coloured).event_format(dev::Lines::new()).init();
        }
    }
    Ok(guard)
}
