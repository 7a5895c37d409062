//! Encodings: the text of a document, whichever way its bytes write it.
//!
//! ```text
//! UTF-8         with or without a mark; what is not declared is this
//! UTF-16        little or big end first, with a mark or declared; never declared as anything else
//! ISO-8859-1    if it is declared and the bytes are not UTF-8
//! ```
//!
//! The first bytes tell the family (XML 1.0 appendix F), the declaration the rest. UTF-8 is borrowed, everything else is
//! written anew, once, into a string of exactly its size: at most twice the bytes. What is declared must be true, or
//! two readers of one packet would read two texts.

use std::borrow::Cow;
use std::fmt;

use crate::declaration::Declaration;
use crate::xml::excerpt;

/// The byte-order mark in UTF-8.
pub(crate) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Names under which ISO-8859-1 is declared, in lower case (IANA registry of character sets).
const LATIN1: [&str; 6] = ["iso-8859-1", "iso_8859-1", "latin1", "l1", "ibm819", "cp819"];
/// A declaration stands within so many bytes, or is not looked for.
const DECLARATION_BYTES: usize = 1024;

/// An encoding that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-16 with the little end first.
    Utf16Le,
    /// UTF-16 with the big end first.
    Utf16Be,
    /// ISO-8859-1.
    Latin1,
}

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// They are no UTF-8, which they are said to be or must be since nothing is said.
    #[error("byte {at} is not UTF-8; write it in UTF-8, or declare the encoding")]
    NotUtf8 {
        /// Offset of the first byte that is wrong.
        at: usize,
    },
    /// They begin as UTF-16 and go on otherwise.
    #[error("byte {at} is not UTF-16")]
    NotUtf16 {
        /// Offset of the first byte that is wrong.
        at: usize,
    },
    /// They are UTF-16 and nothing says so.
    #[error(
        "it is in UTF-16 with neither a byte-order mark nor a declaration; add one, or write it in UTF-8"
    )]
    Undeclared,
    /// They are not what is declared.
    #[error("the declared encoding is '{declared}', the bytes are {actual}")]
    Dishonest {
        /// What is declared.
        declared: String,
        /// What they are.
        actual: Encoding,
    },
    /// They are something that is not read here.
    #[error("the encoding '{declared}' is not supported; write it in UTF-8")]
    Unsupported {
        /// What they are, or are declared to be.
        declared: String,
    },
}

/// The text of a document without its byte-order mark; UTF-8 is borrowed.
///
/// # Errors
/// An [`EncodingError`] that names what is wrong and the remedy.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, EncodingError> {
    decode(bytes).map(|(text, _)| text)
}

/// The same, with the encoding in which the bytes write it.
///
/// # Errors
/// An [`EncodingError`], as from [`text`].
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), EncodingError> {
    if !is_utf16_or_32(bytes)
        && let Ok(text) = std::str::from_utf8(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes))
    {
        return Ok((Cow::Borrowed(text), Encoding::Utf8));
    }
    transcode(bytes).map(|(text, encoding)| (Cow::Owned(text), encoding))
}

/// Whether the first bytes are those of a document in UTF-16 or UTF-32, and of none in any other encoding.
pub(crate) fn is_utf16_or_32(bytes: &[u8]) -> bool {
    matches!(bytes, [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [b'<', 0, ..] | [0, b'<', ..] | [0, 0, ..])
}

/// Writes in UTF-8 what is written otherwise.
pub(crate) fn transcode(bytes: &[u8]) -> Result<(String, Encoding), EncodingError> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, ..] | [b'<', 0, 0, 0, ..] => {
            Err(EncodingError::Unsupported { declared: "UTF-32".to_owned() })
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, Encoding::Utf16Le),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, Encoding::Utf16Be),
        [b'<', 0, ..] => utf16(bytes, 0, Encoding::Utf16Le),
        [0, b'<', ..] => utf16(bytes, 0, Encoding::Utf16Be),
        _ => latin1(bytes),
    }
}

fn utf16(bytes: &[u8], mark_bytes: usize, encoding: Encoding) -> Result<(String, Encoding), EncodingError> {
    let (units, rest) = bytes.as_chunks::<2>();
    let read = if encoding == Encoding::Utf16Le { u16::from_le_bytes } else { u16::from_be_bytes };
    let chars = || char::decode_utf16(units.iter().map(|unit| read(*unit)));
    let (mut units_read, mut size) = (0, 0);
    for c in chars() {
        let c = c.map_err(|_| EncodingError::NotUtf16 { at: mark_bytes + 2 * units_read })?;
        (units_read, size) = (units_read + c.len_utf16(), size + c.len_utf8());
    }
    if !rest.is_empty() {
        return Err(EncodingError::NotUtf16 { at: mark_bytes + 2 * units.len() });
    }
    let mut text = String::with_capacity(size);
    text.extend(chars().map_while(Result::ok));
    match declared(&text) {
        Some(name) if encoding.has_name(name) => {}
        Some(name) => {
            return Err(EncodingError::Dishonest { declared: excerpt(name), actual: encoding });
        }
        None if mark_bytes == 0 => return Err(EncodingError::Undeclared),
        None => {}
    }
    Ok((text, encoding))
}

/// Reads bytes of which each is a character, if that is what is declared.
fn latin1(bytes: &[u8]) -> Result<(String, Encoding), EncodingError> {
    let not_utf8 = |error: std::str::Utf8Error| EncodingError::NotUtf8 { at: error.valid_up_to() };
    let start = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes);
    let start = match start.iter().position(|byte| !byte.is_ascii()) {
        Some(end) => start.get(..end).unwrap_or_default(),
        None => start,
    };
    let name = std::str::from_utf8(start).ok().and_then(declared).unwrap_or("UTF-8");
    if Encoding::Utf8.has_name(name) {
        std::str::from_utf8(bytes).map_err(not_utf8)?;
    }
    if name.eq_ignore_ascii_case("us-ascii") || name.eq_ignore_ascii_case("ascii") {
        let declared = name.to_owned();
        return Err(EncodingError::Dishonest { declared, actual: Encoding::Latin1 });
    }
    if !Encoding::Latin1.has_name(name) {
        return Err(EncodingError::Unsupported { declared: excerpt(name) });
    }
    let size = bytes.len() + bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let mut text = String::with_capacity(size);
    text.extend(bytes.iter().map(|byte| char::from(*byte)));
    Ok((text, Encoding::Latin1))
}

/// The encoding that a document declares; whether the declaration is sound is another's to judge.
fn declared(text: &str) -> Option<&str> {
    Declaration::read(text).ok().flatten()?.encoding
}

impl Encoding {
    /// Whether an encoding may be declared by this name.
    #[must_use]
    pub fn has_name(self, name: &str) -> bool {
        let names: &[&str] = match self {
            Self::Utf8 => &["utf-8", "utf8"],
            Self::Utf16Le => &["utf-16", "utf-16le", "utf16"],
            Self::Utf16Be => &["utf-16", "utf-16be", "utf16"],
            Self::Latin1 => &LATIN1,
        };
        names.iter().any(|known| name.eq_ignore_ascii_case(known))
    }

    /// How many bytes a text takes in this encoding.
    pub(crate) fn size_of(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16Le | Self::Utf16Be => 2 * text.chars().map(char::len_utf16).sum::<usize>(),
            Self::Latin1 => text.chars().count(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Latin1 => "ISO-8859-1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn be(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    #[test]
    fn every_honest_encoding_gives_the_same_text() {
        let document = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a>é</a>");
        let latin1: Vec<u8> = document("ISO-8859-1").chars().map(|c| u8::try_from(c).unwrap()).collect();
        let forms = [
            (document("UTF-8").into_bytes(), "UTF-8"),
            ([UTF8_MARK, document("UTF-8").as_bytes()].concat(), "UTF-8"),
            (le(&document("UTF-16LE")), "UTF-16LE"),
            (be(&document("utf-16")), "utf-16"),
            ([&[0xff, 0xfe], le(&document("UTF-16")).as_slice()].concat(), "UTF-16"),
            ([&[0xfe, 0xff], be(&document("UTF-16BE")).as_slice()].concat(), "UTF-16BE"),
            (latin1, "ISO-8859-1"),
        ];
        for (bytes, name) in forms {
            assert_eq!(text(&bytes).unwrap(), document(name), "{bytes:x?}");
        }
        assert_eq!(
            text(&[&[0xfe, 0xff], be("<a>\u{1f600}</a>").as_slice()].concat()).unwrap(),
            "<a>\u{1f600}</a>"
        );
    }

    #[test]
    fn what_is_declared_must_be_true() {
        let told = |bytes: &[u8]| text(bytes).unwrap_err().to_string();
        let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a/>");
        let lie = "the declared encoding is 'UTF-8', the bytes are UTF-16LE";
        assert_eq!(told(&le(&declared("UTF-8"))), lie);
        let lie = "the declared encoding is 'UTF-16LE', the bytes are UTF-16BE";
        assert_eq!(told(&be(&declared("UTF-16LE"))), lie);
        let lie = "the declared encoding is 'US-ASCII', the bytes are ISO-8859-1";
        assert_eq!(told(&[declared("US-ASCII").as_bytes(), &[0xe9]].concat()), lie);
        let other = [declared("windows-1252").as_bytes(), &[0x80]].concat();
        assert_eq!(told(&other), "the encoding 'windows-1252' is not supported; write it in UTF-8");
        assert!(told(&le("<a/>")).contains("add one, or write it in UTF-8"));
    }

    #[test]
    fn broken_bytes_are_told_with_their_place() {
        assert_eq!(text(b"<a>\xff</a>"), Err(EncodingError::NotUtf8 { at: 3 }));
        let lone = [&[0xff, 0xfe], le("<a>").as_slice(), &[0, 0xd8]].concat();
        assert_eq!(text(&lone), Err(EncodingError::NotUtf16 { at: 8 }));
        let odd = [&[0xff, 0xfe], le("<a/>").as_slice(), b"x"].concat();
        assert_eq!(text(&odd), Err(EncodingError::NotUtf16 { at: 10 }));
        let utf32 = [0xff, 0xfe, 0, 0, b'<', 0, 0, 0];
        assert!(matches!(text(&utf32), Err(EncodingError::Unsupported { .. })));
    }
}
