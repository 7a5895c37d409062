//! Axes (§2.2) and node tests (§2.3): all nodes on an axis that pass a test, in the axis' order.
//!
//! A walk hands each node to a visitor, which can end it by saying that it has seen enough. It charges every node
//! that it looks at and uses no stack, however deep the document is.

use crate::ast::{Axis, NodeTest};
use crate::budget::{Budget, EvalError};
use crate::index::{Index, XML};
use crate::node::{Part, Place, namespace};

/// Takes a node, and says whether the walk can end.
pub(crate) type Visitor<'v> = &'v mut dyn FnMut(Place) -> Result<bool, EvalError>;

/// One walk from one node.
pub(crate) struct Walk<'w, 'a, 'input> {
    pub(crate) index: &'w Index<'a, 'input>,
    pub(crate) budget: &'w Budget,
    pub(crate) test: &'w NodeTest,
}

impl Walk<'_, '_, '_> {
    /// Visits all nodes on an axis that pass the test; whether a visitor ended it.
    pub(crate) fn along(&self, axis: Axis, from: Place, visit: Visitor<'_>) -> Result<bool, EvalError> {
        let id = from.id();
        let is_tree = from.part() == Part::Tree;
        let index = self.index;
        if let NodeTest::Name(name) = self.test {
            self.budget.work(name.work())?;
        }
        match axis {
            Axis::Attribute if is_tree => self.attributes(id, visit),
            Axis::Namespace if is_tree => self.namespaces(id, visit),
            Axis::Child if is_tree => self.siblings(id + 1, index.end(id), visit),
            Axis::Descendant if is_tree => self.descendants(id + 1, index.end(id), visit),
            Axis::DescendantOrSelf if is_tree => self.descendants(id, index.end(id), visit),
            Axis::Itself | Axis::DescendantOrSelf => self.itself(from, visit),
            Axis::Parent if is_tree => match index.parent(id) {
                Some(parent) => self.itself(Place::tree(parent), visit),
                None => Ok(false),
            },
            Axis::Parent => self.itself(Place::tree(id), visit),
            Axis::Ancestor if is_tree => self.ancestors(index.parent(id), visit),
            Axis::Ancestor => self.ancestors(Some(id), visit),
            Axis::AncestorOrSelf if is_tree => self.ancestors(Some(id), visit),
            Axis::AncestorOrSelf => Ok(self.itself(from, visit)? || self.ancestors(Some(id), visit)?),
            Axis::FollowingSibling if is_tree => match index.parent(id) {
                Some(parent) => self.siblings(index.end(id), index.end(parent), visit),
                None => Ok(false),
            },
            Axis::PrecedingSibling if is_tree => match index.parent(id) {
                Some(_) => self.preceding_siblings(id, visit),
                None => Ok(false),
            },
            // Of an attribute, as in libxml2, what follows its element: the recommendation would add its descendants.
            Axis::Following => self.descendants(index.end(id), index.len(), visit),
            Axis::Preceding => self.preceding(id, visit),
            Axis::Attribute
            | Axis::Namespace
            | Axis::Child
            | Axis::Descendant
            | Axis::FollowingSibling
            | Axis::PrecedingSibling => Ok(false),
        }
    }

    fn siblings(&self, from: u32, to: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        let kinds = self.index.kinds_of(self.test);
        let mut id = from;
        while id < to {
            self.budget.work(1)?;
            if kinds.contains(self.index.kind(id)) && self.is_exactly(id) && visit(Place::tree(id))? {
                return Ok(true);
            }
            id = self.index.end(id);
        }
        Ok(false)
    }

    fn preceding_siblings(&self, id: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        let kinds = self.index.kinds_of(self.test);
        let document = self.index.document();
        let mut sibling = document.get_node(roxmltree::NodeId::new(id)).and_then(|node| node.prev_sibling());
        while let Some(node) = sibling {
            self.budget.work(1)?;
            let id = node.id().get();
            if kinds.contains(self.index.kind(id)) && self.is_exactly(id) && visit(Place::tree(id))? {
                return Ok(true);
            }
            sibling = node.prev_sibling();
        }
        Ok(false)
    }

    /// All tree nodes from one up to another.
    fn descendants(&self, from: u32, to: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        if let NodeTest::Name(name) = self.test {
            for id in self.index.named(name, from, to) {
                self.budget.work(1)?;
                if visit(Place::tree(*id))? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let kinds = self.index.kinds_of(self.test);
        for (id, kind) in (from..to).zip(self.index.kinds(from, to)) {
            self.budget.work(1)?;
            if kinds.contains(*kind) && self.is_exactly(id) && visit(Place::tree(id))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ancestors(&self, from: Option<u32>, visit: Visitor<'_>) -> Result<bool, EvalError> {
        let mut above = from;
        while let Some(id) = above {
            if self.itself(Place::tree(id), visit)? {
                return Ok(true);
            }
            above = self.index.parent(id);
        }
        Ok(false)
    }

    /// Everything before a node but its ancestors, the nearest first.
    fn preceding(&self, id: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        let kinds = self.index.kinds_of(self.test);
        for before in (1..id).rev() {
            self.budget.work(1)?;
            let is_ancestor = self.index.end(before) > id;
            if !is_ancestor
                && kinds.contains(self.index.kind(before))
                && self.is_exactly(before)
                && visit(Place::tree(before))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn itself(&self, place: Place, visit: Visitor<'_>) -> Result<bool, EvalError> {
        self.budget.work(1)?;
        let passes = match place.part() {
            Part::Tree => {
                self.index.kinds_of(self.test).contains(self.index.kind(place.id()))
                    && self.is_exactly(place.id())
            }
            // Its name would pass only on its own axis (§2.3).
            Part::Attribute(_) | Part::Namespace(_) => matches!(self.test, NodeTest::Any),
        };
        if passes { visit(place) } else { Ok(false) }
    }

    fn attributes(&self, id: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        if !self.index.is_element(id) {
            return Ok(false);
        }
        let Some(element) = self.index.node(id) else { return Ok(false) };
        let work = if let NodeTest::Name(name) = self.test { name.work() } else { 1 };
        for (at, attribute) in (0..).zip(element.attributes()) {
            self.budget.work(work)?;
            let passes = match self.test {
                NodeTest::Name(name) => *attribute.name() == *name.local && attribute.namespace().is_none(),
                NodeTest::Any | NodeTest::AnyName => true,
                NodeTest::AnyXml => attribute.namespace() == Some(XML),
                NodeTest::Xml(local) => attribute.namespace() == Some(XML) && *attribute.name() == **local,
                NodeTest::Text | NodeTest::Comment | NodeTest::Instruction(_) => false,
            };
            if passes && visit(Place::attribute(id, at))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The namespaces in scope (§5.4). One that has no prefix and no name undoes a default, and is none.
    fn namespaces(&self, id: u32, visit: Visitor<'_>) -> Result<bool, EvalError> {
        if !self.index.is_element(id) {
            return Ok(false);
        }
        let Some(element) = self.index.node(id) else { return Ok(false) };
        for at in 0..=element.namespaces().len() {
            self.budget.work(1)?;
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let Some((prefix, uri)) = namespace(element, at) else { continue };
            if uri.is_empty() {
                continue;
            }
            let passes = match self.test {
                NodeTest::Name(name) => prefix == Some(&name.local),
                NodeTest::Any | NodeTest::AnyName => true,
                NodeTest::AnyXml
                | NodeTest::Xml(_)
                | NodeTest::Text
                | NodeTest::Comment
                | NodeTest::Instruction(_) => false,
            };
            if passes && visit(Place::namespace(id, at))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the kind of a node leaves open: the target of an instruction, and a name with the prefix `xml`.
    #[inline]
    fn is_exactly(&self, id: u32) -> bool {
        let of = |judge: &dyn Fn(roxmltree::Node<'_, '_>) -> bool| self.index.node(id).is_some_and(judge);
        match self.test {
            NodeTest::Instruction(Some(target)) => {
                of(&|node| node.pi().is_some_and(|pi| *pi.target == **target))
            }
            NodeTest::AnyXml => of(&|node| node.tag_name().namespace() == Some(XML)),
            NodeTest::Xml(local) => {
                of(&|node| node.tag_name().namespace() == Some(XML) && *node.tag_name().name() == **local)
            }
            NodeTest::Any
            | NodeTest::AnyName
            | NodeTest::Name(_)
            | NodeTest::Text
            | NodeTest::Comment
            | NodeTest::Instruction(None) => true,
        }
    }
}
