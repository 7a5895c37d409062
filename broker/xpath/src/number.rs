//! Numbers (§3.5, §4.4): from text, to text, and rounded.
//!
//! Where the recommendation leaves room or libxml2 goes beyond it, this is libxml2's way, bit for bit, so that a
//! comparison has the outcome it has there: exponents are read, in literals too; digits are added up one by one;
//! 15 digits are written, and an exponent where the number is large or small.

/// Digits after the leading zeros of a fraction that count.
const FRACTION_DIGITS: usize = 20;
/// The precision of a double in decimal digits, as C has it.
const DIGITS: usize = 15;

/// The number that a text spells, or NaN: `number()` of a string (§4.4).
pub(crate) fn parse(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let (text, is_negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    match read(text) {
        Some((value, "")) => {
            if is_negative {
                -value
            } else {
                value
            }
        }
        Some(_) | None => f64::NAN,
    }
}

/// White space (§3.7), which is that of XML.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Reads a number without a sign from the start of a text, and returns what is behind it.
pub(crate) fn read(text: &str) -> Option<(f64, &str)> {
    let (whole, rest) = split_digits(text);
    let mut value = digits(whole);
    let mut rest = rest;
    if let Some(behind_point) = rest.strip_prefix('.') {
        let (fraction, behind) = split_digits(behind_point);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        value += fraction_value(fraction);
        rest = behind;
    } else if whole.is_empty() {
        return None;
    }
    if let Some(behind) = rest.strip_prefix(['e', 'E']) {
        let (behind, is_negative) = match behind.strip_prefix('-') {
            Some(behind) => (behind, true),
            None => (behind.strip_prefix('+').unwrap_or(behind), false),
        };
        let (exponent, behind) = split_digits(behind);
        let exponent = digits(exponent).min(1e7);
        value *= power_of_ten(if is_negative { -exponent } else { exponent });
        rest = behind;
    }
    Some((value, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn digits(text: &str) -> f64 {
    text.bytes().fold(0.0, |value, byte| value * 10.0 + f64::from(byte - b'0'))
}

fn fraction_value(text: &str) -> f64 {
    let zeros = text.bytes().take_while(|byte| *byte == b'0').count();
    let counted = text.len().min(zeros + FRACTION_DIGITS);
    let value = digits(text.get(zeros..counted).unwrap_or_default());
    #[expect(clippy::cast_precision_loss, reason = "a text has fewer digits than 2^52")]
    let places = counted as f64;
    value / power_of_ten(places)
}

fn power_of_ten(exponent: f64) -> f64 {
    const EXACT: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    if (0.0..23.0).contains(&exponent) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is one of 0 to 22")]
        let index = exponent as usize;
        return EXACT.get(index).copied().unwrap_or(f64::NAN);
    }
    10f64.powf(exponent)
}

/// The text of a number: `string()` of it (§4.2), but with an exponent from 1e9 up and below 1e-5, unless it is
/// an integer of 31 bits.
pub(crate) fn format(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() < f64::from(i32::MAX) && value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    if !(1e-5..=1e9).contains(&value.abs()) {
        let text = format!("{value:.*e}", DIGITS - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is one of -5 to 9")]
    let integer_place = value.abs().log10() as isize;
    let places = DIGITS.saturating_add_signed(-integer_place) - usize::from(integer_place > 0);
    without_zeros(&format!("{value:.places$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// The nearest integer, and of two the one closer to positive infinity: `round()` (§4.4).
pub(crate) fn round(value: f64) -> f64 {
    if (-0.5..0.5).contains(&value) {
        return value * 0.0;
    }
    let below = value.floor();
    if value - below >= 0.5 { below + 1.0 } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_space_around_sign_point_and_exponent() {
        for (text, value) in [
            (" 12 ", 12.0),
            ("\t-.5\n", -0.5),
            ("5.", 5.0),
            ("1e-05", 1e-5),
            ("2.7e-05", 2.700_000_000_000_000_2e-5),
            ("1E+2", 100.0),
            ("1e", 1.0),
            ("1e400", f64::INFINITY),
        ] {
            assert_eq!(parse(text), value, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_number_is_nan() {
        for text in ["", " ", ".", "-", "+1", "- 5", "--1", "1 2", "0x10", "Infinity", "1e5.", "\u{a0}1"] {
            assert!(parse(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_with_fifteen_digits() {
        for (value, text) in [
            (1.0 / 3.0, "0.333333333333333"),
            (-100.0 / 3.0, "-33.3333333333333"),
            (0.1 + 0.2, "0.3"),
            (1e-5, "0.00001"),
            (123_456.789, "123456.789"),
            (999_999_999.9, "999999999.9"),
            (-0.0, "0"),
            (42.0, "42"),
        ] {
            assert_eq!(format(value), text);
        }
    }

    #[test]
    fn large_and_small_numbers_are_written_with_an_exponent() {
        for (value, text) in [
            (2_147_483_646.0, "2147483646"),
            (2_147_483_647.0, "2.147483647e+09"),
            (1e10, "1e+10"),
            (1e300, "1e+300"),
            (1.5e-10, "1.5e-10"),
            (1e-6, "1e-06"),
        ] {
            assert_eq!(format(value), text);
        }
    }

    #[test]
    fn halves_are_rounded_towards_positive_infinity() {
        for (value, rounded) in [(2.5, 3.0), (-2.5, -2.0), (0.5, 1.0), (-0.5, 0.0), (1.4, 1.0), (-1.6, -2.0)]
        {
            assert_eq!(round(value), rounded, "{value}");
        }
        assert!(round(-0.2).is_sign_negative());
        assert!(round(f64::NAN).is_nan());
        assert_eq!(round(f64::INFINITY), f64::INFINITY);
    }
}
