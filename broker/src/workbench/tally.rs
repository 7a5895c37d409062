//! How many packets ended how, and what their calls took.

use std::fmt;
use std::time::Duration;

use super::called::{Called, Ended, memory, time};

/// A tally of packets.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    handled: usize,
    unwanted: usize,
    failed: usize,
    unreadable: usize,
    took: Vec<Duration>,
    memory_bytes: usize,
}

impl Tally {
    /// Counts one more.
    pub(crate) fn add(&mut self, called: &Called) {
        match &called.ended {
            Ended::Unreadable(_) => self.unreadable += 1,
            Ended::Unwanted(_) => self.unwanted += 1,
            Ended::Called(trace) => {
                match trace.outcome.verdict {
                    Ok(()) => self.handled += 1,
                    Err(_) => self.failed += 1,
                }
                self.took.push(trace.outcome.took);
                self.memory_bytes = self.memory_bytes.max(trace.outcome.memory_bytes);
            }
        }
    }

    /// Whether there was a packet that could not be read.
    pub(crate) fn has_unreadable(&self) -> bool {
        self.unreadable > 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.handled + self.unwanted + self.failed + self.unreadable;
        write!(f, "{all} {}: {} handled", if all == 1 { "packet" } else { "packets" }, self.handled)?;
        for (count, words) in
            [(self.unwanted, "not called"), (self.failed, "failed"), (self.unreadable, "unreadable")]
        {
            if count > 0 {
                write!(f, ", {count} {words}")?;
            }
        }
        let mut took = self.took.clone();
        took.sort_unstable();
        if let (Some(median), Some(longest)) = (took.get(took.len() / 2), took.last()) {
            let (median, longest) = (time(*median), time(*longest));
            write!(f, "; a call takes {median}, the longest {longest}, and {}", memory(self.memory_bytes))?;
        }
        Ok(())
    }
}
