//! `xs:dateTime`: `[-]YYYY-MM-DDThh:mm:ss[.f…][Z|±hh:mm]` (XML Schema part 2 § 3.2.7).

/// Longest year: what fits a number of 64 bits, far beyond what part 2 asks for (§ 3.2.7, four digits).
const MAX_YEAR_DIGITS: usize = 18;

/// Whether a text without white space around it is a date and time that exists.
///
/// There is no year 0 and no leap second; 24:00:00 is the end of a day.
pub(super) fn is_date_time(text: &str) -> bool {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let year_digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (year, rest) = unsigned.split_at(year_digits);
    let is_year =
        (4..=MAX_YEAR_DIGITS).contains(&year_digits) && (year_digits == 4 || !year.starts_with('0'));
    let year: i64 = year.parse().unwrap_or(0);
    is_year && year != 0 && is_rest(if negative { -year } else { year }, rest.as_bytes()).is_some()
}

/// What follows the year.
fn is_rest(year: i64, text: &[u8]) -> Option<()> {
    let (month, text) = number(text, b'-')?;
    let (day, text) = number(text, b'-')?;
    let (hour, text) = number(text, b'T')?;
    let (minute, text) = number(text, b':')?;
    let (second, text) = number(text, b':')?;
    let (fraction, zone) = fraction(text)?;
    let is_day = (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
    let is_end_of_day =
        hour == 24 && minute == 0 && second == 0 && fraction.iter().all(|digit| *digit == b'0');
    let is_time = is_end_of_day || (hour < 24 && minute < 60 && second < 60);
    (is_day && is_time && is_zone(zone)).then_some(())
}

/// Two digits behind a separator.
fn number(text: &[u8], separator: u8) -> Option<(u8, &[u8])> {
    match text {
        [first, tens, ones, rest @ ..]
            if *first == separator && tens.is_ascii_digit() && ones.is_ascii_digit() =>
        {
            Some(((tens - b'0') * 10 + (ones - b'0'), rest))
        }
        _ => None,
    }
}

/// The digits of a fraction, if there is one, and what follows.
fn fraction(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((&[], text)) };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| rest.split_at(end))
}

fn is_zone(text: &[u8]) -> bool {
    let offset = |text| {
        let (hours, text) = number(text, b'+').or_else(|| number(text, b'-'))?;
        let (minutes, text) = number(text, b':')?;
        (text.is_empty() && minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0))).then_some(())
    };
    text.is_empty() || text == b"Z" || offset(text).is_some()
}

const fn days(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_and_time_must_exist() {
        for text in [
            "2026-01-14T10:32:07",
            "2026-01-14T10:32:07Z",
            "2026-01-14T10:32:07.5+00:00",
            "2026-01-14T24:00:00",
            "2000-02-29T00:00:00",
            "2026-01-14T24:00:00.00-14:00",
            "10000-01-01T00:00:00",
            "-0004-02-29T00:00:00",
            "2026-01-14T10:32:07+13:59",
        ] {
            assert!(is_date_time(text), "{text}");
        }
        for text in [
            "",
            "2026-01-14",
            "2026-01-14 10:32:07",
            "2026-1-14T10:32:07",
            "2026-02-30T00:00:00",
            "1900-02-29T00:00:00",
            "2026-13-01T00:00:00",
            "2026-00-01T00:00:00",
            "2026-01-00T00:00:00",
            "2026-01-14T23:59:60",
            "2026-01-14T24:00:01",
            "2026-01-14T24:00:00.1",
            "2026-01-14T10:60:00",
            "2026-01-14T10:32",
            "2026-01-14T10:32:07.",
            "2026-01-14T10:32:07z",
            "2026-01-14T10:32:07+14:01",
            "2026-01-14T10:32:07+1:00",
            "0000-01-01T00:00:00",
            "01000-01-01T00:00:00",
            "+2026-01-14T10:32:07",
            "26-01-14T10:32:07",
            "99999999999999999999-01-01T00:00:00",
            "2026-01-14T10:32:07+00:00x",
            "é026-01-14T10:32:07",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
