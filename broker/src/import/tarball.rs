//! Tarballs: their members one after the other, whatever they claim.
//!
//! A member longer than a packet may be is passed over without being read into memory, and so is a name or a header that is
//! longer than any should be. A tarball that ends without saying so was cut; one that goes on after its end, as several do
//! that were put together, is read on. Links, folders and devices in it are nothing to us.

use std::io::{self, Cursor, Read};

use tar::{Archive, EntryType};

use super::outlet::Gone;
use super::unpack;

/// What a tarball is made of.
pub(super) const BLOCK_BYTES: usize = 512;
/// A name, or a header that tells it, is no longer than this.
const NAME_BYTES: u64 = 64 << 10;
/// So much of something is looked at to tell whether it is XML.
const LOOK_BYTES: usize = 64;
/// After so many zeros nothing else will come: a device, or a hole in a disk.
const ZEROS_BYTES: u64 = 1 << 30;

/// What a member, or a file, holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A packet, or what is said to be one.
    Packet(Vec<u8>),
    /// XML longer than a packet may be.
    TooLong,
    /// Something compressed that cannot be read to its end; why.
    Damaged(String),
    /// Something else.
    Other,
}

/// A tarball could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("it is damaged or cut: {error}; {members} members of it were read{}", .last.as_ref().map(|last| format!(", the last is '{last}'")).unwrap_or_default())]
pub(super) struct Cut {
    error: io::Error,
    members: u64,
    last: Option<String>,
}

/// Whether something that begins so is a tarball: the sum of its first header is right, or there is none and all is zeros.
pub(super) fn begins(head: &[u8]) -> bool {
    let Ok(block) = <&[u8; BLOCK_BYTES]>::try_from(head) else { return false };
    let (before, sum, after) = (block.get(..148), block.get(148..156), block.get(156..));
    let (Some(before), Some(sum), Some(after)) = (before, sum, after) else { return false };
    let counted: u32 = before.iter().chain(after).map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
    let sum = String::from_utf8_lossy(sum);
    let told = u32::from_str_radix(sum.trim_matches(['\0', ' ']), 8);
    told == Ok(counted) || block.iter().all(|byte| *byte == 0)
}

/// Whether something of that name is to be a packet. What begins with `._` is what macOS knows of the file beside it.
pub(super) fn has_name_of_packet(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let end = name.len().checked_sub(4).and_then(|at| name.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(b".xml")) && !name.starts_with(b"._")
}

/// Reads members until `take` has no use for more.
pub(super) fn read(
    stream: impl Read,
    limit_bytes: u64,
    mut take: impl FnMut(&str, Content) -> Result<(), Gone>,
) -> Result<Result<(), Cut>, Gone> {
    let (mut members, mut last) = (0, None);
    let mut archive = Archive::new(Ending { stream, zeros: 0 });
    archive.set_ignore_zeros(true);
    let read = each(&mut archive, limit_bytes, |name, content| {
        let taken = take(&name, content);
        (members, last) = (members + 1, Some(name));
        taken
    });
    let error = match read {
        Ok(()) if archive.into_inner().zeros >= BLOCK_BYTES as u64 => return Ok(Ok(())),
        Ok(()) => io::Error::new(io::ErrorKind::UnexpectedEof, "it has no end mark"),
        Err(Halt::Gone) => return Err(Gone),
        Err(Halt::Failed(error)) => error,
    };
    Ok(Err(Cut { error, members, last }))
}

enum Halt {
    Gone,
    Failed(io::Error),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

fn each(
    archive: &mut Archive<impl Read>,
    limit_bytes: u64,
    mut take: impl FnMut(String, Content) -> Result<(), Gone>,
) -> Result<(), Halt> {
    let mut told_name: Option<Vec<u8>> = None;
    // As they stand: the library would read a header of any length into memory.
    for member in archive.entries()?.raw(true) {
        let mut member = member?;
        let kind = member.header().entry_type();
        if kind == EntryType::GNULongName {
            let mut name = header(&mut member)?;
            name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
            told_name = Some(name);
        } else if kind == EntryType::XHeader {
            told_name = path_of(&header(&mut member)?).or(told_name);
        } else if kind == EntryType::Regular || kind == EntryType::Continuous {
            let name = told_name.take().unwrap_or_else(|| member.path_bytes().into_owned());
            let (length, is_packet) = (member.size(), has_name_of_packet(&name));
            let content = content(&mut member, Some(length), is_packet, limit_bytes)?;
            take(String::from_utf8_lossy(&name).into_owned(), content).map_err(|Gone| Halt::Gone)?;
        } else if kind != EntryType::GNULongLink && kind != EntryType::XGlobalHeader {
            told_name = None;
        }
    }
    Ok(())
}

/// What tells of the next member, if it is as short as it should be.
fn header(member: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    member.take(NAME_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path in an extended header (POSIX.1-2001 pax): lines of `length key=value`.
fn path_of(header: &[u8]) -> Option<Vec<u8>> {
    let mut path = None;
    let mut rest = header;
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(rest.get(..space)?).ok()?.parse().ok()?;
        let line = rest.get(space + 1..length)?.strip_suffix(b"\n")?;
        if let Some(value) = line.strip_prefix(b"path=") {
            path = Some(value.to_owned());
        }
        rest = rest.get(length..)?;
    }
    path
}

/// What something holds, which is of this length, or of one that is not known.
pub(super) fn content(
    mut stream: impl Read,
    length: Option<u64>,
    is_packet: bool,
    limit_bytes: u64,
) -> io::Result<Content> {
    let expected = length.unwrap_or(0).min(limit_bytes);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    stream.by_ref().take(LOOK_BYTES as u64).read_to_end(&mut bytes)?;
    let is_packed = length.is_some() && unpack::is_packed(&bytes);
    if !is_packet && !is_packed && !looks_like_xml(&bytes) {
        return Ok(Content::Other);
    }
    if length.is_some_and(|length| length > limit_bytes) {
        return Ok(Content::TooLong);
    }
    // One more than there may be tells whether there are more.
    let left = (limit_bytes + 1).saturating_sub(bytes.len() as u64);
    stream.take(left).read_to_end(&mut bytes)?;
    let read = bytes.len() as u64;
    if length.is_some_and(|length| read < length) {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the midst of a member"));
    }
    if read > limit_bytes {
        return Ok(Content::TooLong);
    }
    Ok(if is_packed { unpacked(bytes, limit_bytes) } else { Content::Packet(bytes) })
}

/// What a compressed member holds.
fn unpacked(bytes: Vec<u8>, limit_bytes: u64) -> Content {
    unpack::open(Cursor::new(bytes))
        .and_then(|(_, stream)| content(stream, None, false, limit_bytes))
        .unwrap_or_else(|error| Content::Damaged(error.to_string()))
}

/// Whether something that begins so may be XML, in one of the encodings that are read.
fn looks_like_xml(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    matches!(head, [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, b'<', ..] | [b'<', 0, ..])
        || head.trim_ascii_start().starts_with(b"<")
}

/// Notes how many zeros stand at the end of what was read.
struct Ending<R> {
    stream: R,
    zeros: u64,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        let read = into.get(..count).unwrap_or_default();
        let zeros = read.iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if zeros == count { self.zeros + zeros as u64 } else { zeros as u64 };
        if self.zeros > ZEROS_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it goes on with nothing but zeros"));
        }
        Ok(count)
    }
}
