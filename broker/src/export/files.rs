//! Packets as files, byte for byte: a folder a stream, in a folder or a tarball.
//!
//! Files are named as `--save-event` and Comet name them. Where two events would have one name, the later one has its number
//! in the log behind it. Their time is when the event was received.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tar::{Builder, Header};

use super::Sink;
use super::form::Packer;
use crate::event;
use crate::native::file_stem;
use crate::store::Entry;

const MODE: u32 = 0o644;

/// Names that were given, by their hashes: eight bytes each, and two that are taken for one do no harm.
#[derive(Debug, Default)]
struct Names {
    given: HashSet<u64>,
    hasher: RandomState,
}

impl Names {
    /// A name that no other event has: the folder of its stream, and its file there.
    fn of(&mut self, entry: &Entry) -> PathBuf {
        let folder = file_stem(event::stream(&entry.ivoid));
        let stem = file_stem(&entry.ivoid);
        let mut name = Path::new(&folder).join(format!("{stem}.xml"));
        let mut suffix = format!("-{}", entry.seq);
        while !self.given.insert(self.hasher.hash_one(&name)) {
            name = Path::new(&folder).join(format!("{stem}{suffix}.xml"));
            suffix.push('x');
        }
        name
    }
}

/// Files in a folder.
#[derive(Debug)]
pub(super) struct Folder {
    folder: PathBuf,
    names: Names,
}

impl Folder {
    /// Fills a folder, which is empty.
    pub(super) fn begin(folder: PathBuf) -> Self {
        Self { folder, names: Names::default() }
    }
}

impl Sink for Folder {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let path = self.folder.join(self.names.of(entry));
        fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        let mut file = File::create_new(path)?;
        file.write_all(&entry.bytes)?;
        file.set_modified(SystemTime::from(entry.received))
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// Files in a tarball.
pub(super) struct Tarball {
    tar: Builder<Packer>,
    names: Names,
}

impl Tarball {
    /// Begins a tarball.
    pub(super) fn begin(to: Packer) -> Self {
        Self { tar: Builder::new(to), names: Names::default() }
    }
}

impl Sink for Tarball {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(MODE);
        header.set_mtime(u64::try_from(entry.received.as_second()).unwrap_or_default());
        let name = self.names.of(entry);
        self.tar.append_data(&mut header, name, &*entry.bytes)
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.tar.into_inner()?.end()
    }
}
