//! Moments as the broker gives them, to and from ISO 8601.

use std::fmt;

pub use crate::bindings::philae::handler::types::Timestamp;

const DAY: i64 = 86_400;

impl Timestamp {
    /// So many seconds after 1970-01-01T00:00:00 UTC, leap seconds left out; negative before.
    ///
    /// ```
    /// use philae_guest::Timestamp;
    /// assert_eq!(Timestamp::from_unix(-0.5).to_string(), "1969-12-31T23:59:59.500Z");
    /// ```
    #[must_use]
    pub fn from_unix(seconds: f64) -> Self {
        let whole = seconds.floor();
        let nanoseconds = ((seconds - whole) * 1e9).clamp(0.0, 999_999_999.0);
        // A cast from float to integer saturates; what is cut here are fractions.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just above")]
        Self { seconds: whole as i64, nanoseconds: nanoseconds as u32 }
    }

    /// Seconds since 1970-01-01T00:00:00 UTC, to about a microsecond.
    #[must_use]
    pub fn to_unix(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "said in the documentation")]
        let seconds = self.seconds as f64;
        seconds + f64::from(self.nanoseconds) / 1e9
    }

    /// The moment so many seconds later, or earlier if negative.
    #[must_use]
    pub fn plus(self, seconds: f64) -> Self {
        let sum = f64::from(self.nanoseconds) / 1e9 + seconds;
        let rest = Self::from_unix(sum);
        Self { seconds: self.seconds.saturating_add(rest.seconds), ..rest }
    }

    /// Reads ISO 8601 as VOEvents write it: `2026-01-14T10:31:44.52`, with `Z` or without, always UTC; a date alone is its
    /// midnight.
    ///
    /// ```
    /// use philae_guest::Timestamp;
    /// let time = Timestamp::parse("2026-01-14T10:31:44.52").unwrap();
    /// assert_eq!(time.to_string(), "2026-01-14T10:31:44.520Z");
    /// assert_eq!(Timestamp::parse("yesterday"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
        let [year, month, day] = fields::<3>(date, '-')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let [hour, minute, second] = fields::<3>(time, ':')?;
        let is_right = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let nanoseconds: String = fraction.chars().chain("000000000".chars()).take(9).collect();
        is_right.then_some(Self {
            seconds: days_since_1970(year, month, day) * DAY + hour * 3_600 + minute * 60 + second,
            nanoseconds: nanoseconds.parse().ok()?,
        })
    }
}

/// ISO 8601 in UTC, with milliseconds where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, second) = (self.seconds.div_euclid(DAY), self.seconds.rem_euclid(DAY));
        let (year, month, day) = civil(day);
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        write!(f, "T{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)?;
        match self.nanoseconds / 1_000_000 {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

fn fields<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut fields = [0; N];
    for field in &mut fields {
        let part = parts.next()?;
        *field = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(fields)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, in the Gregorian calendar, whose rule repeats every 400 years.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let years = year.saturating_sub(1).clamp(-1_000_000, 1_000_000);
    let days = years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    days - 719_162 + (1..month).map(|month| days_in_month(year, month)).sum::<i64>() + day - 1
}

fn civil(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + (day.saturating_mul(400)).div_euclid(146_097);
    while days_since_1970(year, 1, 1) > day {
        year -= 1;
    }
    while days_since_1970(year + 1, 1, 1) <= day && year < 1_000_000 {
        year += 1;
    }
    let mut rest = day - days_since_1970(year, 1, 1);
    let mut month = 1;
    while month < 12 && rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_they_were_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2000-02-29T12:34:56Z",
            "1900-03-01T00:00:00Z",
            "2026-12-31T23:59:59.999Z",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn seconds_are_those_of_unix() {
        assert_eq!(Timestamp::parse("2026-01-14T10:31:44").unwrap().seconds, 1_768_386_704);
        assert_eq!(Timestamp::parse("1969-12-31").unwrap().seconds, -86_400);
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        let mut expected = days_since_1970(1600, 1, 1);
        for year in 1600..2400 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected);
                    assert_eq!(civil(expected), (year, month, day));
                    expected += 1;
                }
            }
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2025-02-29",
            "2026-01-01T24:00:00",
            "2026-01-01T1:2",
            "x-01-01",
            "2026-01-01T00:00:00.x",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn adding_seconds_carries() {
        let time = Timestamp::parse("2026-01-14T23:59:59.5").unwrap();
        assert_eq!(time.plus(0.75).to_string(), "2026-01-15T00:00:00.250Z");
        assert_eq!(time.plus(-86_400.0).to_string(), "2026-01-13T23:59:59.500Z");
    }
}
