//! The name of a handler: that of its file, as it stands in logs, commands and the state that is kept for it.

use std::fmt;

/// The most bytes of a name.
const LONGEST: usize = 64;

/// A handler's name: `[a-z0-9][a-z0-9_-]{0,63}`, so that it is the same on every disk and fit for every line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandlerName(Box<str>);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a handler's name has 1 to {LONGEST} of a-z, 0-9, '_' and '-', and begins with a letter or digit")]
pub struct NameError;

impl HandlerName {
    /// Takes a text that is one.
    ///
    /// # Errors
    /// [`NameError`], which says what is one.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        let is_name = text.len() <= LONGEST
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.chars().all(is_inner);
        if is_name { Ok(Self(text.into())) } else { Err(NameError) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HandlerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_small_letters_digits_and_dashes_within() {
        for text in ["a", "0", "grb-latest", "save_event", &"x".repeat(64)] {
            assert_eq!(HandlerName::parse(text).map(|name| name.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "-a", "_a", "A", "a b", "a.b", "ä", "../a", &"x".repeat(65)] {
            assert_eq!(HandlerName::parse(text), Err(NameError), "{text}");
        }
    }
}
