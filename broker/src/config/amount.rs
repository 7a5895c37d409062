//! Amounts with their units: durations, sizes in bytes, and plain counts, each within its bounds.
//!
//! ```text
//! duration   3600   500ms   30s   10m   1h   30d          a bare number is seconds, as in Comet
//! size       99999  100kB   1MiB  64 MiB                  a bare number is bytes
//! ```

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// Why a text is no such amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// No duration.
    #[error("'{text}' is no duration; write seconds, or a whole number with ms, s, m, h or d, such as 10m")]
    Duration {
        /// What was written.
        text: String,
    },
    /// No size.
    #[error(
        "'{text}' is no size; write bytes, or a whole number with kB, MB, GB, KiB, MiB or GiB, such as 1MiB"
    )]
    Size {
        /// What was written.
        text: String,
    },
    /// No count.
    #[error("'{text}' is no whole number; write one from {least} to {most}")]
    Count {
        /// What was written.
        text: String,
        /// The least that is allowed.
        least: u32,
        /// The most that is allowed.
        most: u32,
    },
    /// Less or more than makes sense.
    #[error("'{text}' is out of bounds; write {least} to {most}")]
    Bounds {
        /// What was written.
        text: String,
        /// The least that is allowed.
        least: String,
        /// The most that is allowed.
        most: String,
    },
}

impl ByteSize {
    /// A number of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A number of kibibytes, 1024 bytes each.
    #[must_use]
    pub const fn kib(number: u32) -> Self {
        Self((number as u64) << 10)
    }

    /// A number of mebibytes, 1024 kibibytes each.
    #[must_use]
    pub const fn mib(number: u32) -> Self {
        Self((number as u64) << 20)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Reads a size; units count in either case, and a space may stand before them.
    ///
    /// # Errors
    /// [`AmountError::Size`] for anything else, and for more than 64 bits of bytes.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let (number, unit) = split(text);
        let factor: u64 = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            _ => 0,
        };
        let bytes = number.filter(|_| factor > 0).and_then(|number| number.checked_mul(factor));
        bytes.map(Self).ok_or_else(|| AmountError::Size { text: text.to_owned() })
    }

    /// Reads a size within bounds.
    pub(crate) fn parse_within(text: &str, bounds: &RangeInclusive<Self>) -> Result<Self, AmountError> {
        within(text, Self::parse(text)?, bounds, Self::to_string)
    }
}

/// Reads a duration within bounds.
pub(crate) fn duration(text: &str, bounds: &RangeInclusive<Duration>) -> Result<Duration, AmountError> {
    let (number, unit) = split(text);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    let number = number.filter(|_| milliseconds > 0).and_then(|number| number.checked_mul(milliseconds));
    let duration = number.map(Duration::from_millis);
    let duration = duration.ok_or_else(|| AmountError::Duration { text: text.to_owned() })?;
    within(text, duration, bounds, |bound| display_duration(*bound))
}

/// Reads a count within bounds.
pub(crate) fn count(text: &str, bounds: &RangeInclusive<u32>) -> Result<u32, AmountError> {
    let number = text.parse().map_err(|_| AmountError::Count {
        text: text.to_owned(),
        least: *bounds.start(),
        most: *bounds.end(),
    })?;
    within(text, number, bounds, u32::to_string)
}

fn within<T: PartialOrd>(
    text: &str,
    amount: T,
    bounds: &RangeInclusive<T>,
    display: impl Fn(&T) -> String,
) -> Result<T, AmountError> {
    if bounds.contains(&amount) {
        return Ok(amount);
    }
    let (least, most) = (display(bounds.start()), display(bounds.end()));
    Err(AmountError::Bounds { text: text.to_owned(), least, most })
}

/// The digits in front as a number, and the unit behind them.
fn split(text: &str) -> (Option<u64>, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number.parse().ok(), unit.strip_prefix(' ').unwrap_or(unit))
}

/// A duration in the largest unit that it is a whole number of.
pub(crate) fn display_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = units.into_iter().find(|(size, _)| milliseconds > 0 && milliseconds.is_multiple_of(*size));
    let (size, unit) = unit.unwrap_or((1, "ms"));
    format!("{}{unit}", milliseconds / size)
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        let whole = |(shift, _): &(u32, &str)| self.0 != 0 && self.0.trailing_zeros() >= *shift;
        let (shift, unit) = units.into_iter().find(whole).unwrap_or((0, ""));
        write!(f, "{}{unit}", self.0 >> shift)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY: RangeInclusive<Duration> = Duration::ZERO..=Duration::MAX;

    #[test]
    fn a_bare_number_is_seconds_and_a_unit_says_otherwise() {
        let forms =
            [("3600", 3600), ("30s", 30), ("10m", 600), ("1h", 3600), ("30d", 2_592_000), ("1 h", 3600)];
        for (text, seconds) in forms {
            assert_eq!(duration(text, &ANY), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("500ms", &ANY), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn units_of_size_are_decimal_or_binary() {
        let forms = [
            ("99999", 99_999),
            ("100kB", 100_000),
            ("1KiB", 1024),
            ("1 mib", 1 << 20),
            ("2GB", 2_000_000_000),
        ];
        for (text, bytes) in forms {
            assert_eq!(ByteSize::parse(text), Ok(ByteSize::new(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in
            ["", "-1", "+1", "1.5h", "h", "1w", "1h30m", "99999999999999999999", "999999999999999999d"]
        {
            assert_eq!(duration(text, &ANY), Err(AmountError::Duration { text: text.to_owned() }));
        }
        for text in ["", "-1", "1M", "1 M iB", "99999999999GiB"] {
            assert_eq!(ByteSize::parse(text), Err(AmountError::Size { text: text.to_owned() }));
        }
    }

    #[test]
    fn an_amount_out_of_bounds_is_told_them() {
        let error = ByteSize::parse_within("1GiB", &(ByteSize::kib(1)..=ByteSize::mib(64))).unwrap_err();
        assert_eq!(error.to_string(), "'1GiB' is out of bounds; write 1KiB to 64MiB");
        let bounds = Duration::from_millis(10)..=Duration::from_secs(86_400);
        let error = duration("2d", &bounds).unwrap_err();
        assert_eq!(error.to_string(), "'2d' is out of bounds; write 10ms to 1d");
        let error = count("0", &(1..=5)).unwrap_err();
        assert_eq!(error.to_string(), "'0' is out of bounds; write 1 to 5");
    }

    proptest! {
        #[test]
        fn display_parses_back(bytes: u64, milliseconds in 0..u64::MAX / 2) {
            let size = ByteSize::new(bytes);
            prop_assert_eq!(ByteSize::parse(&size.to_string()), Ok(size));
            let time = Duration::from_millis(milliseconds);
            prop_assert_eq!(duration(&display_duration(time), &ANY), Ok(time));
        }
    }
}
