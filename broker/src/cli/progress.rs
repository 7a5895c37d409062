//! How far a command is, on standard error if that is a terminal.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of events.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Whether what is printed would run into the bar.
    shares_terminal: bool,
}

impl Progress {
    /// Of so many events.
    pub(super) fn start(events: u64) -> Self {
        let bar = ProgressBar::new(events);
        // The template is a constant; the bar has one of its own otherwise.
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} events, {eta} left")
        {
            bar.set_style(style);
        }
        Self { bar, shares_terminal: io::stdout().is_terminal() }
    }

    /// One event more is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    /// Does what prints.
    pub(super) fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        if self.shares_terminal { self.bar.suspend(print) } else { print() }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
