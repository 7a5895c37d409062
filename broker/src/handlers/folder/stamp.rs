//! What tells one state of a file from another without reading it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which file it is, how long, and when it was last written or changed in any way.
///
/// The time of change cannot be set by hand: a file copied over with the size and the time of the old one, as `cp -p`
/// and `rsync -t` do, is still another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    pub(super) size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What stands at a path, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A file.
    File(Stamp),
    /// Something else, such as a folder or a pipe.
    Other,
    /// Nothing, or a link to nothing.
    Nothing,
}

impl Stamp {
    pub(super) fn new(data: &Metadata) -> Self {
        Self {
            device: data.dev(),
            inode: data.ino(),
            size: data.size(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        }
    }
}

impl Standing {
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(data) if data.is_file() => Ok(Self::File(Stamp::new(&data))),
            Ok(_) => Ok(Self::Other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Nothing),
            Err(error) => Err(error),
        }
    }

    pub(super) fn is_file(self, stamp: Stamp) -> bool {
        self == Self::File(stamp)
    }
}
