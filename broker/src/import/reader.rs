//! Reading: files, folders and standard input, one after the other, on a thread of its own.
//!
//! What is a packet, a tarball or compressed is told by what is in it; in folders, what is none of them is passed over.
//! Folders are read in the order of their names, each once, whichever links lead to it. What cannot be read is told, and the
//! rest is read.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::outlet::{Gone, Outlet};
use super::tarball::{self, Content};
use super::{Brought, Found, Told, unpack};
use crate::lifecycle::start_thread;
use crate::plain::excerpt;

/// Pieces that wait to be taken.
const PIECES: usize = 2;
/// What standard input is called on a command line, and in words.
const INPUT: (&str, &str) = ("-", "standard input");

/// What archives begin with that are not unpacked here.
const ZIP: &[u8] = b"PK\x03\x04";

/// Something that is being read.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) pieces: mpsc::Receiver<Vec<Found>>,
    /// How many bytes were read so far.
    pub(crate) read_bytes: Arc<AtomicU64>,
}

/// Begins to read paths, of which `-` is standard input; packets longer than `limit_bytes` are refused unread.
///
/// # Errors
/// If the system gives no thread.
pub(crate) fn read(paths: Vec<PathBuf>, limit_bytes: u64) -> io::Result<Reading> {
    let (to, pieces) = mpsc::channel(PIECES);
    let read_bytes = Arc::<AtomicU64>::default();
    let reader =
        Reader { limit_bytes, read_bytes: read_bytes.clone(), out: Outlet::new(to), entered: HashSet::new() };
    start_thread("import-reader", move || {
        // Nobody waits for what is left when nobody takes it.
        let _ = reader.read(&paths);
    })?;
    Ok(Reading { pieces, read_bytes })
}

struct Reader {
    limit_bytes: u64,
    read_bytes: Arc<AtomicU64>,
    out: Outlet,
    /// Folders, by device and number.
    entered: HashSet<(u64, u64)>,
}

/// Something with packets in it.
struct Holder<'a> {
    name: String,
    source: &'a Arc<str>,
    /// Whether it is to be a packet, whatever it looks like.
    is_packet: bool,
}

impl Reader {
    fn read(mut self, paths: &[PathBuf]) -> Result<(), Gone> {
        for path in paths {
            let source: Arc<str> = format!("import {}", short_name(path)).into();
            if path.as_os_str() == INPUT.0 {
                let holder = Holder { name: INPUT.1.to_owned(), source: &source, is_packet: true };
                self.content(&holder, io::stdin())?;
                continue;
            }
            match fs::metadata(path) {
                Ok(found) if found.is_dir() => self.folder(path, &found, &source)?,
                Ok(_) => self.file(path, &source, true)?,
                Err(error) => self.unreadable(path.display().to_string(), &error)?,
            }
        }
        self.out.end()
    }

    fn folder(&mut self, folder: &Path, found: &fs::Metadata, source: &Arc<str>) -> Result<(), Gone> {
        if !self.entered.insert((found.dev(), found.ino())) {
            return Ok(());
        }
        let listed = fs::read_dir(folder).and_then(|items| items.map(|item| Ok(item?.path())).collect());
        let mut paths: Vec<PathBuf> = match listed {
            Ok(paths) => paths,
            Err(error) => return self.unreadable(folder.display().to_string(), &error),
        };
        paths.sort();
        for path in paths {
            match fs::metadata(&path) {
                Ok(found) if found.is_dir() => self.folder(&path, &found, source)?,
                Ok(found) if found.is_file() => {
                    let is_packet = tarball::has_name_of_packet(path.as_os_str().as_encoded_bytes());
                    self.file(&path, source, is_packet)?;
                }
                Ok(_) => self.out.tell(Told::PassedOver)?,
                Err(error) => self.unreadable(path.display().to_string(), &error)?,
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, source: &Arc<str>, is_packet: bool) -> Result<(), Gone> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => self.content(&Holder { name, source, is_packet }, file),
            Err(error) => self.unreadable(name, &error),
        }
    }

    fn content(&mut self, holder: &Holder<'_>, input: impl Read + Send + 'static) -> Result<(), Gone> {
        let input = Counted { input, read_bytes: self.read_bytes.clone() };
        let (head, stream) = match unpack::open(input) {
            Ok(opened) => opened,
            Err(error) => return self.unreadable(holder.name.clone(), &error),
        };
        if tarball::begins(&head) {
            return self.tarball(holder, stream);
        }
        if head.starts_with(ZIP) {
            let (name, reason) = (holder.name.clone(), "it is a zip archive; unpack it before".to_owned());
            return self.out.tell(Told::Unreadable { name, reason });
        }
        match tarball::content(stream, None, holder.is_packet, self.limit_bytes) {
            Ok(content) => self.put(holder.name.clone(), holder.source, content),
            Err(error) => self.unreadable(holder.name.clone(), &error),
        }
    }

    fn tarball(&mut self, holder: &Holder<'_>, stream: impl Read) -> Result<(), Gone> {
        let limit_bytes = self.limit_bytes;
        let read = tarball::read(stream, limit_bytes, |member, content| {
            self.put(format!("{}: {member}", holder.name), holder.source, content)
        })?;
        match read {
            Ok(()) => Ok(()),
            Err(cut) => {
                let (name, reason) = (holder.name.clone(), excerpt(&cut.to_string()));
                self.out.tell(Told::Unreadable { name, reason })
            }
        }
    }

    fn put(&mut self, name: String, source: &Arc<str>, content: Content) -> Result<(), Gone> {
        let limit_bytes = self.limit_bytes;
        match content {
            Content::Packet(bytes) => {
                self.out.put(Found::Packet(name, Brought { source: source.clone(), bytes: bytes.into() }))
            }
            Content::TooLong => {
                let reason = format!(
                    "it is longer than {limit_bytes} bytes, the limit of --max-event-size (the broker's if one runs)"
                );
                self.out.tell(Told::Refused { name, reason })
            }
            Content::Damaged(reason) => {
                let reason = excerpt(&format!("cannot read it: {reason}"));
                self.out.tell(Told::Unreadable { name, reason })
            }
            Content::Other => self.out.tell(Told::PassedOver),
        }
    }

    fn unreadable(&mut self, name: String, error: &io::Error) -> Result<(), Gone> {
        self.out.tell(Told::Unreadable { name, reason: excerpt(&format!("cannot read it: {error}")) })
    }
}

/// The last part of a path, which says whence an entry came and not where that lies.
fn short_name(path: &Path) -> String {
    if path.as_os_str() == INPUT.0 {
        return INPUT.1.to_owned();
    }
    let resolved = path.file_name().is_none().then(|| path.canonicalize().ok()).flatten();
    let path = resolved.as_deref().unwrap_or(path);
    excerpt(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    read_bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(into)?;
        self.read_bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
