//! Strangers' text, made fit for a terminal, a line of the log, a receipt and a spreadsheet.
//!
//! What a peer writes is quoted in many places. Here it loses what a terminal or a reader would take for an order:
//! control characters, line breaks, and the invisible ones that change the direction of text; and it becomes short
//! enough that nobody can fill a disk with one packet. What is stored and sent on is never touched.

use std::borrow::Cow;

/// Most characters of an excerpt, at its beginning and at its end, where a fault is often told.
const HEAD: usize = 300;
const TAIL: usize = 150;

/// The text with a replacement for each character that is an order.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if is_order(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// The plain text, without its middle if it is long.
pub(crate) fn excerpt(text: &str) -> String {
    let count = text.chars().count();
    if count <= HEAD + TAIL {
        return plain(text);
    }
    let head: String = text.chars().take(HEAD).collect();
    let tail: String = text.chars().skip(count - TAIL).collect();
    format!("{} [{} characters left out] {}", plain(&head), count - HEAD - TAIL, plain(&tail))
}

/// A value as a line of JSON, in which what is an order is told by its number; it reads back as the same value. No JSON is
/// printed or exported in another way.
pub(crate) fn json_line(value: &serde_json::Value) -> String {
    // JSON escapes but the oldest of them; it may escape the others as well.
    let mut line = String::new();
    for c in value.to_string().chars() {
        if is_order(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
    line
}

/// Whether a character does something instead of being shown.
fn is_order(c: char) -> bool {
    let is_invisible = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}');
    c.is_control() || is_invisible
}

/// The text for a cell of CSV: what a spreadsheet would compute gets an apostrophe before it, which makes it text there.
///
/// That is text which begins with `=`, `@`, a tab or a line break, and text which begins with `+` or `-` and has more in it
/// than numbers are made of: signs, digits, points, colons, blanks and an exponent. Numbers and coordinates are left alone.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    let is_of_numbers =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',' | ':' | ' ' | 'e' | 'E');
    let is_formula = match text.chars().next() {
        Some('=' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => true,
        Some('+' | '-') => !text.chars().all(is_of_numbers),
        Some(_) | None => false,
    };
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_back_as_it_was_and_holds_no_orders() {
        let value = serde_json::json!({ "a\u{9b}": "é\u{202e}\u{feff}\n\u{1b}[2J" });
        let line = json_line(&value);
        assert!(!line.contains(is_order) && line.contains('é'), "{line:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
    }

    #[test]
    fn orders_are_replaced_and_other_text_is_not() {
        assert_eq!(plain("é\u{1b}[2J\n\u{9b}\u{202e}x"), "é\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}x");
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let short = "é".repeat(450);
        assert_eq!(excerpt(&short), short);
        let long = format!("a{}z", "é".repeat(100_000));
        let excerpt = excerpt(&long);
        assert!(excerpt.starts_with("aé") && excerpt.ends_with("éz") && excerpt.len() < 1_000);
        assert!(excerpt.contains("[99552 characters left out]"), "{excerpt}");
    }

    #[test]
    fn what_a_spreadsheet_would_compute_becomes_text_and_coordinates_stay() {
        for text in ["=1+1", "@SUM(A1)", "\t=1", "-2+cmd|' /C calc'!A0", "+A1", "-INF"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "-12.5", "+12:30:00.5", "-1.0E-7", "- 5 30 00", "a=b", "2014-04-01", "-"] {
            assert_eq!(cell(text), text);
        }
    }
}
