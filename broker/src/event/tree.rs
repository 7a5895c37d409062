//! The tree behind a view: a packet's text, what it parses to, and the index that XPath wants, in one value.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use bounded_xpath::Index;
use bytes::Bytes;
use roxmltree::{Document, ParsingOptions};
use self_cell::self_cell;

/// Most nodes; what admission lets in has no more.
const MAX_NODES: u32 = 50_000;

/// A packet's text: its bytes, or what they say in another encoding.
pub(super) enum Text {
    Raw(Bytes),
    Decoded(String),
}

self_cell!(
    pub(super) struct Tree {
        owner: Text,
        #[covariant]
        dependent: Document,
    }
);

/// The index, made when the first expression asks for it.
type IndexOf<'a> = OnceLock<Index<'a, 'a>>;

self_cell!(
    pub(super) struct Indexed {
        owner: Tree,
        #[not_covariant]
        dependent: IndexOf,
    }
);

impl fmt::Debug for Indexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Indexed")
    }
}

impl Indexed {
    /// Hands out the index.
    pub(super) fn with_index<T>(&self, ask: impl FnOnce(&Index<'_, '_>) -> T) -> T {
        self.with_dependent(|tree, index| ask(index.get_or_init(|| Index::new(tree.borrow_dependent()))))
    }
}

/// Reads a packet.
pub(super) fn read(raw: &Bytes) -> Result<Indexed, String> {
    let text = match vtp::encoding::text(raw).map_err(|error| error.to_string())? {
        Cow::Borrowed(text) => Text::Raw(raw.slice_ref(text.as_bytes())),
        Cow::Owned(text) => Text::Decoded(text),
    };
    let tree = Tree::try_new(text, Text::parse)?;
    Ok(Indexed::new(tree, |_| OnceLock::new()))
}

impl Text {
    fn parse(&self) -> Result<Document<'_>, String> {
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let text = match self {
            Self::Raw(raw) => std::str::from_utf8(raw).map_err(|error| error.to_string())?,
            Self::Decoded(text) => text,
        };
        Document::parse_with_options(text, options).map_err(|error| format!("{error} (line:column)"))
    }
}
