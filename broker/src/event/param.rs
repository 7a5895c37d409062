//! Parameters: what What says (VOEvent 2.0 §3.3).
//!
//! A value stands in the attribute `value` or in a Value element; if both are there the attribute holds, which is
//! where the standard wants simple values.

use std::borrow::Cow;

use roxmltree::Node;

use super::child;

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name of the Group it stands in, if it stands in one; empty if that has none.
    pub group: Option<&'a str>,
    /// Its name; empty if it has none.
    pub name: &'a str,
    /// Its value as text.
    pub value: Cow<'a, str>,
    /// Its unit.
    pub unit: Option<&'a str>,
    /// Its Unified Content Descriptor.
    pub ucd: Option<&'a str>,
    /// `string`, `float` or `int`, or whatever the author wrote there.
    pub data_type: Option<&'a str>,
}

/// All parameters, in document order.
pub(super) fn all<'a>(root: Node<'a, '_>) -> impl Iterator<Item = Param<'a>> {
    child(root, "What")
        .into_iter()
        .flat_map(|what| what.descendants())
        .filter(|node| node.tag_name().name() == "Param")
        .map(read)
}

fn read<'a>(node: Node<'a, '_>) -> Param<'a> {
    let group = node.ancestors().skip(1).find(|above| matches!(above.tag_name().name(), "Group" | "What"));
    Param {
        group: group
            .filter(|group| group.tag_name().name() == "Group")
            .map(|group| group.attribute("name").unwrap_or_default()),
        name: node.attribute("name").unwrap_or_default(),
        value: value(node),
        unit: node.attribute("unit"),
        ucd: node.attribute("ucd"),
        // GECAM writes it in lower case.
        data_type: node.attribute("dataType").or_else(|| node.attribute("datatype")),
    }
}

fn value<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    if let Some(value) = node.attribute("value") {
        return Cow::Borrowed(value);
    }
    let Some(element) = child(node, "Value") else { return Cow::Borrowed("") };
    let mut texts = element.children().filter(Node::is_text).filter_map(|text| text.text());
    let first = texts.next().unwrap_or_default();
    texts.fold(Cow::Borrowed(first), |mut all, text| {
        all.to_mut().push_str(text);
        all
    })
}
