//! Why an expression is refused, and where it breaks.
//!
//! The text is written for the person who wrote the expression: the place is counted in characters from 1, and
//! where there is something else to write, it is named.

use std::fmt;

/// An expression was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {reason}")]
pub struct CompileError {
    position: usize,
    reason: Reason,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Something other than what the grammar asks for.
    Expected {
        /// What could have stood there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A character that begins no token.
    Character(char),
    /// A literal without its closing quote.
    UnfinishedLiteral,
    /// A prefix; there are no bindings for any but `xml`.
    UnknownPrefix {
        /// The prefix.
        prefix: String,
        /// What can be written in place of the node test, if it was one.
        instead: Option<String>,
    },
    /// A variable; there are none.
    UnknownVariable(String),
    /// A function that the core library lacks.
    UnknownFunction(String),
    /// An axis that there is not.
    UnknownAxis(String),
    /// A function with too few or too many arguments.
    Arity {
        /// The function.
        function: &'static str,
        /// How many it takes, in words.
        takes: &'static str,
        /// How many it was given.
        given: usize,
    },
    /// A number, string or boolean where only a node-set will do.
    NotNodes,
    /// More bytes of text than [`Limits::text_bytes`](crate::Limits::text_bytes).
    TooLong(usize),
    /// Deeper than [`Limits::nesting`](crate::Limits::nesting).
    TooDeep(usize),
    /// More steps, predicates and operands than [`Limits::parts`](crate::Limits::parts).
    TooManyParts(usize),
    /// More memory than [`Limits::compiled_bytes`](crate::Limits::compiled_bytes).
    TooLarge(usize),
}

impl CompileError {
    /// An error at a byte of a text.
    pub(crate) fn new(text: &str, byte: usize, reason: Reason) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        Self { position: before.chars().count() + 1, reason }
    }

    /// Where the expression breaks: the number of the character, of which the first is 1.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong there.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Character(c) => write!(f, "'{}' has no meaning here", c.escape_debug()),
            Self::UnfinishedLiteral => f.write_str("the literal that begins here has no closing quote"),
            Self::UnknownPrefix { prefix, instead } => {
                write!(f, "the prefix '{prefix}' is not bound, as none is")?;
                match instead {
                    Some(instead) => write!(f, ": write {instead} instead"),
                    None => Ok(()),
                }
            }
            Self::UnknownVariable(name) => write!(f, "there is no variable '${name}', as there are none"),
            Self::UnknownFunction(name) => write!(f, "there is no function '{name}' in XPath 1.0"),
            Self::UnknownAxis(name) => write!(f, "there is no axis '{name}'"),
            Self::Arity { function, takes, given } => {
                write!(f, "{function}() takes {takes}, and was given {given}")
            }
            Self::NotNodes => f.write_str("only a node-set will do here"),
            Self::TooLong(limit) => write!(f, "the expression is longer than {limit} bytes"),
            Self::TooDeep(limit) => write!(f, "parentheses and predicates are nested deeper than {limit}"),
            Self::TooManyParts(limit) => {
                write!(f, "there are more than {limit} steps, predicates and operands")
            }
            Self::TooLarge(limit) => write!(f, "the compiled expression needs more than {limit} bytes"),
        }
    }
}
