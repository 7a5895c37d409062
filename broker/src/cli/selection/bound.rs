//! Where a selection begins or ends: a number in the log, or a time.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::config::duration;
use crate::store::Seq;

/// The longest time ago that is written with a unit.
const LONGEST: Duration = Duration::from_secs(36_525 * 24 * 60 * 60);

/// A place or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// This number in the log.
    Place(Seq),
    /// This moment.
    Time(Timestamp),
}

impl Bound {
    /// Reads a bound as an operator writes it: a bare number is a place, what ends in a unit is so long ago, a date is its
    /// first moment, and a time without a zone is in UTC.
    ///
    /// # Errors
    /// That it is none of them, and what they look like.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(place) = text.parse() {
            return Ok(Self::Place(Seq(place)));
        }
        if let Ok(ago) = duration(text, &(Duration::ZERO..=LONGEST))
            && let Ok(time) = Timestamp::now().checked_sub(ago)
        {
            return Ok(Self::Time(time));
        }
        let civil = || text.parse::<DateTime>().and_then(|time| time.to_zoned(TimeZone::UTC));
        // Without an offset it would be taken for one in UTC, whatever it names.
        if text.contains('[') {
            return Err(
                "a zone's name is not read; write its offset, as in 2026-04-06T12:00:00+02:00".to_owned()
            );
        }
        let time = text.parse().or_else(|_| civil().map(|time| time.timestamp()));
        time.map(Self::Time).map_err(|_| {
            "it is no time and no number in the log; write one such as 2026-04-06T12:00:00Z, 2026-04-06, 2h (ago) or 4711"
                .to_owned()
        })
    }

    /// The place, or the time.
    pub(super) fn split(self) -> (Option<Seq>, Option<Timestamp>) {
        match self {
            Self::Place(place) => (Some(place), None),
            Self::Time(time) => (None, Some(time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<String> {
        Bound::parse(text).ok()?.split().1.map(|time| time.to_string())
    }

    #[test]
    fn places_and_times_are_told_apart() {
        assert_eq!(Bound::parse("4711"), Ok(Bound::Place(Seq(4711))));
        assert_eq!(time("2026-04-06").as_deref(), Some("2026-04-06T00:00:00Z"));
        assert_eq!(time("2026-04-06T12:30:00").as_deref(), Some("2026-04-06T12:30:00Z"));
        assert_eq!(time("2026-04-06 12:30").as_deref(), Some("2026-04-06T12:30:00Z"));
        assert_eq!(time("2026-04-06T12:00:00+02:00").as_deref(), Some("2026-04-06T10:00:00Z"));
        assert!(Bound::parse("2026-04-06T12:00:00[Europe/Berlin]").unwrap_err().contains("+02:00"));
    }

    #[test]
    fn what_has_a_unit_is_so_long_ago() {
        let Ok(Bound::Time(then)) = Bound::parse("2h") else { panic!("no time") };
        let ago = Timestamp::now().duration_since(then).as_secs();
        assert!((7_200..7_260).contains(&ago), "{ago}");
    }

    #[test]
    fn what_is_neither_is_refused_with_what_would_do() {
        for text in ["", "-1", "yesterday", "2026-13-01", "2h ago", "12:00"] {
            assert!(Bound::parse(text).unwrap_err().contains("2026-04-06"), "{text}");
        }
    }
}
