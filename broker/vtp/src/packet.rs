//! Packets: one VOEvent as the bytes in which it came.
//!
//! A [`Packet`] keeps its bytes untouched, because they are what subscribers get, and offers its text and a view of its
//! header: identifier, role, version, namespace, and the range of bytes that make its identity. It promises that the root is a
//! VOEvent element with an identifier and, of a well-formed document, that the range is right. It does not judge whether
//! the document is well formed or valid: that is admission, which also compares the range with its own parser's.

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;

use crate::digest::Digest;
use crate::encoding::{self, Encoding};
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
    bytes: Written,
    /// In the text.
    element: Range<usize>,
    ivorn: String,
    role: Option<String>,
    version: Option<String>,
    namespace: Option<String>,
}

/// The bytes of a packet and what they say.
#[derive(Debug, Clone)]
enum Written {
    /// In UTF-8, behind a byte-order mark of so many bytes.
    Utf8 { whole: ByteString, mark_bytes: usize },
    /// In another encoding.
    Otherwise { raw: Bytes, text: String, encoding: Encoding },
}

impl Written {
    fn read(raw: Bytes) -> Result<Self, XmlError> {
        // The clone is of a pointer; a failed conversion would keep the bytes.
        if !encoding::is_utf16_or_32(&raw)
            && let Ok(whole) = ByteString::try_from(raw.clone())
        {
            let mark_bytes = if raw.starts_with(encoding::UTF8_MARK) { encoding::UTF8_MARK.len() } else { 0 };
            return Ok(Self::Utf8 { whole, mark_bytes });
        }
        let (text, encoding) = encoding::transcode(&raw)?;
        Ok(Self::Otherwise { raw, text, encoding })
    }

    fn text(&self) -> &str {
        match self {
            Self::Utf8 { whole, mark_bytes } => whole.get(*mark_bytes..).unwrap_or_default(),
            Self::Otherwise { text, .. } => text,
        }
    }
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
        let bytes = Written::read(raw)?;
        let (root, walk) = xml::open(bytes.text())?;
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
        Ok(Self { bytes, element, ivorn, role, version, namespace })
    }

    /// All bytes of the message, as they came.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        match &self.bytes {
            Written::Utf8 { whole, .. } => whole.as_bytes(),
            Written::Otherwise { raw, .. } => raw,
        }
    }

    /// What the bytes say, without a byte-order mark. It costs nothing to ask.
    #[must_use]
    pub fn text(&self) -> &str {
        self.bytes.text()
    }

    /// How the bytes say it.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        match &self.bytes {
            Written::Utf8 { .. } => Encoding::Utf8,
            Written::Otherwise { encoding, .. } => *encoding,
        }
    }

    /// Where the VOEvent element stands in [`text`](Self::text), from its `<` to after its last `>`.
    #[must_use]
    pub fn element_in_text(&self) -> Range<usize> {
        self.element.clone()
    }

    /// Where the VOEvent element stands in [`raw`](Self::raw), from its `<` to after its last `>`.
    #[must_use]
    pub fn element(&self) -> Range<usize> {
        let Range { start, end } = self.element;
        match &self.bytes {
            Written::Utf8 { mark_bytes, .. } => start + mark_bytes..end + mark_bytes,
            Written::Otherwise { raw, text, encoding } => {
                let size = |range| encoding.size_of(text.get(range).unwrap_or_default());
                let mark_bytes = raw.len() - size(0..text.len());
                let start_raw = mark_bytes + size(0..start);
                start_raw..start_raw + size(start..end)
            }
        }
    }

    /// What makes two packets the same: the digest of the VOEvent element's bytes (VTP 2.0 § De-duplication), as they
    /// came, so that one text in two encodings is two packets.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.raw().get(self.element()).unwrap_or_default())
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
        let error = Packet::parse(Bytes::from_static(b"<VOEvent ivorn='\xff'/>")).unwrap_err();
        assert!(error.to_string().starts_with("not well-formed XML: byte 16 is not UTF-8"), "{error}");
    }

    #[test]
    fn the_element_is_found_in_the_bytes_of_every_encoding() {
        let element = "<VOEvent ivorn='ivo://a.b/c#d'><Who>\u{e9}</Who></VOEvent>";
        let document =
            |name: &str| format!("<?xml version='1.0' encoding='{name}'?><!-- \u{e9} -->{element}\n");
        let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let latin1 = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>();
        let forms = [
            (document("UTF-8").into_bytes(), element.as_bytes().to_vec(), Encoding::Utf8),
            (format!("\u{feff}{}", document("UTF-8")).into(), element.as_bytes().to_vec(), Encoding::Utf8),
            (le(&document("UTF-16LE")), le(element), Encoding::Utf16Le),
            (le(&format!("\u{feff}{element}")), le(element), Encoding::Utf16Le),
            (latin1(&document("ISO-8859-1")), latin1(element), Encoding::Latin1),
        ];
        for (raw, bytes, encoding) in forms {
            let packet = Packet::parse(raw.clone().into()).unwrap();
            assert_eq!((packet.raw().as_ref(), packet.encoding()), (raw.as_slice(), encoding));
            assert_eq!(&raw[packet.element()], bytes);
            assert_eq!(&packet.text()[packet.element_in_text()], element);
            assert_eq!((packet.digest(), packet.ivorn()), (Digest::of(&bytes), "ivo://a.b/c#d"));
        }
    }
}
