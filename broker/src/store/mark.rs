//! The high-water mark: how far the log reached, written where the log's engine cannot lose it.
//!
//! fjall opens a journal that is corrupt in the middle without an error and drops what follows. The mark is a small
//! file beside it, rewritten after each durable commit, so it is never ahead of what is on disk; when the log ends
//! before the mark at opening, entries were lost. Writing it costs one `pwrite`; it is synced only when idle, since an
//! older mark after a power cut is merely less watchful.
//!
//! ```text
//! "philae mark 1\0\0\0" · head u64 · oldest u64 · closed cleanly u8 · first 16 bytes of the SHA-256 of all that
//! ```

use super::{encoding, entry::Seq};
use std::{fs::File, io, os::unix::fs::FileExt, path::Path};
use vtp::Digest;

const MAGIC: &[u8; 16] = b"philae mark 1\0\0\0";
const BODY_BYTES: usize = 16 + 8 + 8 + 1;
const CHECK_BYTES: usize = 16;

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// The newest place that was ever acknowledged.
    pub(super) head: Seq,
    /// The oldest place that retention had left.
    pub(super) oldest: Seq,
    /// Whether the store was closed after this, rather than killed.
    pub(super) closed: bool,
}

/// The open file.
#[derive(Debug)]
pub(super) struct MarkFile {
    file: File,
}

impl MarkFile {
    /// Opens the file, empty if it is new.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Self { file })
    }

    /// Reads the mark of a store that is not opened; `None` when there is none or its checksum is wrong.
    pub(super) fn look(path: &Path) -> io::Result<Option<Mark>> {
        match File::open(path) {
            Ok(file) => Self { file }.read(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads the mark; `None` when there is none or its checksum is wrong.
    pub(super) fn read(&self) -> io::Result<Option<Mark>> {
        let mut bytes = [0; BODY_BYTES + CHECK_BYTES];
        match self.file.read_exact_at(&mut bytes, 0) {
            Ok(()) => Ok(parse(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the mark, leaving it to the system when it reaches the disk.
    pub(super) fn write(&self, mark: Mark) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BODY_BYTES + CHECK_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&encoding::seq_bytes(mark.head));
        bytes.extend_from_slice(&encoding::seq_bytes(mark.oldest));
        bytes.push(u8::from(mark.closed));
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        self.file.write_all_at(&bytes, 0)
    }

    /// Waits until the mark is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn parse(bytes: &[u8]) -> Option<Mark> {
    let (body, found) = bytes.split_at_checked(BODY_BYTES)?;
    let rest = body.strip_prefix(MAGIC).filter(|_| found == check(body))?;
    let (head, rest) = rest.split_at_checked(8)?;
    let (oldest, closed) = rest.split_at_checked(8)?;
    Some(Mark { head: encoding::seq_of(head)?, oldest: encoding::seq_of(oldest)?, closed: closed == [1] })
}

fn check(body: &[u8]) -> [u8; CHECK_BYTES] {
    Digest::of(body).as_bytes().first_chunk().copied().unwrap_or_default()
}
