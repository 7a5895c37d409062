//! The time, as the protocol is told it.

use std::time::Duration;

use jiff::Timestamp;

/// An instant, on the two clocks that a conversation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Time since a fixed but arbitrary start, from a clock that never goes back: what deadlines are made of.
    pub elapsed: Duration,
    /// The civil time, in UTC: what messages are dated with.
    pub utc: Timestamp,
}
