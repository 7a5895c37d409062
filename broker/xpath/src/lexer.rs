//! The tokens of an expression (§3.7).
//!
//! Which `*` multiplies, and which `and`, `or`, `div` and `mod` are operators, is left to the parser: where it
//! awaits an operand they are names, and where it awaits an operator they are operators. That is the
//! disambiguation rule of §3.7 without looking back. A name is read with its prefix, in which no space may stand.

use crate::error::{CompileError, Reason};
use crate::number;

/// A token; names and literals are parts of the expression's text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token<'t> {
    /// One of the signs of the grammar, such as `(`, `::` or `!=`.
    Sign(&'static str),
    /// The text between two quotes.
    Literal(&'t str),
    /// A number, which has no sign.
    Number(f64),
    /// A name with its prefix, if it has one.
    Name(Option<&'t str>, &'t str),
    /// `prefix:*`.
    AnyOf(&'t str),
    /// `$name`, without the dollar.
    Variable(&'t str),
    /// The end of the expression.
    End,
}

/// The longer signs come before their beginnings.
const SIGNS: [&str; 22] = [
    "::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", "@", ",", "/", "|", "+", "-", "=", "<", ">", "*",
    ".", ":",
];

/// Reads token after token.
#[derive(Debug, Clone)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token and the byte at which it begins.
    pub(crate) fn next(&mut self) -> Result<(Token<'t>, usize), CompileError> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(number::is_space).len();
        let start = self.at;
        Ok((self.token()?, start))
    }

    fn token(&mut self) -> Result<Token<'t>, CompileError> {
        let rest = self.rest();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return Ok(Token::End) };
        let is_number =
            first.is_ascii_digit() || (first == '.' && characters.next().is_some_and(|c| c.is_ascii_digit()));
        if is_number && let Some((value, behind)) = number::read(rest) {
            self.at += rest.len() - behind.len();
            return Ok(Token::Number(value));
        }
        if first == '"' || first == '\'' {
            return self.literal(first);
        }
        if first == '$' {
            self.at += 1;
            return match self.name() {
                Some(_) => {
                    Ok(Token::Variable(rest.get(1..rest.len() - self.rest().len()).unwrap_or_default()))
                }
                None => Err(self.fault(self.at - 1, Reason::Character('$'))),
            };
        }
        if let Some(name) = self.name() {
            return Ok(name);
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Token::Sign(sign))
            }
            None => Err(self.fault(self.at, Reason::Character(first))),
        }
    }

    fn literal(&mut self, quote: char) -> Result<Token<'t>, CompileError> {
        let inside = self.text.get(self.at + 1..).unwrap_or_default();
        let Some(length) = inside.find(quote) else {
            return Err(self.fault(self.at, Reason::UnfinishedLiteral));
        };
        self.at += length + 2;
        Ok(Token::Literal(inside.get(..length).unwrap_or_default()))
    }

    /// A name, or `prefix:*`, if one begins here. An axis' name ends before its `::`.
    fn name(&mut self) -> Option<Token<'t>> {
        let first = self.part()?;
        let behind = self.rest();
        if let Some(rest) = behind.strip_prefix(':')
            && !rest.starts_with(':')
        {
            let before = self.at;
            self.at += 1;
            if rest.starts_with('*') {
                self.at += 1;
                return Some(Token::AnyOf(first));
            }
            match self.part() {
                Some(local) => return Some(Token::Name(Some(first), local)),
                None => self.at = before,
            }
        }
        Some(Token::Name(None, first))
    }

    /// A name without a colon in it (`NCName`).
    fn part(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        if !rest.starts_with(is_name_start) {
            return None;
        }
        let part = rest.get(..rest.find(|c| !is_name(c)).unwrap_or(rest.len()))?;
        self.at += part.len();
        Some(part)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&self, at: usize, reason: Reason) -> CompileError {
        CompileError::new(self.text, at, reason)
    }
}

/// The characters of XML 1.0, fifth edition, with which a name begins, but for the colon.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

impl std::fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sign(sign) => write!(f, "'{sign}'"),
            Self::Literal(text) => write!(f, "the literal {text:?}"),
            Self::Number(value) => write!(f, "the number {value}"),
            Self::Name(None, local) => write!(f, "'{local}'"),
            Self::Name(Some(prefix), local) => write!(f, "'{prefix}:{local}'"),
            Self::AnyOf(prefix) => write!(f, "'{prefix}:*'"),
            Self::Variable(name) => write!(f, "'${name}'"),
            Self::End => f.write_str("end of expression"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token<'_>> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| Some(lexer.next().unwrap().0))
            .take_while(|token| *token != Token::End)
            .collect()
    }

    #[test]
    fn the_longest_token_is_taken() {
        assert_eq!(tokens("..//a-b"), [Token::Sign(".."), Token::Sign("//"), Token::Name(None, "a-b")]);
        assert_eq!(tokens(".5.."), [Token::Number(0.5), Token::Sign("..")]);
    }

    #[test]
    fn an_axis_is_no_prefix() {
        assert_eq!(
            tokens("self::p:x"),
            [Token::Name(None, "self"), Token::Sign("::"), Token::Name(Some("p"), "x")]
        );
    }

    #[test]
    fn a_literal_ends_at_the_quote_it_began_with() {
        assert_eq!(tokens("'a\"b'\"c'd\""), [Token::Literal("a\"b"), Token::Literal("c'd")]);
    }

    #[test]
    fn a_literal_without_end_is_told_at_its_beginning() {
        let error = Lexer::new("  'abc").next().unwrap_err();
        assert_eq!(error.to_string(), "at character 3: the literal that begins here has no closing quote");
    }
}
