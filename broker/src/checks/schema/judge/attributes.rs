//! The attributes of one element, beside those that its kind has.

use roxmltree::Node;

use super::{Judge, place};
use crate::checks::schema::kind::{Content, Kind};
use crate::checks::schema::version::NAMESPACE_2_0;
use crate::checks::schema::words::{listed, own_name, quoted};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

impl Judge<'_> {
    /// Each must be known and have a value of its kind, and those that are needed must be there.
    pub(super) fn attributes(&mut self, node: Node<'_, '_>, kind: &'static Kind) {
        let mut found: u32 = 0;
        for attribute in node.attributes() {
            let at = attribute.range().start;
            let known = match attribute.namespace() {
                None => place(kind.attributes, |known| known.name == attribute.name()),
                Some(XSI) => {
                    self.instance_attribute(node, attribute.name(), attribute.value(), kind, at);
                    continue;
                }
                Some(_) => None,
            };
            let Some((number, known)) = known else {
                let has = listed("it may have", kind.attributes.iter().map(|known| known.name));
                let name = quoted(attribute.name());
                self.fault_at(
                    at,
                    node,
                    format!("element '{}' has no attribute '{name}'{has}", own_name(node)),
                );
                continue;
            };
            found |= 1 << number;
            if !known.value.takes(attribute.value()) {
                let (name, value) = (known.name, quoted(attribute.value()));
                let what = format!(
                    "attribute '{name}' of '{}' is '{value}', expected {}",
                    own_name(node),
                    known.value
                );
                self.fault_at(at, node, what);
            }
        }
        for (number, known) in kind.attributes.iter().enumerate().filter(|(_, known)| known.is_needed) {
            if found & (1 << number) == 0 {
                self.fault(
                    node,
                    format!("element '{}' lacks the attribute '{}'", own_name(node), known.name),
                );
            }
        }
    }

    /// The attributes that XML Schema lets stand on every element (part 1 § 2.6).
    fn instance_attribute(
        &mut self,
        node: Node<'_, '_>,
        name: &str,
        value: &str,
        kind: &'static Kind,
        at: usize,
    ) {
        match name {
            "schemaLocation" | "noNamespaceSchemaLocation" => {}
            "type" if is_type(node, value, kind) => {}
            "type" => {
                let what = format!(
                    "'xsi:type' of '{}' names another type than its own; leave it out",
                    own_name(node)
                );
                self.fault_at(at, node, what);
            }
            _ => {
                let what = format!("element '{}' has no attribute 'xsi:{}'", own_name(node), quoted(name));
                self.fault_at(at, node, what);
            }
        }
    }
}

/// Whether the value of an `xsi:type` is the name of the element's own type.
fn is_type(node: Node<'_, '_>, value: &str, kind: &'static Kind) -> bool {
    let value = value.trim_matches([' ', '\t', '\n', '\r']);
    let (prefix, name) = value.split_once(':').map_or((None, value), |(prefix, name)| (Some(prefix), name));
    let expected = match kind.content {
        Content::Value(_) if kind.attributes.is_empty() => XSD,
        Content::Value(_) | Content::Nothing | Content::Elements(..) => NAMESPACE_2_0,
    };
    !kind.name.is_empty() && name == kind.name && node.lookup_namespace_uri(prefix) == Some(expected)
}
