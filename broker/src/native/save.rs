//! Saving events as files, named after their identifiers.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use rustix::process::getpid;

use crate::host::{CallFailure, EventInHand, Outcome, StateView};
use crate::pipeline::{Handle, outcome};

/// Saves each event in a folder, as Comet's plugin of that name.
#[derive(Debug)]
pub(crate) struct SaveEvent {
    folder: Arc<Path>,
}

impl SaveEvent {
    /// Events go into `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.into() })
    }
}

impl Handle for SaveEvent {
    fn revision(&self) -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn handle<'a>(&'a self, event: &'a EventInHand, _: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        let (folder, ivoid, bytes) = (self.folder.clone(), event.ivoid.clone(), event.bytes.clone());
        Box::pin(async move {
            let start = Instant::now();
            let saved = tokio::task::spawn_blocking(move || save(&folder, &ivoid, &bytes)).await;
            let verdict = match saved.unwrap_or_else(|error| Err(io::Error::other(error))) {
                Ok(_) => Ok(()),
                Err(error) => {
                    Err(CallFailure::Retry(format!("cannot save it in '{}': {error}", self.folder.display())))
                }
            };
            outcome(verdict, start.elapsed())
        })
    }
}

/// Saves a packet in a folder, whole or not at all, under a name made from its identifier.
///
/// A file that holds the same bytes already is left as it is; one that holds others gets a neighbour with a number.
///
/// # Errors
/// If the folder cannot be written.
pub(crate) fn save(folder: &Path, ivorn: &str, packet: &[u8]) -> io::Result<PathBuf> {
    let stem = file_stem(ivorn);
    let temporary = folder.join(format!(".{stem}.{}", getpid().as_raw_nonzero()));
    let mut file = std::fs::File::create(&temporary)?;
    file.write_all(packet)?;
    drop(file);
    let placed = place(folder, &stem, packet, &temporary);
    // After a hard link was made, or none could be, the temporary name has served.
    let _ = std::fs::remove_file(&temporary);
    placed
}

fn place(folder: &Path, stem: &str, packet: &[u8], temporary: &Path) -> io::Result<PathBuf> {
    let mut number = 1u32;
    loop {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{suffix}.xml"));
        // A hard link never replaces a file that is there, and appears with all its bytes.
        match std::fs::hard_link(temporary, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if std::fs::read(&path)? == packet {
                    return Ok(path);
                }
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A file name without its ending: what is safe in one is kept, the rest becomes "_".
pub(crate) fn file_stem(ivorn: &str) -> String {
    let name = ivorn.strip_prefix("ivo://").unwrap_or(ivorn);
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+') { c } else { '_' };
    let stem: String = name.chars().map(safe).take(200).collect();
    stem.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_clash_of_names_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let save = |packet: &[u8]| super::save(folder.path(), "ivo://a.b/../c#d:1", packet).unwrap();
        let first = save(b"one");
        assert_eq!(first.file_name().unwrap(), "a.b_.._c_d_1.xml");
        assert_eq!(save(b"one"), first);
        let second = save(b"two");
        assert_eq!(second.file_name().unwrap(), "a.b_.._c_d_1-2.xml");
        assert_eq!(
            (std::fs::read(first).unwrap(), std::fs::read(second).unwrap()),
            (b"one".to_vec(), b"two".to_vec())
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
