//! Times as authors write them: with and without a zone, a fraction, a `T`.
//!
//! Without a zone it is UTC, as the standard says (VOEvent 2.0 §3.2). A date alone is no moment.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use roxmltree::Node;

use super::{child, text};

/// Digits of a fraction that are read: nanoseconds.
const FRACTION_DIGITS: usize = 9;
/// Longest text that is looked at.
const MAX_BYTES: usize = 64;

/// When the author says the packet was made.
pub(super) fn of(root: Node<'_, '_>) -> Option<Timestamp> {
    moment(text(child(child(root, "Who")?, "Date")?))
}

/// The same of bytes that nobody has parsed, at a tenth of the cost.
pub(super) fn of_bytes(raw: &[u8]) -> Option<Timestamp> {
    moment(&vtp::authored(&vtp::encoding::text(raw).ok()?)?)
}

/// The moment that a text names.
pub(super) fn moment(written: &str) -> Option<Timestamp> {
    let is_moment = written.len() <= MAX_BYTES && written.is_ascii() && written.contains(['T', ' ']);
    let written = shortened(is_moment.then_some(written)?);
    if let Ok(moment) = written.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil: DateTime = written.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Without the digits beyond nanoseconds, which some archives write.
fn shortened(written: &str) -> String {
    let Some((whole, rest)) = written.split_once('.') else { return written.to_owned() };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = rest.split_at(digits);
    format!("{whole}.{}{zone}", fraction.get(..FRACTION_DIGITS).unwrap_or(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_the_field_is_read() {
        let at = |text: &str| moment(text).map(|moment| moment.to_string());
        for (written, read) in [
            ("2026-01-14T10:32:07", "2026-01-14T10:32:07Z"),
            ("2026-01-14T10:32:07.25Z", "2026-01-14T10:32:07.25Z"),
            ("2026-01-14T12:32:07+02:00", "2026-01-14T10:32:07Z"),
            ("2026-01-14T10:32:07+0000", "2026-01-14T10:32:07Z"),
            ("2026-01-14 10:32:07.1234567890123", "2026-01-14T10:32:07.123456789Z"),
        ] {
            assert_eq!(at(written).as_deref(), Some(read), "{written}");
        }
        for unreadable in [
            "",
            "2026-01-14",
            "yesterday",
            "[YYYY-MM-DDThh:mm:ss]",
            "2026-02-30T00:00:00",
            "2026-01--14T10:32:07",
        ] {
            assert_eq!(at(unreadable), None, "{unreadable}");
        }
    }
}
