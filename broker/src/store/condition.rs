//! Condition: whether the store takes events, and how much room there is; told by the writer, for whoever looks.

use super::{ReadError, Store};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Whether submissions can be committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Health {
    /// They can.
    #[default]
    Well,
    /// Less room is left on the disk than is kept free.
    Full,
    /// A write failed, and the database must be opened again first.
    Broken,
}

/// The condition, as the writer tells it.
#[derive(Debug, Default)]
pub(super) struct Told {
    health: Mutex<Health>,
    free_bytes: AtomicU64,
}

impl Told {
    pub(super) fn health(&self, health: Health) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    pub(super) fn free_bytes(&self, bytes: u64) {
        self.free_bytes.store(bytes, Ordering::Relaxed);
    }
}

impl Store {
    /// Whether the store takes events.
    #[must_use]
    pub fn health(&self) -> Health {
        *self.shared.told.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room that was left on the disk when the writer last looked, in bytes; none if the system does not tell.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        let bytes = self.shared.told.free_bytes.load(Ordering::Relaxed);
        (bytes != u64::MAX).then_some(bytes)
    }

    /// What the store takes of the disk, in bytes; looks at its files.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn disk_bytes(&self) -> Result<u64, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        engine.disk_bytes().map_err(ReadError::from)
    }
}
