//! One broker a folder: a locked file that says who holds it.
//!
//! The lock is the operating system's and falls with the process, however it dies; the process number inside is only
//! for the operator to read.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

/// Why the lock was not had.
pub(super) enum LockError {
    /// Another process holds it; what it wrote about itself, which may be nothing.
    Held(String),
    /// The file cannot be opened, locked or written.
    Io(io::Error),
}

impl FolderLock {
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Unreadable content only makes the message poorer.
                let _ = file.take(32).read_to_string(&mut holder);
                return Err(LockError::Held(holder.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        let holder = format!("{}\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(LockError::Io)?;
        Ok(Self { _file: file })
    }
}
