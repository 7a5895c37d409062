//! Departures: when each packet's author began to connect, so that subscribers can tell how long it took to them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// When each packet's author began to connect.
#[derive(Debug)]
pub(super) struct Departures {
    start: Instant,
    nanos: Box<[AtomicU64]>,
}

impl Departures {
    /// A book for packets with serial numbers below `events`.
    pub(super) fn new(events: u64) -> Self {
        Self { start: Instant::now(), nanos: (0..events).map(|_| AtomicU64::new(u64::MAX)).collect() }
    }

    /// The time since the book was opened.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Books that the packet's author begins to connect.
    pub(super) fn depart(&self, serial: u64) {
        let now = u64::try_from(self.now().as_nanos()).unwrap_or(u64::MAX);
        if let Some(nanos) = self.slot(serial) {
            nanos.store(now, Ordering::Relaxed);
        }
    }

    /// When the packet departed, if it has.
    pub(super) fn time_of(&self, serial: u64) -> Option<Duration> {
        let nanos = self.slot(serial)?.load(Ordering::Relaxed);
        (nanos != u64::MAX).then_some(Duration::from_nanos(nanos))
    }

    fn slot(&self, serial: u64) -> Option<&AtomicU64> {
        self.nanos.get(usize::try_from(serial).ok()?)
    }
}
