//! Names (§4.1), languages (§4.3) and identifiers (§4.1).

use std::borrow::Cow;

use roxmltree::Node;

use super::{Evaluator, Expr, Focus, Result, Type};
use crate::axes::Visitor;
use crate::functions::Function;
use crate::index::{XML, namespace_of};
use crate::node::{Part, Place, namespace};
use crate::number::is_space;

impl<'e> Evaluator<'e, '_, '_> {
    /// `local-name()`, `namespace-uri()` or `name()` of a node, or of none.
    pub(super) fn name_call(&self, function: Function, place: Option<Place>) -> Result<Cow<'e, str>> {
        self.budget.work(2)?;
        let Some((place, node)) = place.and_then(|place| Some((place, self.index.node(place.id())?))) else {
            return Ok(Cow::Borrowed(""));
        };
        let (uri, local, written) = match place.part() {
            Part::Namespace(at) => {
                let prefix = namespace(node, at).and_then(|(prefix, _)| prefix).unwrap_or_default();
                (None, prefix, None)
            }
            Part::Attribute(at) => match node.attributes().nth(at as usize) {
                Some(attribute) => (attribute.namespace(), attribute.name(), Some(attribute.range_qname())),
                None => (None, "", None),
            },
            Part::Tree if node.is_element() => {
                let start = node.range().start + 1;
                (node.tag_name().namespace(), node.tag_name().name(), Some(start..node.range().end))
            }
            Part::Tree => (None, node.pi().map_or("", |pi| pi.target), None),
        };
        match (function, namespace_of(uri), written) {
            (Function::NamespaceUri, uri, _) => Ok(Cow::Borrowed(uri.unwrap_or_default())),
            (Function::Name, Some(uri), Some(written)) => {
                let written = self.index.document().input_text().get(written).unwrap_or_default();
                self.qualified(node, uri, local, written)
            }
            _ => Ok(Cow::Borrowed(local)),
        }
    }

    /// The name with the prefix that it was written with. Where the text of the document does not show it, because
    /// the node comes from an entity, it is one that is bound to the same namespace.
    fn qualified(
        &self,
        node: Node<'e, 'e>,
        uri: &str,
        local: &'e str,
        written: &'e str,
    ) -> Result<Cow<'e, str>> {
        let end = written.find(|c| is_space(c) || matches!(c, '>' | '/' | '=')).unwrap_or(written.len());
        let written = written.get(..end).unwrap_or_default();
        self.budget.text(written.len() * 2)?;
        let behind_prefix = written.split_once(':').map_or(written, |(_, rest)| rest);
        if behind_prefix == local {
            return Ok(Cow::Borrowed(written));
        }
        Ok(match node.lookup_prefix(uri) {
            Some(prefix) => Cow::Owned(format!("{prefix}:{local}")),
            None => Cow::Borrowed(local),
        })
    }

    /// `lang()`: whether the nearest `xml:lang` is this language or a kind of it, whatever the case of letters.
    pub(super) fn lang(&self, language: &str, place: Place) -> Result<bool> {
        let mut at = match place.part() {
            Part::Namespace(_) => None, // As in libxml2, a namespace has no language.
            Part::Tree | Part::Attribute(_) => Some(place.id()),
        };
        while let Some(id) = at {
            let node = self.index.node(id);
            self.budget.work(1 + node.map_or(0, |node| node.attributes().len() as u64))?;
            if let Some(declared) = node.and_then(|node| node.attribute((XML, "lang"))) {
                self.budget.text(language.len())?;
                let (start, rest) = declared.as_bytes().split_at_checked(language.len()).unwrap_or_default();
                let is_kind = matches!(rest.first(), None | Some(b'-'));
                return Ok(is_kind && start.eq_ignore_ascii_case(language.as_bytes()));
            }
            at = self.index.parent(id);
        }
        Ok(false)
    }

    /// `id()`: elements by their `xml:id`, which is the only attribute that is an identifier without a DTD.
    pub(super) fn any_by_id(&self, argument: &'e Expr, focus: Focus, visit: Visitor<'_>) -> Result<bool> {
        if !self.has_paid_for_ids.replace(true) {
            self.budget.work(u64::from(self.index.len()))?;
        }
        if argument.ty() != Type::Nodes {
            return self.any_in_list(&self.string(argument, focus)?, visit);
        }
        self.any(argument, focus, &mut |place| self.any_in_list(&self.value(place)?, visit))
    }

    fn any_in_list(&self, list: &str, visit: Visitor<'_>) -> Result<bool> {
        self.budget.text(list.len())?;
        for id in list.split(is_space).filter(|id| !id.is_empty()) {
            self.budget.work(3)?;
            if let Some(element) = self.index.element_by_id(id)
                && visit(Place::tree(element))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
