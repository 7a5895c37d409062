//! Replay: events of a log, played once more so that nobody takes them for new.
//!
//! A packet is marked: its role becomes `test`, and behind its first tag a comment says whose replay it is. All else stays
//! byte for byte, in whatever encoding. The comment tells when it was played, so that a second replay is another packet and
//! is not taken for a duplicate. Where packets go is left to the command.

use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;
use vtp::{Encoding, Packet};

use crate::store::Entry;

/// What a packet's role becomes.
const ROLE: &str = "test";

/// Why a packet cannot be marked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MarkError {
    /// It is no packet.
    #[error("it is no packet: {0}")]
    Packet(#[from] vtp::PacketError),
    /// Its first tag is not one.
    #[error("its first tag cannot be read")]
    Tag,
}

/// An event's packet, marked as a replay at this time.
///
/// # Errors
/// A [`MarkError`]; an entry that was checked before it was kept gives none.
pub(crate) fn marked(entry: &Entry, played: Timestamp) -> Result<Bytes, MarkError> {
    let packet = Packet::parse(entry.bytes.clone())?;
    let (seq, received) = (entry.seq, entry.received);
    let comment = format!("<!-- philae: replay of {seq}, received {received}, played {played} -->");
    let edits = edits(packet.text(), packet.element_in_text().start, &comment).ok_or(MarkError::Tag)?;
    Ok(apply(&packet, &edits).into())
}

/// A part of a text, and what stands there from now on.
type Edit = (Range<usize>, String);

/// What is to be changed in the tag that begins at a place of a text.
fn edits(text: &str, start: usize, comment: &str) -> Option<Vec<Edit>> {
    let tag = Tag::read(text, start)?;
    let role = match tag.role {
        Some(value) => (value, ROLE.to_owned()),
        None => (tag.name.end..tag.name.end, format!(" role=\"{ROLE}\"")),
    };
    let behind = if tag.is_empty {
        let name = text.get(tag.name)?;
        (tag.end - "/>".len()..tag.end, format!(">{comment}</{name}>"))
    } else {
        (tag.end..tag.end, comment.to_owned())
    };
    Some(vec![role, behind])
}

/// Where things stand in a start tag.
struct Tag {
    name: Range<usize>,
    /// The value of the attribute `role`, without its quotes.
    role: Option<Range<usize>>,
    /// The place behind it.
    end: usize,
    /// Whether it ends the element too.
    is_empty: bool,
}

impl Tag {
    /// Reads a tag of a well-formed document.
    fn read(text: &str, start: usize) -> Option<Self> {
        let rest = |at: usize| text.get(at..);
        let until = |at: usize, ends: &[char]| rest(at)?.find(ends).map(|found| at + found);
        let spaces = |at: usize| Some(at + rest(at)?.find(|c: char| !c.is_ascii_whitespace())?);
        let name_start = start + rest(start)?.strip_prefix('<').map(|_| 1)?;
        let name_end = until(name_start, &[' ', '\t', '\r', '\n', '/', '>'])?;
        let (mut at, mut role) = (spaces(name_end)?, None);
        loop {
            let (name, tail) = (name_start..name_end, rest(at)?);
            if tail.starts_with("/>") {
                return Some(Self { name, role, end: at + 2, is_empty: true });
            }
            if tail.starts_with('>') {
                return Some(Self { name, role, end: at + 1, is_empty: false });
            }
            let equals = until(at, &['='])?;
            let attribute = text.get(at..equals)?.trim_end();
            let quote_at = spaces(equals + 1)?;
            let quote = rest(quote_at)?.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let end = until(quote_at + 1, &[quote])?;
            if attribute == "role" {
                role = Some(quote_at + 1..end);
            }
            at = spaces(end + 1)?;
        }
    }
}

/// The packet's bytes with parts of its text changed, which follow each other.
fn apply(packet: &Packet, edits: &[Edit]) -> Vec<u8> {
    let (raw, text, encoding) = (packet.raw(), packet.text(), packet.encoding());
    let (start, start_in_text) = (packet.element().start, packet.element_in_text().start);
    // Where a place of the text stands in the bytes.
    let place = |at: usize| {
        let mut before = Vec::new();
        encode(text.get(start_in_text..at).unwrap_or_default(), encoding, &mut before);
        start + before.len()
    };
    let mut edited = Vec::with_capacity(raw.len() + 256);
    let mut copied = 0;
    for (range, with) in edits {
        edited.extend_from_slice(raw.get(copied..place(range.start)).unwrap_or_default());
        encode(with, encoding, &mut edited);
        copied = place(range.end);
    }
    edited.extend_from_slice(raw.get(copied..).unwrap_or_default());
    edited
}

/// Writes text of the packet's own, or ASCII: there is nothing in it that the encoding has not.
fn encode(text: &str, encoding: Encoding, to: &mut Vec<u8>) {
    match encoding {
        Encoding::Utf8 => to.extend_from_slice(text.as_bytes()),
        Encoding::Latin1 => to.extend(text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))),
        Encoding::Utf16Le => to.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        Encoding::Utf16Be => to.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
    }
}

#[cfg(test)]
mod tests;
