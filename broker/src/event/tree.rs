//! The tree behind a view: a packet's text, what it parses to, and the index that XPath wants, in one value.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use bounded_xpath::Index;
use bytes::Bytes;
use roxmltree::Document;
use self_cell::self_cell;

use crate::checks;

/// A packet as a tree, with the index that expressions want.
#[derive(Debug)]
pub(crate) struct Tree(Indexed);

/// A packet's text: its bytes, or what they say in another encoding.
enum Text {
    Raw(Bytes),
    Decoded(String),
}

self_cell!(
    struct Parsed {
        owner: Text,
        #[covariant]
        dependent: Document,
    }
);

/// The index, made when the first expression asks for it.
type IndexOf<'a> = OnceLock<Index<'a, 'a>>;

self_cell!(
    struct Indexed {
        owner: Parsed,
        #[not_covariant]
        dependent: IndexOf,
    }
);

impl fmt::Debug for Indexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Indexed")
    }
}

impl Tree {
    /// Reads a packet in any of the encodings that `vtp` reads.
    ///
    /// # Errors
    /// Why it is no text or no well-formed XML.
    pub(crate) fn read(raw: &Bytes) -> Result<Self, String> {
        let text = match vtp::encoding::text(raw).map_err(|error| error.to_string())? {
            Cow::Borrowed(text) => Text::Raw(raw.slice_ref(text.as_bytes())),
            Cow::Owned(text) => Text::Decoded(text),
        };
        let tree = Parsed::try_new(text, Text::parse)?;
        Ok(Self(Indexed::new(tree, |_| OnceLock::new())))
    }

    /// The document.
    pub(crate) fn document(&self) -> &Document<'_> {
        self.0.borrow_owner().borrow_dependent()
    }

    /// Hands out the index.
    pub(crate) fn with_index<T>(&self, ask: impl FnOnce(&Index<'_, '_>) -> T) -> T {
        self.0.with_dependent(|tree, index| ask(index.get_or_init(|| Index::new(tree.borrow_dependent()))))
    }
}

impl Text {
    fn parse(&self) -> Result<Document<'_>, String> {
        let text = match self {
            Self::Raw(raw) => std::str::from_utf8(raw).map_err(|error| error.to_string())?,
            Self::Decoded(text) => text,
        };
        checks::tree(text).map_err(|error| format!("{error} (line:column)"))
    }
}
