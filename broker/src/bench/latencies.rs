//! Latencies: a histogram in microseconds, to three digits, up to a minute.

use std::time::Duration;

use hdrhistogram::Histogram;

const LONGEST: Duration = Duration::from_secs(60);

/// How long things took.
#[derive(Debug, Clone)]
pub(super) struct Latencies(Histogram<u32>);

impl Latencies {
    /// None yet. A histogram's memory is touched only where something is counted, so that each task can have its own.
    pub(super) fn new() -> Self {
        #[expect(clippy::expect_used, reason = "bounds and digits are constants that the histogram accepts")]
        let histogram = Histogram::new_with_bounds(1, micros(LONGEST), 3).expect("bounds are in order");
        Self(histogram)
    }

    /// Counts one; what took longer than a minute counts as a minute.
    pub(super) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(micros(latency));
    }

    /// Takes over what another counted.
    pub(super) fn add(&mut self, other: &Self) {
        // Both have the same bounds, so that it cannot fail.
        let _ = self.0.add(&other.0);
    }

    /// Whether none was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The latency that this share of all, between 0 and 1, does not exceed.
    pub(super) fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(share))
    }

    /// The longest.
    pub(super) fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
