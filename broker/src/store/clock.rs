//! The store's notion of time, as an argument: what o'clock it is, and how long the machine has been counting.
//!
//! Entries are dated by the wall clock, which may jump when a machine without a battery finds a time server. Waits
//! are measured by the uptime, which never jumps; comparing the two tells a jump from time that has passed.

use jiff::Timestamp;
use std::{fmt, sync::Arc, time::Duration, time::Instant};

/// One look at the clock.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The wall clock, in UTC.
    pub wall: Timestamp,
    /// Time counted since an arbitrary start; it only ever grows.
    pub uptime: Duration,
}

/// Where the store reads the time; a test hands in its own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Reading + Send + Sync>);

impl Clock {
    /// A clock that answers what `read` answers.
    #[must_use]
    pub fn new(read: impl Fn() -> Reading + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        let start = Instant::now();
        Self::new(move || Reading { wall: Timestamp::now(), uptime: start.elapsed() })
    }

    /// Looks at the clock. The wall clock is cut to whole microseconds: what is in memory must equal what is on disk.
    pub(super) fn read(&self) -> Reading {
        let Reading { wall, uptime } = (self.0)();
        Reading { wall: Timestamp::from_microsecond(wall.as_microsecond()).unwrap_or(wall), uptime }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.read()).finish()
    }
}
