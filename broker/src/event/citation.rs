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

impl Relation {
    /// The words that an author has for them.
    pub const NAMES: [&str; 3] = ["followup", "supersedes", "retraction"];

    /// The relation of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "followup" => Self::Followup,
            "supersedes" => Self::Supersedes,
            "retraction" => Self::Retraction,
            _ => Self::Other,
        }
    }

    /// Its name, if it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        let [followup, supersedes, retraction] = Self::NAMES;
        match self {
            Self::Followup => Some(followup),
            Self::Supersedes => Some(supersedes),
            Self::Retraction => Some(retraction),
            Self::Other => None,
        }
    }
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
    Relation::named(node.attribute("cite").unwrap_or_default().trim())
}
