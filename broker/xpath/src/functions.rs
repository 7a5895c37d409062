//! The core function library (§4): what there is, what it takes and what it gives.
//!
//! What each function does is left to `eval`, where values of its type are computed.

use crate::ast::Type;

/// A function of the core library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Last,
    Position,
    Count,
    Id,
    LocalName,
    NamespaceUri,
    Name,
    String,
    Concat,
    StartsWith,
    Contains,
    SubstringBefore,
    SubstringAfter,
    Substring,
    StringLength,
    NormalizeSpace,
    Translate,
    Boolean,
    Not,
    True,
    False,
    Lang,
    Number,
    Sum,
    Floor,
    Ceiling,
    Round,
}

/// How many arguments a function takes.
pub(crate) struct Arity {
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) in_words: &'static str,
}

const NONE: Arity = Arity { least: 0, most: 0, in_words: "no argument" };
const OPTIONAL: Arity = Arity { least: 0, most: 1, in_words: "at most one argument" };
const ONE: Arity = Arity { least: 1, most: 1, in_words: "one argument" };
const TWO: Arity = Arity { least: 2, most: 2, in_words: "two arguments" };
const TWO_OR_THREE: Arity = Arity { least: 2, most: 3, in_words: "two or three arguments" };
const THREE: Arity = Arity { least: 3, most: 3, in_words: "three arguments" };
const TWO_OR_MORE: Arity = Arity { least: 2, most: usize::MAX, in_words: "two or more arguments" };

impl Function {
    /// The name as it is written.
    pub(crate) fn name(self) -> &'static str {
        self.row().0
    }

    pub(crate) fn arity(self) -> Arity {
        self.row().1
    }

    /// The type of its value.
    pub(crate) fn result(self) -> Type {
        self.row().2
    }

    /// Whether its arguments can be nothing but node-sets.
    pub(crate) fn wants_nodes(self) -> bool {
        matches!(self, Self::Count | Self::Sum | Self::LocalName | Self::NamespaceUri | Self::Name)
    }

    fn row(self) -> (&'static str, Arity, Type) {
        match self {
            Self::Last => ("last", NONE, Type::Number),
            Self::Position => ("position", NONE, Type::Number),
            Self::Count => ("count", ONE, Type::Number),
            Self::Id => ("id", ONE, Type::Nodes),
            Self::LocalName => ("local-name", OPTIONAL, Type::String),
            Self::NamespaceUri => ("namespace-uri", OPTIONAL, Type::String),
            Self::Name => ("name", OPTIONAL, Type::String),
            Self::String => ("string", OPTIONAL, Type::String),
            Self::Concat => ("concat", TWO_OR_MORE, Type::String),
            Self::StartsWith => ("starts-with", TWO, Type::Boolean),
            Self::Contains => ("contains", TWO, Type::Boolean),
            Self::SubstringBefore => ("substring-before", TWO, Type::String),
            Self::SubstringAfter => ("substring-after", TWO, Type::String),
            Self::Substring => ("substring", TWO_OR_THREE, Type::String),
            Self::StringLength => ("string-length", OPTIONAL, Type::Number),
            Self::NormalizeSpace => ("normalize-space", OPTIONAL, Type::String),
            Self::Translate => ("translate", THREE, Type::String),
            Self::Boolean => ("boolean", ONE, Type::Boolean),
            Self::Not => ("not", ONE, Type::Boolean),
            Self::True => ("true", NONE, Type::Boolean),
            Self::False => ("false", NONE, Type::Boolean),
            Self::Lang => ("lang", ONE, Type::Boolean),
            Self::Number => ("number", OPTIONAL, Type::Number),
            Self::Sum => ("sum", ONE, Type::Number),
            Self::Floor => ("floor", ONE, Type::Number),
            Self::Ceiling => ("ceiling", ONE, Type::Number),
            Self::Round => ("round", ONE, Type::Number),
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        const ALL: [Function; 27] = [
            Function::Last,
            Function::Position,
            Function::Count,
            Function::Id,
            Function::LocalName,
            Function::NamespaceUri,
            Function::Name,
            Function::String,
            Function::Concat,
            Function::StartsWith,
            Function::Contains,
            Function::SubstringBefore,
            Function::SubstringAfter,
            Function::Substring,
            Function::StringLength,
            Function::NormalizeSpace,
            Function::Translate,
            Function::Boolean,
            Function::Not,
            Function::True,
            Function::False,
            Function::Lang,
            Function::Number,
            Function::Sum,
            Function::Floor,
            Function::Ceiling,
            Function::Round,
        ];
        ALL.into_iter().find(|function| function.name() == name)
    }
}
