//! One broker a folder: a locked file that says who holds it.
//!
//! The lock is the operating system's and falls with the process, however it dies; the process number inside is only
//! for the operator to read.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    file: File,
}

/// Why the lock was not had.
pub(super) enum LockError {
    /// Another process holds it; what it wrote about itself, which may be nothing.
    Held(String),
    /// The file cannot be opened, locked or written.
    Io(io::Error),
}

/// How long somebody else may hold the lock before we give up: who reads a store at rest has it for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

impl FolderLock {
    /// Takes the lock and writes down who has it.
    pub(super) fn take(path: &Path) -> Result<Self, LockError> {
        let mut lock = Self::hold(path)?;
        let holder = format!("{}\n", std::process::id());
        let file = &mut lock.file;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(LockError::Io)?;
        Ok(lock)
    }

    /// Who has the lock, by what he wrote about himself; nobody, where it is free or was never taken. Changes nothing.
    pub(super) fn holder(path: &Path) -> io::Result<Option<String>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        match within_patience(|| file.try_lock_shared()) {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(said(file))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock and changes nothing.
    pub(super) fn hold(path: &Path) -> Result<Self, LockError> {
        let options = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = options.map_err(LockError::Io)?;
        match within_patience(|| file.try_lock()) {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(said(file))),
            Err(TryLockError::Error(error)) => Err(LockError::Io(error)),
        }
    }
}

/// Tries to lock until it is had, or somebody else has had it for too long.
fn within_patience(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    let start = Instant::now();
    loop {
        match lock() {
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                std::thread::park_timeout(Duration::from_millis(20));
            }
            tried => return tried,
        }
    }
}

/// What the holder wrote down.
fn said(file: File) -> String {
    let mut holder = String::new();
    // Unreadable content only makes the message poorer.
    let _ = file.take(32).read_to_string(&mut holder);
    holder.trim().to_owned()
}
