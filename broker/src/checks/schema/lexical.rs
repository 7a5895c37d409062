//! Kinds of values: how the text of an attribute or an element must be written (XML Schema part 2).

use std::fmt;

use super::date;
use crate::checks::{name, uri};

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lexical {
    /// Any text.
    Text,
    /// `xs:anyURI`, as libxml2 has it.
    Uri,
    /// `xs:dateTime`.
    DateTime,
    /// `xs:float`.
    Float,
    /// `xs:float` from 0 to 1.
    Probability,
    /// `xs:ID`; one packet has one at most.
    Id,
    /// The version of this VOEvent, `xs:token`.
    Two,
    /// One of these, to the letter.
    OneOf(&'static [&'static str]),
}

impl Lexical {
    /// Whether a text is such a value.
    pub(super) fn takes(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Uri => uri::is_reference(collapsed(text), true),
            Self::DateTime => date::is_date_time(collapsed(text)),
            Self::Float => is_float(collapsed(text)),
            Self::Probability => is_probability(collapsed(text)),
            Self::Id => name::is_name(collapsed(text)),
            Self::Two => collapsed(text) == "2.0",
            Self::OneOf(values) => values.contains(&text),
        }
    }
}

/// The text without the white space around it, which these kinds of values do not count (part 2 § 4.3.6).
fn collapsed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// `xs:float` (part 2 § 3.2.4.1): a decimal number with an exponent or without, INF, -INF or NaN.
fn is_float(text: &str) -> bool {
    if matches!(text, "INF" | "-INF" | "NaN") {
        return true;
    }
    let unsigned = |text: &str| text.strip_prefix(['+', '-']).map_or(text.len(), str::len);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let mantissa = mantissa.get(mantissa.len() - unsigned(mantissa)..).unwrap_or_default();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    is_number
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.get(exponent.len() - unsigned(exponent)..).unwrap_or_default();
            !exponent.is_empty() && digits(exponent)
        })
}

/// A float from 0 to 1; NaN is neither less nor more, so it is not within bounds.
fn is_probability(text: &str) -> bool {
    is_float(text) && text.parse::<f32>().is_ok_and(|number| (0.0..=1.0).contains(&number))
}

/// What was expected, for a sentence such as "expected a number".
impl fmt::Display for Lexical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Uri => {
                f.write_str("a URI, in which '#' stands once at most and '%' before two hexadecimal digits")
            }
            Self::DateTime => {
                f.write_str("a date and time such as 2026-01-14T10:32:07, with a fraction and Z at will")
            }
            Self::Float => f.write_str("a number such as 12.5 or 1.2e-3, or INF, -INF, NaN"),
            Self::Probability => f.write_str("a number from 0 to 1"),
            Self::Id => f.write_str("a name that begins with a letter, without white space or colon"),
            Self::Two => f.write_str("'2.0'"),
            Self::OneOf(values) => {
                for (number, value) in values.iter().enumerate() {
                    let before = match number {
                        0 => "",
                        _ if number + 1 == values.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}'{value}'")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(kind: Lexical, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(kind.takes(text), "{kind:?} takes {text:?}");
        }
        for text in bad {
            assert!(!kind.takes(text), "{kind:?} refuses {text:?}");
        }
    }

    #[test]
    fn floats_are_those_of_xml_schema() {
        let good = ["0", "-1", "+1", "1.", ".5", "1E1", "1e-5", "1e400", "NaN", "INF", "-INF", " 1\n"];
        let bad = [
            "", ".", "e5", "1e", "1e+", "1e1.5", "+INF", "nan", "inf", "10,5", "10:30", "0x1", "1 2", "--1",
            "1_0", "é",
        ];
        sort(Lexical::Float, &good, &bad);
    }

    #[test]
    fn a_probability_lies_between_0_and_1() {
        sort(
            Lexical::Probability,
            &["0", "1", "-0", "0.97", "1e-400", " 1 "],
            &["", "1.5", "-0.1", "NaN", "INF", "1.0000001"],
        );
    }

    #[test]
    fn other_values_are_taken_to_the_letter_or_without_the_space_around_them() {
        sort(Lexical::OneOf(&["test"]), &["test"], &["Test", " test", ""]);
        sort(Lexical::Two, &["2.0", " 2.0 "], &["2", "2.00", ""]);
        sort(Lexical::Id, &["a", " a-1 "], &["", "1", "a:b", "a b"]);
        sort(Lexical::Uri, &["", "ivo://a.b/c#d", "a b"], &["a#b#c", "%"]);
    }
}
