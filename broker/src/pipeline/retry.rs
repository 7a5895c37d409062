//! How often and when a call that failed is tried again.
//!
//! The waits double, from the first to the longest, and each is shortened by up to a half at random, so that handlers that
//! failed together do not come back together.

use std::time::Duration;

/// How a handler's failures are dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    /// How many calls in all before the event goes to quarantine; never 0.
    pub(crate) attempts: u32,
    /// The wait after the first.
    pub(crate) first_wait: Duration,
    /// The wait that none exceeds.
    pub(crate) longest_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(300) }
    }
}

impl Retry {
    /// How long to wait after so many attempts, `chance` being from 0 to 1; none if there is to be no other.
    pub(super) fn wait_after(&self, attempts: u32, chance: f64) -> Option<Duration> {
        if attempts >= self.attempts {
            return None;
        }
        let doubled = self.first_wait.saturating_mul(1_u32.checked_shl(attempts - 1).unwrap_or(u32::MAX));
        Some(doubled.min(self.longest_wait).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let retry =
            Retry { attempts: 5, first_wait: Duration::from_secs(1), longest_wait: Duration::from_secs(5) };
        let waits = |chance| {
            (1..=5).map(|n| retry.wait_after(n, chance).map(|wait| wait.as_secs_f64())).collect::<Vec<_>>()
        };
        assert_eq!(waits(0.0), [Some(1.0), Some(2.0), Some(4.0), Some(5.0), None]);
        assert_eq!(waits(1.0), [Some(0.5), Some(1.0), Some(2.0), Some(2.5), None]);
    }

    #[test]
    fn no_number_of_attempts_overflows() {
        let retry = Retry { attempts: u32::MAX, ..Retry::default() };
        assert_eq!(retry.wait_after(u32::MAX - 1, 0.0), Some(retry.longest_wait));
    }
}
