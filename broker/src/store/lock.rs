//! One broker a folder: a locked file that says who holds it.
//!
//! The lock is the operating system's and falls with the process, however it dies; what is inside is only for the
//! operator to read: the process number and, since there is more than brokers, what that does, as in `4711 import`.

use super::Purpose;
use std::{
    fmt,
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

/// Who has a store open, as far as it wrote that down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub process: Option<u32>,
    /// What it does; not known of what a later Philae does.
    pub purpose: Option<Purpose>,
}

impl Holder {
    fn parse(text: &str) -> Self {
        let (process, purpose) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        // An earlier Philae wrote its process number alone.
        let purpose = if purpose.is_empty() { Some(Purpose::Broker) } else { Purpose::named(purpose) };
        Self { process: process.parse().ok(), purpose }
    }

    /// Whether it is a broker, which can be asked.
    #[must_use]
    pub fn is_broker(&self) -> bool {
        self.purpose == Some(Purpose::Broker)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(process) = self.process else { return f.write_str("another process") };
        let purpose = self.purpose.map_or("program", Purpose::name);
        write!(f, "the {purpose} with process number {process}")
    }
}

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct FolderLock {
    file: File,
}

/// Why the lock was not had.
pub(super) enum LockError {
    /// Another process holds it.
    Held(Holder),
    /// The file cannot be opened, locked or written.
    Io(io::Error),
}

/// How long somebody else may hold the lock before we give up: who reads a store at rest has it for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

impl FolderLock {
    /// Takes the lock and writes down who has it.
    pub(super) fn take(path: &Path, purpose: Purpose) -> Result<Self, LockError> {
        let mut lock = Self::hold(path)?;
        let holder = format!("{} {}\n", std::process::id(), purpose.name());
        let file = &mut lock.file;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(LockError::Io)?;
        Ok(lock)
    }

    /// Who has the lock, by what he wrote about himself; nobody, where it is free or was never taken. Changes nothing.
    pub(super) fn holder(path: &Path) -> io::Result<Option<Holder>> {
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
fn said(file: File) -> Holder {
    let mut holder = String::new();
    // Unreadable content only makes the message poorer.
    let _ = file.take(64).read_to_string(&mut holder);
    Holder::parse(&holder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_holds_the_lock_is_told_with_what_it_does() {
        let told = |text: &str| Holder::parse(text).to_string();
        assert_eq!(told("7 broker\n"), "the broker with process number 7");
        assert_eq!(told("7 import\n"), "the import with process number 7");
        assert_eq!(told("7 index rebuild\n"), "the index rebuild with process number 7");
        assert_eq!(told("7 something later\n"), "the program with process number 7");
        assert_eq!(told(""), "another process");
    }

    #[test]
    fn a_process_number_alone_is_that_of_a_broker() {
        let holder = Holder::parse("7\n");
        assert!(holder.is_broker() && holder.process == Some(7));
    }
}
