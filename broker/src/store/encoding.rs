//! How entries, places and indexes are written: format 1.
//!
//! Everything is big-endian, so that keys sort as places do. A change here is a new format number in `format`.
//!
//! ```text
//! log      seq u64                      -> an entry
//! seen     digest [32]                  -> seq u64
//! ivoids   first 16 bytes of the IVOID's SHA-256 -> seq u64 of the latest entry that has it
//! cursors  name                         -> value, both UTF-8
//! damage   lost_from u64 lost_to u64    -> when it was found, i64 microseconds
//! state, quarantine                     -> keys and values of the pipeline's
//!
//! entry    media type u8 · flags u8 (1 = conflict, 2 = flagged, 4 = imported, the upper half = hops) · received i64 (microseconds since 1970, UTC) · digest [32]
//!          · source · ivoid · role, each as length u64 and UTF-8 · the packet's bytes, to the end
//! ```

use super::entry::{Draft, Entry, MAX_HOPS, MediaType, Seq};
use bytes::{BufMut, Bytes, BytesMut};
use jiff::Timestamp;
use vtp::Digest;

const CONFLICT: u8 = 1;
/// Accepted although not valid. Written by later versions of Philae than the first; that one passes it over.
const FLAGGED: u8 = 2;
/// Taken from an archive. Written by later versions of Philae than the first; that one passes it over, and takes the entry
/// for one that came as all do.
const IMPORTED: u8 = 4;
/// Written by later versions of Philae than the first, in four bits that are 0 in whatever that one wrote.
const HOPS_SHIFT: u32 = 4;
const HEAD_BYTES: usize = 1 + 1 + 8 + 32 + 3 * 8;

/// Writes an entry as the log keeps it, and gives the entry whose bytes share that one buffer.
pub(super) fn encode(draft: &Draft, seq: Seq, received: Timestamp, conflict: bool) -> (Bytes, Entry) {
    let text_bytes = draft.source.len() + draft.ivoid.len() + draft.role.len();
    let mut value = BytesMut::with_capacity(HEAD_BYTES + text_bytes + draft.bytes.len());
    value.put_u8(match draft.media_type {
        MediaType::VoeventXml => 0,
    });
    let hops = draft.hops.min(MAX_HOPS);
    let marks = [(conflict, CONFLICT), (draft.is_flagged, FLAGGED), (draft.is_imported, IMPORTED)];
    let flags = marks.iter().filter(|(is_set, _)| *is_set).fold(0, |flags, (_, mark)| flags | mark);
    value.put_u8(flags | hops << HOPS_SHIFT);
    value.put_i64(received.as_microsecond());
    value.put_slice(draft.digest.as_bytes());
    put_text(&mut value, &draft.source);
    put_text(&mut value, &draft.ivoid);
    put_text(&mut value, &draft.role);
    let head_bytes = value.len();
    value.put_slice(&draft.bytes);
    let value = value.freeze();
    let entry = Entry {
        seq,
        received,
        source: draft.source.clone(),
        media_type: draft.media_type,
        digest: draft.digest,
        ivoid: draft.ivoid.clone(),
        role: draft.role.clone(),
        conflict,
        is_flagged: draft.is_flagged,
        is_imported: draft.is_imported,
        hops,
        bytes: value.slice(head_bytes..),
    };
    (value, entry)
}

/// Reads an entry from the log; `None` when the value is no entry of this format.
pub(super) fn decode(seq: Seq, value: &Bytes) -> Option<Entry> {
    let mut rest = Fields(value);
    let media_type = match rest.array::<1>()? {
        [0] => MediaType::VoeventXml,
        _ => return None,
    };
    let [flags] = rest.array()?;
    let received = Timestamp::from_microsecond(i64::from_be_bytes(rest.array()?)).ok()?;
    let digest = Digest::from_bytes(rest.array()?);
    let (source, ivoid, role) = (rest.text()?.into(), rest.text()?.into(), rest.text()?.into());
    let bytes = value.slice_ref(rest.0);
    Some(Entry {
        seq,
        received,
        source,
        media_type,
        digest,
        ivoid,
        role,
        conflict: flags & CONFLICT != 0,
        is_flagged: flags & FLAGGED != 0,
        is_imported: flags & IMPORTED != 0,
        hops: flags >> HOPS_SHIFT,
        bytes,
    })
}

/// A place as a key of the log and as a value of the indexes.
pub(super) fn seq_bytes(seq: Seq) -> [u8; 8] {
    seq.0.to_be_bytes()
}

/// The place that [`seq_bytes`] wrote; `None` when the length is wrong.
pub(super) fn seq_of(bytes: &[u8]) -> Option<Seq> {
    bytes.try_into().ok().map(|bytes| Seq(u64::from_be_bytes(bytes)))
}

/// The key of an IVOID: short and of one length, however long the IVOID is.
pub(super) fn ivoid_key(ivoid: &str) -> [u8; 16] {
    Digest::of(ivoid.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()
}

fn put_text(value: &mut BytesMut, text: &str) {
    value.put_u64(text.len() as u64);
    value.put_slice(text.as_bytes());
}

/// The part of a value that is still to be read.
struct Fields<'v>(&'v [u8]);

impl<'v> Fields<'v> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    fn text(&mut self) -> Option<&'v str> {
        let len = usize::try_from(u64::from_be_bytes(self.array()?)).ok()?;
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}
