//! How many events are played in a second at most.

use std::time::Duration;

/// An event a day is the slowest.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    interval: Duration,
}

impl Rate {
    /// Reads a rate, such as `10/s`; the `/s` may be left away.
    ///
    /// # Errors
    /// That it is none, and what one looks like.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix("/s").unwrap_or(text).trim_end().parse::<f64>().ok();
        let interval = number.filter(|number| *number > 0.0 && number.is_finite()).map(f64::recip);
        let interval = interval.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let interval = interval.filter(|interval| *interval <= LONGEST);
        let interval =
            interval.ok_or("it is no rate; write one such as 10/s or 0.5/s, no slower than one a day")?;
        Ok(Self { interval })
    }

    /// The time from one event to the next, at the least.
    pub(super) fn interval(self) -> Duration {
        self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_what_is_none_is_refused() {
        let interval = |text: &str| Rate::parse(text).map(Rate::interval);
        assert_eq!(interval("10/s"), Ok(Duration::from_millis(100)));
        assert_eq!(interval("0.5/s"), Ok(Duration::from_secs(2)));
        assert_eq!(interval("4"), Ok(Duration::from_millis(250)));
        for text in ["", "0/s", "-1/s", "10/m", "NaN", "s", "1e-300", "1e-19/s", "inf/s"] {
            assert!(interval(text).unwrap_err().contains("10/s"), "{text}");
        }
    }
}
