//! Evidence: copies of the journals, made before fjall may cut them.
//!
//! fjall shortens a journal to the part that it could read. After a kill or a power cut the journals are therefore
//! copied first; when the opening finds damage the copy is kept for whoever wants to look for the lost entries, else
//! it is removed. A copy that cannot be made is no reason not to open.

use super::entry::Seq;
use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

const CHUNK_BYTES: usize = 64 << 10;

/// Copies of the journals, in a folder of their own, not yet known to be worth keeping.
#[derive(Debug)]
pub(super) struct Evidence {
    folder: PathBuf,
}

impl Evidence {
    /// Copies the journals of a database to `aside/opening`.
    pub(super) fn take(database: &Path, aside: &Path) -> io::Result<Self> {
        let folder = aside.join("opening");
        remove(&folder)?;
        fs::create_dir_all(&folder)?;
        let evidence = Self { folder };
        for item in fs::read_dir(database)? {
            let path = item?.path();
            if let (Some("jnl"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_name()) {
                copy_sparsely(&path, &evidence.folder.join(name))?;
            }
        }
        Ok(evidence)
    }

    /// Keeps the copies under the first place that was lost; gives the folder.
    pub(super) fn keep(self, lost_from: Seq) -> io::Result<PathBuf> {
        let kept = self.folder.with_file_name(format!("lost-from-{lost_from}"));
        remove(&kept)?;
        fs::rename(&self.folder, &kept)?;
        Ok(kept)
    }

    /// Removes the copies, and the folder around them when it is empty.
    pub(super) fn discard(self) -> io::Result<()> {
        remove(&self.folder)?;
        match self.folder.parent().map(fs::remove_dir) {
            Some(Err(error)) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
            Some(_) | None => Ok(()),
        }
    }
}

/// Copies a file without its zeros: fjall makes a journal 64 MiB long before it writes the first byte.
pub(super) fn copy_sparsely(from: &Path, to: &Path) -> io::Result<()> {
    let (mut source, target) = (File::open(from)?, File::create(to)?);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    loop {
        let count = source.read(&mut chunk)?;
        let read = chunk.get(..count).unwrap_or_default();
        if read.is_empty() {
            return target.set_len(at);
        }
        if read.iter().any(|byte| *byte != 0) {
            target.write_all_at(read, at)?;
        }
        at += count as u64;
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
