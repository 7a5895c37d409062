//! Turns: who may call next, within the slots that the engine has.
//!
//! Each handler has one turn that nobody else takes, so that it is called however many calls of others are under way and
//! however long those take. What it is called for at once beyond that comes out of what all share. A new
//! revision takes over the turn of its name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

use super::error::LoadError;

/// Handlers that may be loaded.
const MAX_HANDLERS: u32 = 128;

/// The turns of all handlers.
pub(super) struct Turns {
    shared: Semaphore,
    own: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// The turn that one handler has for itself.
pub(super) struct OwnTurn(Arc<Semaphore>);

impl Turns {
    /// With so many turns to share.
    pub(super) fn new(shared: u32) -> Self {
        Self { shared: Semaphore::new(shared as usize), own: Mutex::new(HashMap::new()) }
    }

    /// The slots that these turns need, with so many to share.
    pub(super) fn slots(shared: u32) -> u32 {
        shared.saturating_add(MAX_HANDLERS)
    }

    /// The turn of a name.
    ///
    /// # Errors
    /// If there are too many handlers.
    pub(super) fn own(&self, name: &str) -> Result<OwnTurn, LoadError> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = own.get(name).and_then(Weak::upgrade) {
            return Ok(OwnTurn(turn));
        }
        own.retain(|_, turn| turn.strong_count() > 0);
        if own.len() >= MAX_HANDLERS as usize {
            return Err(LoadError::TooMany { limit: MAX_HANDLERS });
        }
        let turn = Arc::new(Semaphore::new(1));
        own.insert(name.to_owned(), Arc::downgrade(&turn));
        Ok(OwnTurn(turn))
    }

    /// Waits for a handler's turn: its own, or one of those that all share.
    pub(super) async fn wait<'a>(&'a self, own: &'a OwnTurn) -> Result<SemaphorePermit<'a>, AcquireError> {
        // Whichever is not waited for any more gives up its place in the line.
        tokio::select! {
            biased;
            turn = own.0.acquire() => turn,
            turn = self.shared.acquire() => turn,
        }
    }
}
