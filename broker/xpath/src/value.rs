//! The value of an expression (§1), and its conversions (§4).

use std::fmt;

use crate::node::Node;
use crate::number;

/// What an expression came to.
#[derive(Debug, Clone)]
pub enum Value<'a, 'input> {
    /// True or false.
    Boolean(bool),
    /// A double of IEEE 754.
    Number(f64),
    /// A text.
    String(String),
    /// Nodes in document order, each once.
    Nodes(Vec<Node<'a, 'input>>),
}

impl Value<'_, '_> {
    /// The value as `boolean()` converts it (§4.3): neither zero nor NaN, not empty.
    #[must_use]
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Boolean(value) => *value,
            Self::Number(value) => *value != 0.0 && !value.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Nodes(nodes) => !nodes.is_empty(),
        }
    }

    /// The value as `number()` converts it (§4.4).
    #[must_use]
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Boolean(value) => f64::from(u8::from(*value)),
            Self::Number(value) => *value,
            Self::String(text) => number::parse(text),
            Self::Nodes(_) => number::parse(&self.to_text()),
        }
    }

    /// The value as `string()` converts it (§4.2): of nodes, the string-value of the first.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Number(value) => number::format(*value),
            Self::String(text) => text.clone(),
            Self::Nodes(nodes) => nodes.first().map(Node::value).unwrap_or_default(),
        }
    }
}

/// How many nodes are shown.
const SHOWN: usize = 3;

/// For people: a string in quotes, and of many nodes the first.
impl fmt::Display for Value<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Number(value) => f.write_str(&number::format(*value)),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Nodes(nodes) => {
                match nodes.len() {
                    0 => f.write_str("no node")?,
                    1 => f.write_str("1 node")?,
                    count => write!(f, "{count} nodes")?,
                }
                for (node, mark) in nodes.iter().take(SHOWN).zip([": ", ", ", ", "]) {
                    write!(f, "{mark}{node}")?;
                }
                if nodes.len() > SHOWN { f.write_str(", ...") } else { Ok(()) }
            }
        }
    }
}
