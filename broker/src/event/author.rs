//! Authors: who says it (VOEvent 2.0 §3.2).

use roxmltree::Node;

use super::{child, text};

/// The author's identifier, or else its short name, title or contact; nothing if none is there.
pub(super) fn of<'a>(root: Node<'a, '_>) -> Option<&'a str> {
    let who = child(root, "Who")?;
    let identifier = child(who, "AuthorIVORN").map(text).filter(|text| !text.is_empty());
    identifier.or_else(|| {
        let author = child(who, "Author")?;
        let named = ["shortName", "title", "contactName"].into_iter();
        named.filter_map(|name| child(author, name)).map(text).find(|text| !text.is_empty())
    })
}
