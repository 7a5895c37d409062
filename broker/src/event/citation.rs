//! Citations: how an event relates to earlier ones (VOEvent 2.0 §3.7).

use roxmltree::Node;

use super::{children, text};

/// What an event does to one that it cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It adds to it.
    Followup,
    /// It takes its place.
    Supersedes,
    /// It takes it back.
    Retraction,
    /// The author did not say, or said something else.
    Other,
}

/// An event that is cited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Citation<'a> {
    /// Its identifier, as it was written.
    pub ivoid: &'a str,
    /// What is done to it.
    pub relation: Relation,
}

/// All citations that name an event, in document order.
pub(super) fn all<'a>(root: Node<'a, '_>) -> Vec<Citation<'a>> {
    children(root, "Citations")
        .flat_map(|citations| children(citations, "EventIVORN"))
        .map(|node| Citation { ivoid: text(node), relation: relation(node) })
        .filter(|citation| !citation.ivoid.is_empty())
        .collect()
}

fn relation(node: Node<'_, '_>) -> Relation {
    match node.attribute("cite").unwrap_or_default().trim() {
        "followup" => Relation::Followup,
        "supersedes" => Relation::Supersedes,
        "retraction" => Relation::Retraction,
        _ => Relation::Other,
    }
}
