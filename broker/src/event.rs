//! An event as handlers and queries see it: a VOEvent packet read once, and what it says by name.
//!
//! A pure view of bytes that admission has judged: parameters, citations, a place in the sky, XPath. It is tolerant
//! where real packets are sloppy (namespaces, white space, lexical forms of times) and silent where a guess would be
//! wrong: no position is better than a false one. It promises to end within the bounds of one packet and not to panic
//! on any bytes. Judging packets is left to `checks`, choosing among them to `filter`.
//!
//! ```text
//! bytes ──> text ──> tree ──┬─> params · citations · position · authored     plain walks, by local name
//!                           └─> index ──> xpath                              bounded by a budget
//! ```

mod author;
mod authored;
mod citation;
mod param;
mod position;
mod query;
mod role;
mod tree;

use bytes::Bytes;
use jiff::Timestamp;
use roxmltree::Node;

pub use citation::{Citation, Relation};
pub use param::Param;
pub use position::{Place, Position};
pub use query::{Answer, MAX_ANSWER_NODES, QueryError};
pub use role::Role;
pub(crate) use tree::Tree;

/// Why bytes have no view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a packet: {0}")]
pub struct ViewError(String);

/// A VOEvent packet, parsed.
#[derive(Debug)]
pub struct View(Tree);

impl View {
    /// Reads a packet in any of the encodings that `vtp` reads.
    ///
    /// # Errors
    /// If it is no text or no well-formed XML.
    pub fn parse(raw: &Bytes) -> Result<Self, ViewError> {
        Tree::read(raw).map(Self).map_err(ViewError)
    }

    /// The parameters of What (VOEvent 2.0 §3.3) in document order, those in Groups too.
    #[must_use]
    pub fn params(&self) -> Vec<Param<'_>> {
        param::all(self.root()).collect()
    }

    /// The first parameter of a name, in the Group of a name if one is given.
    #[must_use]
    pub fn find_param(&self, name: &str, group: Option<&str>) -> Option<Param<'_>> {
        param::all(self.root())
            .find(|param| param.name == name && group.is_none_or(|group| param.group == Some(group)))
    }

    /// The events it cites (VOEvent 2.0 §3.7), in document order.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation<'_>> {
        citation::all(self.root())
    }

    /// The first place in the sky that WhereWhen gives and that can be read (VOEvent 2.0 §3.4).
    #[must_use]
    pub fn position(&self) -> Option<Position<'_>> {
        position::first(self.root())
    }

    /// Who says it: the author's identifier, or else a name (Who, VOEvent 2.0 §3.2).
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        author::of(self.root())
    }

    /// When its author says it was made (Who/Date, VOEvent 2.0 §3.2), if that can be read.
    #[must_use]
    pub fn authored(&self) -> Option<Timestamp> {
        authored::of(self.root())
    }

    /// Evaluates an XPath 1.0 expression with the VOEvent element as context and no prefixes bound.
    ///
    /// # Errors
    /// What is wrong with the expression, or that it costs too much.
    pub fn xpath(&self, expression: &str) -> Result<Answer, QueryError> {
        self.0.with_index(|index| query::evaluate(index, expression))
    }

    fn root(&self) -> Node<'_, '_> {
        self.0.document().root_element()
    }
}

/// When the author of a packet says it was made, without a [`View`] of it.
#[must_use]
pub fn authored(raw: &[u8]) -> Option<Timestamp> {
    authored::of_bytes(raw)
}

/// An identifier without its local part: the stream that an event belongs to.
#[must_use]
pub fn stream(ivoid: &str) -> &str {
    ivoid.split_once('#').map_or(ivoid, |(stream, _)| stream)
}

/// The child elements of a local name.
fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The first child element of a local name.
fn child<'a, 'i: 'a>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// An element's text without the white space around it.
fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;
