//! The string-values of nodes (§5), and what is computed from them without keeping them.

use std::borrow::Cow;

use roxmltree::NodeType;

use super::{Evaluator, Expr, Focus, Result, number};
use crate::ast::{Axis, NodeTest, Start, Step};
use crate::index::Kinds;
use crate::node::{Part, Place, namespace};

impl<'e> Evaluator<'e, '_, '_> {
    /// The string-value of a node. It is borrowed from the document, but for elements with several texts.
    pub(super) fn value(&self, place: Place) -> Result<Cow<'e, str>> {
        if let Some(text) = self.simple_value(place)? {
            return Ok(Cow::Borrowed(text));
        }
        let mut texts = self.texts(place.id())?;
        let Some(first) = texts.next() else { return Ok(Cow::Borrowed("")) };
        let Some(second) = texts.next() else { return Ok(Cow::Borrowed(first)) };
        let mut value = first.to_owned() + second;
        self.budget.room_for_string(value.len())?;
        for text in texts {
            self.budget.room_for_string(value.len() + text.len())?;
            value.push_str(text);
        }
        Ok(Cow::Owned(value))
    }

    /// Whether the string-value of a node is this text.
    pub(super) fn is_value(&self, place: Place, expected: &str) -> Result<bool> {
        self.budget.text(expected.len())?;
        if let Some(text) = self.simple_value(place)? {
            return Ok(text == expected);
        }
        let mut rest = expected;
        for text in self.texts(place.id())? {
            self.budget.work(1)?;
            match rest.strip_prefix(text) {
                Some(behind) => rest = behind,
                None => return Ok(false),
            }
        }
        Ok(rest.is_empty())
    }

    /// What `number()` makes of a node.
    pub(super) fn number_of(&self, place: Place) -> Result<f64> {
        let text = self.value(place)?;
        self.parse(&text)
    }

    /// The number that a text spells. Its digits cost more than its letters would.
    pub(super) fn parse(&self, text: &str) -> Result<f64> {
        self.budget.text(text.len() * 4)?;
        Ok(number::parse(text))
    }

    /// The value of `@name` at a node, without a walk: most of what filters ask is asked of attributes. Nothing if the
    /// expression is something else; nothing inside of that if there is no such attribute.
    #[inline]
    pub(super) fn attribute(&self, expr: &'e Expr, focus: Focus) -> Result<Option<Option<&'e str>>> {
        let Expr::Path(path) = expr else { return Ok(None) };
        let (Start::Context, [Step { axis: Axis::Attribute, test: NodeTest::Name(name), predicates }]) =
            (&path.start, &*path.steps)
        else {
            return Ok(None);
        };
        if !predicates.is_empty() || focus.place.part() != Part::Tree {
            return Ok(None);
        }
        self.budget.work(2)?;
        let Some(element) = self.index.node(focus.place.id()) else { return Ok(Some(None)) };
        let work = name.work();
        for attribute in element.attributes() {
            self.budget.work(work)?;
            if *attribute.name() == *name.local && attribute.namespace().is_none() {
                return Ok(Some(Some(attribute.value())));
            }
        }
        Ok(Some(None))
    }

    /// `sum()` (§4.4).
    pub(super) fn sum(&self, expr: &'e Expr, focus: Focus) -> Result<f64> {
        let mut sum = 0.0;
        for place in self.nodes(expr, focus)? {
            sum += self.number_of(place)?;
        }
        Ok(sum)
    }

    /// The string-value of whatever is neither an element nor the root.
    fn simple_value(&self, place: Place) -> Result<Option<&'e str>> {
        self.budget.work(1)?;
        let Some(node) = self.index.node(place.id()) else { return Ok(Some("")) };
        let value = match place.part() {
            Part::Attribute(at) => node.attributes().nth(at as usize).map(|attribute| attribute.value()),
            Part::Namespace(at) => namespace(node, at).map(|(_, uri)| uri),
            Part::Tree => match node.node_type() {
                NodeType::Root | NodeType::Element => return Ok(None),
                NodeType::PI => node.pi().and_then(|pi| pi.value),
                NodeType::Comment | NodeType::Text => node.text(),
            },
        };
        Ok(Some(value.unwrap_or_default()))
    }

    /// The texts in an element or the root, in document order.
    fn texts(&self, id: u32) -> Result<impl Iterator<Item = &'e str>> {
        let index = self.index;
        let (from, to) = (id + 1, index.end(id));
        self.budget.text((to - from) as usize)?;
        let kinds = index.kinds(from, to);
        let texts = (from..to).zip(kinds).filter(|(_, kind)| Kinds::TEXT.contains(**kind));
        Ok(texts.filter_map(move |(id, _)| index.node(id)?.text()))
    }
}
