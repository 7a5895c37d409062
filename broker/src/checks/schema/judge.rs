//! One walk over a packet's tree, beside its definition.
//!
//! It goes into an element only if the definition has it there, so it is never deeper than the definition.

mod attributes;

use std::borrow::Cow;

use roxmltree::{Document, Node, NodeType};

use super::definition::VOEVENT;
use super::kind::{Child, Content, Kind, Order};
use super::lexical::Lexical;
use super::version::NAMESPACE_2_0;
use super::words::{listed, own_name, quoted};
use super::{Fault, Version};

/// The first `limit` faults, in the order in which they are met.
pub(super) fn faults(document: &Document<'_>, limit: usize) -> Vec<Fault> {
    let mut judge = Judge { text: document.input_text(), limit, faults: Vec::new() };
    let root = document.root_element();
    let namespace = root.tag_name().namespace();
    if namespace == Some(NAMESPACE_2_0) {
        judge.element(root, &VOEVENT);
    } else {
        judge.fault(root, other_version(namespace));
    }
    judge.faults
}

fn other_version(namespace: Option<&str>) -> String {
    match (namespace, namespace.and_then(Version::of_namespace)) {
        (_, Some(version)) => format!(
            "this is {version}, Philae validates VOEvent 2.0; write it as VOEvent 2.0, in the namespace '{NAMESPACE_2_0}'"
        ),
        (Some(namespace), None) => {
            format!(
                "the root element is in the namespace '{}', expected '{NAMESPACE_2_0}'",
                quoted(namespace)
            )
        }
        (None, None) => format!(
            "the root element is in no namespace, expected '{NAMESPACE_2_0}'; write <voe:VOEvent xmlns:voe=\"{NAMESPACE_2_0}\" ...>"
        ),
    }
}

struct Judge<'a> {
    text: &'a str,
    limit: usize,
    faults: Vec<Fault>,
}

impl Judge<'_> {
    fn element(&mut self, node: Node<'_, '_>, kind: &'static Kind) {
        self.attributes(node, kind);
        match kind.content {
            Content::Nothing => self.nothing(node),
            Content::Value(lexical) => self.value(node, lexical),
            Content::Elements(order, children) => self.children(node, order, children),
        }
    }

    fn nothing(&mut self, node: Node<'_, '_>) {
        let inside = node.children().find(|child| child.is_element() || child.is_text());
        if let Some(child) = inside {
            let what = if child.is_element() { "elements" } else { "text, not even white space" };
            self.fault(node, format!("element '{}' holds no {what}; write <{0} .../>", own_name(node)));
        }
    }

    fn value(&mut self, node: Node<'_, '_>, lexical: Lexical) {
        let mut text: Cow<'_, str> = Cow::Borrowed("");
        for child in node.children() {
            match child.node_type() {
                NodeType::Element => {
                    let (outer, inner) = (own_name(node), own_name(child));
                    return self.fault(
                        child,
                        format!("element '{outer}' holds text and no elements such as '{inner}'"),
                    );
                }
                NodeType::Text if lexical == Lexical::Text => {}
                NodeType::Text if text.is_empty() => text = Cow::Borrowed(child.text().unwrap_or_default()),
                NodeType::Text => text.to_mut().push_str(child.text().unwrap_or_default()),
                NodeType::Comment | NodeType::PI | NodeType::Root => {}
            }
        }
        if !lexical.takes(&text) {
            let what = format!("element '{}' is '{}', expected {lexical}", own_name(node), quoted(&text));
            self.fault(node, what);
        }
    }

    fn children(&mut self, node: Node<'_, '_>, order: Order, known: &'static [Child]) {
        let (mut found, mut furthest): (u32, usize) = (0, 0);
        for child in node.children() {
            if self.is_full() {
                return;
            }
            match child.node_type() {
                NodeType::Comment | NodeType::PI | NodeType::Root => continue,
                NodeType::Text => {
                    self.white_space(node, child);
                    continue;
                }
                NodeType::Element => {}
            }
            let name = child.tag_name();
            let place = match name.namespace() {
                None => place(known, |known| known.name == name.name()),
                Some(_) => None,
            };
            let Some((number, known)) = place else {
                self.unexpected(node, child, known);
                continue;
            };
            let is_second = found & (1 << number) != 0
                && match order {
                    Order::All => true,
                    Order::Sequence => number > 0,
                    Order::Any | Order::Some => false,
                };
            if is_second {
                self.fault(
                    child,
                    format!(
                        "a second '{}' stands in '{}', which has one at most",
                        known.name,
                        own_name(node)
                    ),
                );
            } else if order == Order::Sequence && number < furthest {
                let what = format!(
                    "element '{}' stands behind what must follow it in '{}'",
                    known.name,
                    own_name(node)
                );
                self.fault(child, what);
            }
            found |= 1 << number;
            furthest = furthest.max(number);
            self.element(child, known.kind);
        }
        if order == Order::Some && found == 0 {
            let has = listed("it needs at least one of", known.iter().map(|known| known.name));
            self.fault(node, format!("element '{}' holds none of its elements{has}", own_name(node)));
        }
        let is_missing = |(number, known): &(usize, &Child)| known.is_needed && found & (1 << number) == 0;
        for (_, missing) in known.iter().enumerate().filter(is_missing) {
            self.fault(
                node,
                format!("element '{}' lacks '{}', which it must hold", own_name(node), missing.name),
            );
        }
    }

    fn white_space(&mut self, node: Node<'_, '_>, text: Node<'_, '_>) {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        let found = text.text().unwrap_or_default().trim_start_matches(is_space);
        if !found.is_empty() {
            let written = self.text.get(text.range()).unwrap_or_default();
            let at = text.range().start + (written.len() - written.trim_start_matches(is_space).len());
            let what = format!(
                "text '{}' stands in '{}', which holds elements only",
                quoted(found.trim_end()),
                own_name(node)
            );
            self.fault_at(at, node, what);
        }
    }

    fn unexpected(&mut self, node: Node<'_, '_>, child: Node<'_, '_>, known: &'static [Child]) {
        let (outer, inner) = (own_name(node), own_name(child));
        let what = match child.tag_name().namespace() {
            Some(namespace) if known.iter().any(|known| known.name == child.tag_name().name()) => format!(
                "element '{inner}' is in the namespace '{}', expected none: in VOEvent 2.0 the root alone has one, by a prefix",
                quoted(namespace)
            ),
            Some(_) | None => {
                let has = listed("it may hold", known.iter().map(|known| known.name));
                format!("element '{outer}' has no '{inner}'{has}")
            }
        };
        self.fault(child, what);
    }

    fn fault(&mut self, node: Node<'_, '_>, what: String) {
        self.fault_at(node.range().start, node, what);
    }

    fn fault_at(&mut self, at: usize, node: Node<'_, '_>, what: String) {
        if !self.is_full() {
            let before = self.text.as_bytes().get(..at).unwrap_or_default();
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            self.faults.push(Fault { line, element: own_name(node).into_owned(), what });
        }
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= self.limit
    }
}

/// What of a list has a property, with its number.
fn place<T>(list: &'static [T], is: impl Fn(&T) -> bool) -> Option<(usize, &'static T)> {
    list.iter().enumerate().find(|(_, one)| is(one))
}
