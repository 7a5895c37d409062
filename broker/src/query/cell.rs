//! Strangers' text in a CSV file, which spreadsheets take for formulas.

use std::borrow::Cow;

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
    fn what_a_spreadsheet_would_compute_becomes_text_and_coordinates_stay() {
        for text in ["=1+1", "@SUM(A1)", "\t=1", "-2+cmd|' /C calc'!A0", "+A1", "-INF"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "-12.5", "+12:30:00.5", "-1.0E-7", "- 5 30 00", "a=b", "2014-04-01", "-"] {
            assert_eq!(cell(text), text);
        }
    }
}
