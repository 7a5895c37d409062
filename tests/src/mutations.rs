//! Packets made wrong at random: bytes, and the pieces that XML and VOEvent are made of, put in, taken out, moved about.

use fastrand::Rng;

/// What parsers and validators stumble over.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"&",
    b"\"",
    b"'",
    b"/",
    b"=",
    b"!",
    b"?",
    b":",
    b"-",
    b"#",
    b";",
    b"%",
    b"[",
    b"]",
    b" ",
    b"\n",
    b"\t",
    b"\r",
    b"\0",
    b"\x01",
    b"\x7f",
    b"\x80",
    b"\xc3\xa9",
    b"\xef\xbf\xbe",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"xmlns",
    b"xmlns:a=\"\"",
    b"xmlns=\"u\"",
    b"xmlns:x=\"%\"",
    b"<!--",
    b"-->",
    b"--",
    b"<![CDATA[",
    b"]]>",
    b"<?xml ",
    b"<?a:b ?>",
    b"<?a?>",
    b"?>",
    b"&#xD800;",
    b"&#65;",
    b"&#x110000;",
    b"&lt;",
    b"&foo;",
    b"<!DOCTYPE a>",
    b" a=\"1\"",
    b" a=\"1\" a=\"1\"",
    b" :a=\"1\"",
    b"<:a/>",
    b"<a:b/>",
    b" xml:lang=\"en\"",
    b"encoding=\"UTF-16\"",
    b"version=\"1.0\"",
    b"standalone=\"yes\"",
    b"0",
    b"1.",
    b"e",
    b"NaN",
    b"-INF",
    b"2014-04-01T00:00:00",
    b"T24:00:00",
    b"Z",
    b"Who",
    b"Param",
    b"<Param/>",
    b"<Reference uri=\"a\"/>",
    b"<Description/>",
    b" cite=\"followup\"",
    b" role=\"test\"",
    b" dataType=\"int\"",
    b"text",
];

/// A document with one change or two, and seldom in another encoding.
#[must_use]
pub fn mutated(document: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut document = document.to_vec();
    for _ in 0..random.usize(1..3) {
        change(&mut document, random);
    }
    if random.u8(..) < 12 { encoded(&document, random) } else { document }
}

fn change(document: &mut Vec<u8>, random: &mut Rng) {
    let at = random.usize(..=document.len());
    let piece = random.choice(PIECES).copied().unwrap_or_default();
    let span = span(document, random);
    // Most changes of bytes make it malformed at once; those of whole pieces get further.
    match random.u8(..12) {
        0 => drop(document.splice(at..at, piece.iter().copied())),
        1 => drop(document.splice(at..(at + random.usize(1..20)).min(document.len()), [])),
        2 => drop(document.splice(at..(at + 1).min(document.len()), piece.iter().copied())),
        3 => drop(document.splice(at..(at + 1).min(document.len()), [random.u8(..)])),
        4 => drop(document.splice(span, [])),
        5 | 6 => {
            let copy = document.get(span.clone()).unwrap_or_default().to_vec();
            drop(document.splice(span.end..span.end, copy));
        }
        7 | 8 => {
            let other = self::span(document, random);
            let copy = document.get(other).unwrap_or_default().to_vec();
            drop(document.splice(span, copy));
        }
        9 => drop(document.splice(span, piece.iter().copied())),
        _ => {
            let at = random.usize(span.start..=span.end);
            drop(document.splice(at..at, piece.iter().copied()));
        }
    }
}

/// A tag, the text between two, or a value within quotes.
fn span(document: &[u8], random: &mut Rng) -> std::ops::Range<usize> {
    let (before, after) = document.split_at(random.usize(..=document.len()));
    let (open, close, is_outside) =
        random.choice([(b'<', b'>', true), (b'>', b'<', false), (b'"', b'"', false)]).unwrap_or((0, 0, true));
    let start = before.iter().rposition(|byte| *byte == open).map_or(0, |at| at + usize::from(!is_outside));
    let end = after.iter().position(|byte| *byte == close).unwrap_or(after.len());
    start..(before.len() + end + usize::from(is_outside)).min(document.len())
}

/// The same text in another encoding, declared truly or not.
fn encoded(document: &[u8], random: &mut Rng) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(document) else { return document.to_vec() };
    let declared = random.choice(["UTF-8", "UTF-16", "utf-16le", "ISO-8859-1"]).unwrap_or_default();
    let text = text.replacen("UTF-8", declared, 1);
    match random.u8(..4) {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        2 => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        _ => text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
    }
}
