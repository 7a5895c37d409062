//! What is learned of a document once, for all expressions that are evaluated on it.
//!
//! The tree as three arrays of numbers, in document order, so that every axis is a loop over integers; and the
//! elements of every name, so that `//Param` looks at nothing else. Making it costs about a third of parsing. It
//! borrows the document and can be shared between threads. Names are hashed with keys that are drawn anew in each
//! process, so that no document can be written to collide.

mod names;

use std::collections::HashMap;
use std::sync::OnceLock;

use roxmltree::{Document, Node, NodeId, NodeType};

use crate::ast::{Name, NodeTest};
use names::Names;

pub(crate) use names::hash;

/// A document, ready for expressions.
#[derive(Debug)]
pub struct Index<'a, 'input> {
    document: &'a Document<'input>,
    kinds: Vec<Kind>,
    parents: Vec<u32>,
    /// The node after the last descendant of each.
    ends: Vec<u32>,
    names: Names<'input>,
    ids: OnceLock<HashMap<&'a str, u32>>,
}

/// What a node of the tree is: one of the constants, or from `NAMED` up an element in no namespace by its name.
pub(crate) type Kind = u32;

const ROOT: Kind = 0;
const TEXT: Kind = 1;
const COMMENT: Kind = 2;
const INSTRUCTION: Kind = 3;
/// An element in a namespace.
const QUALIFIED: Kind = 4;
const NAMED: Kind = 5;

/// A node test, looked up for one document: the kinds that pass it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kinds {
    first: Kind,
    last: Kind,
}

impl Kinds {
    pub(crate) const TEXT: Self = Self { first: TEXT, last: TEXT };
    const NONE: Self = Self { first: 1, last: 0 };

    #[inline]
    pub(crate) fn contains(self, kind: Kind) -> bool {
        self.first <= kind && kind <= self.last
    }
}

/// The namespace that `xml` is bound to.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What a name is in; `xmlns=""` puts it in no namespace, not in one without a name.
pub(crate) fn namespace_of(uri: Option<&str>) -> Option<&str> {
    uri.filter(|uri| !uri.is_empty())
}

impl<'a, 'input> Index<'a, 'input> {
    /// Reads a document through once.
    #[must_use]
    pub fn new(document: &'a Document<'input>) -> Self {
        let nodes = document.descendants();
        let count = nodes.len();
        let mut index = Self {
            document,
            kinds: Vec::with_capacity(count),
            parents: Vec::with_capacity(count),
            ends: vec![0; count],
            names: Names::default(),
            ids: OnceLock::new(),
        };
        for node in nodes {
            index.parents.push(node.parent().map_or(0, |parent| parent.id().get()));
            index.kinds.push(match node.node_type() {
                NodeType::Root => ROOT,
                NodeType::Text => TEXT,
                NodeType::Comment => COMMENT,
                NodeType::PI => INSTRUCTION,
                NodeType::Element => {
                    let name = node.tag_name();
                    match namespace_of(name.namespace()) {
                        Some(_) => QUALIFIED,
                        None => NAMED + index.names.add(name.name(), node.id().get()),
                    }
                }
            });
        }
        index.names.sort();
        index.find_ends();
        index
    }

    fn find_ends(&mut self) {
        for (at, parent) in self.parents.iter().enumerate().rev() {
            let own = self.ends.get(at).copied().unwrap_or_default();
            let end = own.max(u32::try_from(at + 1).unwrap_or(u32::MAX));
            if let Some(slot) = self.ends.get_mut(at) {
                *slot = end;
            }
            if let Some(above) = self.ends.get_mut(*parent as usize) {
                *above = end.max(*above);
            }
        }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'a Document<'input> {
        self.document
    }

    /// How many nodes there are, without attributes and namespaces.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.kinds.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn node(&self, id: u32) -> Option<Node<'a, 'input>> {
        self.document.get_node(NodeId::new(id))
    }

    #[inline]
    pub(crate) fn kind(&self, id: u32) -> Kind {
        self.kinds.get(id as usize).copied().unwrap_or(ROOT)
    }

    /// Whether the node has attributes and namespaces.
    #[inline]
    pub(crate) fn is_element(&self, id: u32) -> bool {
        self.kind(id) >= QUALIFIED
    }

    /// The parent of any node but the root.
    #[inline]
    pub(crate) fn parent(&self, id: u32) -> Option<u32> {
        if id == 0 { None } else { self.parents.get(id as usize).copied() }
    }

    /// The node that follows all descendants of this one, or the count of nodes.
    #[inline]
    pub(crate) fn end(&self, id: u32) -> u32 {
        self.ends.get(id as usize).copied().unwrap_or(u32::MAX)
    }

    /// The kinds in a range of nodes.
    pub(crate) fn kinds(&self, from: u32, to: u32) -> &[Kind] {
        self.kinds.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The kinds of nodes that pass a test. Targets, and names with the prefix `xml`, are left to look at.
    #[inline]
    pub(crate) fn kinds_of(&self, test: &NodeTest) -> Kinds {
        match test {
            NodeTest::Any => Kinds { first: 0, last: Kind::MAX },
            NodeTest::AnyName => Kinds { first: QUALIFIED, last: Kind::MAX },
            NodeTest::Name(Name { hash, local }) => match self.names.find(*hash, local) {
                Some(name) => Kinds { first: NAMED + name, last: NAMED + name },
                None => Kinds::NONE,
            },
            NodeTest::AnyXml | NodeTest::Xml(_) => Kinds { first: QUALIFIED, last: QUALIFIED },
            NodeTest::Text => Kinds::TEXT,
            NodeTest::Comment => Kinds { first: COMMENT, last: COMMENT },
            NodeTest::Instruction(_) => Kinds { first: INSTRUCTION, last: INSTRUCTION },
        }
    }

    /// The elements of a name in no namespace, in document order, from one node up to another.
    pub(crate) fn named(&self, name: &Name, from: u32, to: u32) -> &[u32] {
        let Some(found) = self.names.find(name.hash, &name.local) else { return &[] };
        let all = self.names.elements(found);
        let start = all.partition_point(|id| *id < from);
        let end = if to == self.len() { all.len() } else { all.partition_point(|id| *id < to) };
        all.get(start..end).unwrap_or_default()
    }

    /// The element with this `xml:id`; the first, if there are several.
    pub(crate) fn element_by_id(&self, id: &str) -> Option<u32> {
        let ids = self.ids.get_or_init(|| {
            let mut ids = HashMap::new();
            for node in self.document.descendants() {
                if let Some(id) = node.attribute((XML, "id")) {
                    ids.entry(id).or_insert(node.id().get());
                }
            }
            ids
        });
        ids.get(id).copied()
    }
}
