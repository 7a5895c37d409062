//! What is wrong with an expression, by itself or on an event, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plain::{excerpt, plain};

/// A fault as XPath names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The code of the standard, such as `XPST0003`; `packet` if the packet cannot be read, `engine` if the engine gave up.
    pub(super) code: String,
    pub(super) words: String,
    /// Where in the expression: from a byte up to another.
    pub(super) place: Option<(usize, usize)>,
}

impl Fault {
    /// A packet that cannot be read.
    pub(super) fn packet(words: impl fmt::Display) -> Self {
        Self { code: "packet".to_owned(), words: words.to_string(), place: None }
    }

    /// What the engine could not do, with no place.
    pub(super) fn engine(words: impl Into<String>) -> Self {
        Self { code: "engine".to_owned(), words: words.into(), place: None }
    }

    /// The fault below which its place in the expression is pointed at, in lines of their own.
    pub(crate) fn shown_in(&self, expression: &str) -> String {
        let Some((line, before, marked)) = self.line(expression) else { return self.to_string() };
        let marks = "^".repeat(plain(marked).chars().count().max(1));
        format!("{self}\n  {}\n  {}{marks}", plain(line), " ".repeat(plain(before).chars().count()))
    }

    /// The fault with the part of the expression that it is about, in one line.
    pub(crate) fn quoting(&self, expression: &str) -> String {
        match self.line(expression) {
            Some((line, _, marked)) if !marked.is_empty() && marked != line => {
                format!("{self}, at: {}", excerpt(marked))
            }
            Some(_) | None => self.to_string(),
        }
    }

    /// The line in which it is, what stands there before it, and what of the line it is.
    fn line<'a>(&self, expression: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
        let (start, end) = self.place?;
        let expression = expression.trim_end();
        let start = start.min(expression.len());
        let (before, after) = expression.split_at_checked(start)?;
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        let length = after.find('\n').unwrap_or(after.len());
        let marked = length.min(end.saturating_sub(start));
        Some((expression.get(begin..start + length)?, before.get(begin..)?, after.get(..marked)?))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", excerpt(self.words.trim_end_matches('.')), plain(&self.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(place: (usize, usize)) -> Fault {
        Fault { code: "XPST0003".to_owned(), words: "Parse error.".to_owned(), place: Some(place) }
    }

    #[test]
    fn the_place_is_pointed_at_in_its_line() {
        let expression = "let $é := 1\nreturn $é +* 2";
        let at = expression.find('*').unwrap();
        assert_eq!(
            fault((at, at + 1)).shown_in(expression),
            "Parse error (XPST0003)\n  return $é +* 2\n             ^"
        );
        assert_eq!(fault((at, at + 1)).quoting(expression), "Parse error (XPST0003), at: *");
    }

    #[test]
    fn a_place_behind_the_end_or_within_a_character_does_no_harm() {
        assert_eq!(fault((99, 120)).shown_in("1 +  "), "Parse error (XPST0003)\n  1 +\n     ^");
        assert_eq!(fault((1, 2)).shown_in("é"), "Parse error (XPST0003)");
    }
}
