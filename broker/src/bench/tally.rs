//! Tallies: what each subscriber got, and what a run's subscribers share to tell.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::departures::Departures;
use super::latencies::Latencies;
use super::packets::Packets;

/// What the subscribers of a run share.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The packets that are submitted.
    pub(super) packets: Arc<Packets>,
    /// When each was.
    pub(super) departures: Arc<Departures>,
    /// Deliveries so far, to all.
    pub(super) delivered: AtomicU64,
}

/// What one subscriber got.
#[derive(Debug)]
pub(super) struct Tally {
    /// Packets that came whole, each once.
    pub(super) delivered: u64,
    /// Packets that came again.
    pub(super) duplicates: u64,
    /// Packets that nobody submitted so.
    pub(super) corrupt: u64,
    /// From the author's connect to here.
    pub(super) latencies: Latencies,
    /// When the last came.
    pub(super) last: Duration,
    had: Vec<bool>,
}

impl Tally {
    /// Nothing yet, of so many packets to come.
    pub(super) fn new(events: u64) -> Self {
        Self {
            delivered: 0,
            duplicates: 0,
            corrupt: 0,
            latencies: Latencies::new(),
            last: Duration::ZERO,
            had: vec![false; usize::try_from(events).unwrap_or_default()],
        }
    }

    /// Books a packet that came whole, given when it departed and when it arrived.
    pub(super) fn book(&mut self, serial: u64, departure: Option<Duration>, arrival: Duration) {
        let had = usize::try_from(serial).ok().and_then(|nth| self.had.get_mut(nth));
        match (departure, had) {
            (Some(departure), Some(had)) if !*had => {
                *had = true;
                self.delivered += 1;
                self.last = arrival;
                self.latencies.record(arrival.saturating_sub(departure));
            }
            (Some(_), Some(_)) => self.duplicates += 1,
            // Its like was never submitted.
            (None, _) | (_, None) => self.corrupt += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_counts_once_and_again_as_a_duplicate() {
        let mut tally = Tally::new(2);
        let second = Duration::from_secs(1);
        tally.book(1, Some(second), second * 3);
        tally.book(1, Some(second), second * 4);
        assert_eq!((tally.delivered, tally.duplicates, tally.corrupt), (1, 1, 0));
        assert_eq!((tally.last, tally.latencies.max().as_secs()), (second * 3, 2));
    }

    #[test]
    fn a_packet_that_nobody_submitted_is_corrupt() {
        let mut tally = Tally::new(2);
        tally.book(2, Some(Duration::ZERO), Duration::ZERO);
        tally.book(0, None, Duration::ZERO);
        assert_eq!((tally.delivered, tally.corrupt), (0, 2));
    }
}
