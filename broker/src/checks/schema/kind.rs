//! What a schema's definition is made of: kinds of elements, their attributes, and what stands in them.

use super::lexical::Lexical;

/// A kind of element: a type of the schema.
pub(super) struct Kind {
    /// The name of the type, for those that have one.
    pub(super) name: &'static str,
    pub(super) attributes: &'static [Attribute],
    pub(super) content: Content,
}

pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) value: Lexical,
    pub(super) is_needed: bool,
}

/// What stands between the tags of an element.
pub(super) enum Content {
    /// Nothing, not even white space.
    Nothing,
    /// Text, and no elements.
    Value(Lexical),
    /// Elements, and no text but white space.
    Elements(Order, &'static [Child]),
}

/// In which order and how often children may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// In any order, each once at most.
    All,
    /// In any order and number.
    Any,
    /// In any order and number, and at least one.
    Some,
    /// The first of them many times, then each other once at most, in this order.
    Sequence,
}

pub(super) struct Child {
    pub(super) name: &'static str,
    pub(super) kind: &'static Kind,
    pub(super) is_needed: bool,
}

pub(super) const fn may(name: &'static str, kind: &'static Kind) -> Child {
    Child { name, kind, is_needed: false }
}

pub(super) const fn must(name: &'static str, kind: &'static Kind) -> Child {
    Child { name, kind, is_needed: true }
}

pub(super) const fn attribute(name: &'static str, value: Lexical) -> Attribute {
    Attribute { name, value, is_needed: false }
}

pub(super) const fn needed(name: &'static str, value: Lexical) -> Attribute {
    Attribute { name, value, is_needed: true }
}
