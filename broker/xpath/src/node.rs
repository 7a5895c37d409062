//! Nodes as results (§5), and their places in the document's order.
//!
//! Inside, a node is a number that orders as the document does: an element, then its namespaces, then its
//! attributes, then its children (§5.4). It is made a [`Node`] only for whoever asked for the value.

use std::fmt;

use crate::Index;
use crate::index::XML;

/// A node that an expression selected.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a, 'input> {
    /// The root, an element, a text, a comment or a processing instruction.
    Tree(roxmltree::Node<'a, 'input>),
    /// An attribute.
    Attribute {
        /// The element that bears it.
        element: roxmltree::Node<'a, 'input>,
        /// The attribute itself.
        attribute: roxmltree::Attribute<'a, 'input>,
    },
    /// A namespace that is in scope at an element.
    Namespace {
        /// The element.
        element: roxmltree::Node<'a, 'input>,
        /// The prefix, or none for the default namespace.
        prefix: Option<&'input str>,
        /// The name of the namespace.
        uri: &'a str,
    },
}

impl Node<'_, '_> {
    /// Its string-value (§5): of the root and of elements, all text within.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Tree(node) if node.is_root() || node.is_element() => {
                node.descendants().filter(|inner| inner.is_text()).filter_map(|inner| inner.text()).collect()
            }
            Self::Tree(node) => match node.pi() {
                Some(pi) => pi.value.unwrap_or_default().to_owned(),
                None => node.text().unwrap_or_default().to_owned(),
            },
            Self::Attribute { attribute, .. } => attribute.value().to_owned(),
            Self::Namespace { uri, .. } => (*uri).to_owned(),
        }
    }
}

/// Where a node stands: the number of a tree node, and which of its attributes or namespaces it is, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(u64);

/// What a place is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Tree,
    Namespace(u32),
    Attribute(u32),
}

const ATTRIBUTES: u32 = 1 << 31;

impl Place {
    pub(crate) const ROOT: Self = Self(0);

    #[inline]
    pub(crate) fn tree(id: u32) -> Self {
        Self(u64::from(id) << 32)
    }

    #[inline]
    pub(crate) fn attribute(element: u32, index: u32) -> Self {
        Self(u64::from(element) << 32 | u64::from(ATTRIBUTES | index))
    }

    #[inline]
    pub(crate) fn namespace(element: u32, index: u32) -> Self {
        Self(u64::from(element) << 32 | u64::from(index + 1))
    }

    /// The tree node, or the element that has the attribute or namespace.
    #[inline]
    pub(crate) fn id(self) -> u32 {
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn part(self) -> Part {
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
        match self.0 as u32 {
            0 => Part::Tree,
            part if part & ATTRIBUTES != 0 => Part::Attribute(part & !ATTRIBUTES),
            part => Part::Namespace(part - 1),
        }
    }

    /// The node itself.
    pub(crate) fn node<'a, 'input>(self, index: &Index<'a, 'input>) -> Option<Node<'a, 'input>> {
        let element = index.node(self.id())?;
        Some(match self.part() {
            Part::Tree => Node::Tree(element),
            Part::Attribute(at) => {
                Node::Attribute { element, attribute: element.attributes().nth(at as usize)? }
            }
            Part::Namespace(at) => {
                let (prefix, uri) = namespace(element, at)?;
                Node::Namespace { element, prefix, uri }
            }
        })
    }
}

/// The prefix and name of a namespace in scope: the first is `xml`, which need not be declared; what is declared
/// further out comes before what is declared at the element, as in libxml2.
pub(crate) fn namespace<'a, 'input>(
    element: roxmltree::Node<'a, 'input>,
    at: u32,
) -> Option<(Option<&'input str>, &'a str)> {
    match at.checked_sub(1) {
        None => Some((Some("xml"), XML)),
        Some(declared) => {
            let mut in_scope = element.namespaces();
            let namespace = in_scope.nth(in_scope.len().checked_sub(declared as usize + 1)?)?;
            Some((namespace.name(), namespace.uri()))
        }
    }
}

impl fmt::Display for Node<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree(node) if node.is_root() => f.write_str("/"),
            Self::Tree(node) if node.is_element() => {
                write!(f, "<{}", node.tag_name().name())?;
                for attribute in node.attributes() {
                    write!(f, " {}={:?}", attribute.name(), attribute.value())?;
                }
                f.write_str(">")
            }
            Self::Tree(node) if node.is_text() => write!(f, "{:?}", node.text().unwrap_or_default()),
            Self::Tree(node) if node.is_comment() => write!(f, "<!--{}-->", node.text().unwrap_or_default()),
            Self::Tree(node) => match node.pi() {
                Some(pi) => write!(f, "<?{} {}?>", pi.target, pi.value.unwrap_or_default()),
                None => Ok(()),
            },
            Self::Attribute { attribute, .. } => write!(f, "@{}={:?}", attribute.name(), attribute.value()),
            Self::Namespace { prefix: Some(prefix), uri, .. } => write!(f, "xmlns:{prefix}={uri:?}"),
            Self::Namespace { prefix: None, uri, .. } => write!(f, "xmlns={uri:?}"),
        }
    }
}
