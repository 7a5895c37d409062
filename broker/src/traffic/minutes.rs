//! Events by the minute in which they were accepted.

use jiff::Timestamp;
use serde::Serialize;

/// Minutes that are kept.
const KEPT: usize = 180;

/// Counts of the last minutes.
#[derive(Debug)]
pub(super) struct Minutes {
    counts: [u64; KEPT],
    /// The newest minute that is counted, since 1970.
    newest: i64,
}

/// The events of each of the last minutes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PerMinute {
    /// When the first of them began.
    pub(crate) from: Timestamp,
    /// The count of each, the minute that has not ended last.
    pub(crate) counts: Vec<u64>,
}

impl Default for Minutes {
    fn default() -> Self {
        Self { counts: [0; KEPT], newest: 0 }
    }
}

impl Minutes {
    /// Counts events that were accepted at a time.
    pub(super) fn add(&mut self, at: Timestamp, events: u64) {
        let minute = minute(at);
        self.advance(minute);
        if self.newest - minute < KEPT as i64
            && let Some(count) = self.counts.get_mut(slot(minute))
        {
            *count += events;
        }
    }

    /// The last minutes, up to now.
    pub(super) fn until(&mut self, now: Timestamp) -> PerMinute {
        if self.newest > minute(now) + 1 {
            // The clock was ahead: what was counted then is of no time that anybody asks for.
            *self = Self::default();
        }
        self.advance(minute(now));
        let first = self.newest - (KEPT as i64 - 1);
        let counts = (first..=self.newest).filter_map(|minute| self.counts.get(slot(minute)).copied());
        let from = Timestamp::from_second(first * 60).unwrap_or(Timestamp::UNIX_EPOCH);
        PerMinute { from, counts: counts.collect() }
    }

    /// Makes a minute the newest, unless it is not.
    fn advance(&mut self, to: i64) {
        let first = (self.newest + 1).max(to - (KEPT as i64 - 1));
        for minute in first..=to {
            if let Some(count) = self.counts.get_mut(slot(minute)) {
                *count = 0;
            }
        }
        self.newest = self.newest.max(to);
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn slot(minute: i64) -> usize {
    usize::try_from(minute.rem_euclid(KEPT as i64)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn events_are_counted_in_their_minute_and_forgotten_after_hours() {
        let mut minutes = Minutes::default();
        minutes.add(at(0), 2);
        minutes.add(at(59), 1);
        minutes.add(at(60), 4);
        minutes.add(at(1), 1);
        let now = minutes.until(at(125));
        assert_eq!((now.counts.len(), &now.counts[KEPT - 3..]), (KEPT, &[4, 4, 0][..]));
        assert_eq!(now.from, at(-60 * (KEPT as i64 - 3)));
        let later = minutes.until(at(60 * KEPT as i64 + 60));
        assert_eq!(later.counts.iter().sum::<u64>(), 0, "all of it is over");
    }

    #[test]
    fn a_clock_that_was_ahead_stops_nothing() {
        let mut minutes = Minutes::default();
        minutes.add(at(100_000), 1);
        assert_eq!(minutes.until(at(0)).counts.iter().sum::<u64>(), 0);
        minutes.add(at(0), 2);
        minutes.add(at(-60), 1);
        assert_eq!(minutes.until(at(0)).counts.iter().sum::<u64>(), 3);
    }
}
