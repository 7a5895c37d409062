//! Packets: one VOEvent as the bytes in which it came.
//!
//! A [`Packet`] keeps its bytes untouched, because they are what subscribers get, and offers a view of its header:
//! identifier, role, version, namespace, and the range of bytes that make its identity. It promises that the root is a
//! VOEvent element with an identifier and, of a well-formed document, that the range is right. It does not judge whether
//! the document is well formed or valid: that is admission, which also compares the range with its own parser's.

use std::ops::Range;

use bytes::Bytes;

use crate::digest::Digest;
use crate::xml::{self, XmlError};

/// Longest identifier, in bytes: every receipt repeats it, and a receipt longer than
/// [`TRANSPORT_LIMIT_BYTES`](crate::session::TRANSPORT_LIMIT_BYTES) costs its sender the connection. Real ones have
/// less than a hundred.
pub const MAX_IVORN_BYTES: usize = 4096;

/// Why a payload is no packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// It has no bytes.
    #[error("the message is empty")]
    Empty,
    /// It is written in UTF-16 or UTF-32.
    #[error("the message is not in UTF-8")]
    Encoding,
    /// Its envelope cannot be read.
    #[error("not well-formed XML: {0}")]
    Xml(#[from] XmlError),
    /// It is about something else.
    #[error("the root element is '{root}', not 'VOEvent'")]
    NotVoevent {
        /// The local name of what was found.
        root: String,
    },
    /// Nothing names it.
    #[error("the VOEvent element has no 'ivorn' attribute")]
    NoIvorn,
    /// Its name is longer than any receipt could carry.
    #[error("the 'ivorn' attribute has {bytes} bytes, the limit is {MAX_IVORN_BYTES}")]
    LongIvorn {
        /// How long it is.
        bytes: usize,
    },
}

/// One VOEvent, as it came.
#[derive(Debug, Clone)]
pub struct Packet {
    raw: Bytes,
    element: Range<usize>,
    ivorn: String,
    role: Option<String>,
    version: Option<String>,
    namespace: Option<String>,
}

impl Packet {
    /// Reads the header of a packet, in linear time.
    ///
    /// # Errors
    /// A [`PacketError`] that says what is wrong and where.
    pub fn parse(raw: Bytes) -> Result<Self, PacketError> {
        if raw.is_empty() {
            return Err(PacketError::Empty);
        }
        if matches!(raw.get(..2), Some([0xfe, 0xff] | [0xff, 0xfe] | [0, _] | [_, 0])) {
            return Err(PacketError::Encoding);
        }
        let (root, walk) = xml::open(&raw)?;
        if root.local_name() != "VOEvent" {
            return Err(PacketError::NotVoevent { root: xml::excerpt(root.local_name()) });
        }
        walk.check_root(&root)?;
        let ivorn = root.attribute("ivorn");
        let (role, version) = (root.attribute("role"), root.attribute("version"));
        let (namespace, start) = (root.namespace(), root.at);
        let end = walk.finish_by_sight(&root);
        let element = start..end.map_or_else(|| walk.finish(), Ok)?;
        let ivorn = ivorn.ok_or(PacketError::NoIvorn)?;
        if ivorn.len() > MAX_IVORN_BYTES {
            return Err(PacketError::LongIvorn { bytes: ivorn.len() });
        }
        Ok(Self { raw, element, ivorn, role, version, namespace })
    }

    /// All bytes of the message, as they came.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Where the VOEvent element stands in [`raw`](Self::raw), from its `<` to after its last `>`.
    #[must_use]
    pub fn element(&self) -> Range<usize> {
        self.element.clone()
    }

    /// What makes two packets the same: the digest of the VOEvent element's bytes (VTP 2.0 § De-duplication).
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.raw.get(self.element()).unwrap_or_default())
    }

    /// The identifier, unchecked: parse it as an [`Ivoid`](crate::Ivoid) before relying on its form.
    #[must_use]
    pub fn ivorn(&self) -> &str {
        &self.ivorn
    }

    /// The role; a packet without one is an observation (VOEvent 2.0 § 2.2).
    #[must_use]
    pub fn role(&self) -> &str {
        self.role.as_deref().unwrap_or("observation")
    }

    /// The version that the packet claims.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The namespace of the VOEvent element.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Packet, PacketError> {
        Packet::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn declaration_and_comments_are_no_part_of_the_identity() {
        let element = "<v:VOEvent xmlns:v='http://n' ivorn='ivo://a.b/c#d' version='2.0'><Who/></v:VOEvent>";
        let bare = parse(element).unwrap();
        let dressed = parse(&format!("<?xml version='1.0'?>\n<!-- a -->{element}<!-- signed -->\n")).unwrap();
        assert_eq!(bare.digest(), dressed.digest());
        assert_ne!(bare.digest(), parse(&element.replace("<Who/>", "<Who />")).unwrap().digest());
        assert_eq!(dressed.role(), "observation");
        assert_eq!(dressed.ivorn(), "ivo://a.b/c#d");
        assert_eq!(dressed.namespace(), Some("http://n"));
    }

    #[test]
    fn what_is_no_packet_is_named() {
        assert_eq!(parse("").unwrap_err(), PacketError::Empty);
        assert_eq!(parse("<VOEvent/>").unwrap_err(), PacketError::NoIvorn);
        assert_eq!(
            parse("<Transport/>").unwrap_err().to_string(),
            "the root element is 'Transport', not 'VOEvent'"
        );
        assert_eq!(
            parse("<VOEvent\n ivorn='&b;'/>").unwrap_err().to_string(),
            "not well-formed XML: line 2: at 1..2: unrecognized entity `b`"
        );
        let utf16: Vec<u8> = "<VOEvent/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(Packet::parse(utf16.into()).unwrap_err(), PacketError::Encoding);
    }
}
