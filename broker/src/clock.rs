//! The clock that sessions are told the time by.

use std::time::Duration;

use vtp::Moment;

/// A clock that counts from its making; it follows tokio's, so that tests can pause and advance it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment { elapsed: self.start.elapsed(), utc: jiff::Timestamp::now() }
    }

    /// The instant at which this clock shows `elapsed`.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> tokio::time::Instant {
        self.start + elapsed
    }
}
