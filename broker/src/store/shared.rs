//! What readers and the writer share: the database, which may be away for a moment, and how far the log reaches.

use super::{condition::Told, engine::Engine, entry::Seq, signs::Signs, tail::RecentEntries};
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The state behind every clone of a store.
pub(super) struct Shared {
    engine: RwLock<Option<Arc<Engine>>>,
    oldest: AtomicU64,
    pub(super) recent: RecentEntries,
    pub(super) head: watch::Sender<Seq>,
    pub(super) told: Told,
    pub(super) signs: Signs,
}

impl Shared {
    pub(super) fn new(engine: Engine, oldest: Seq, recent: RecentEntries) -> Self {
        let head = watch::Sender::new(recent.head());
        let (engine, oldest) = (RwLock::new(Some(Arc::new(engine))), AtomicU64::new(oldest.0));
        Self { engine, oldest, recent, head, told: Told::default(), signs: Signs::default() }
    }

    /// The database, or `None` while it is closed. Hold it for one read only.
    pub(super) fn engine(&self) -> Option<Arc<Engine>> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a database in place.
    pub(super) fn install(&self, engine: Engine) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(engine));
    }

    /// Takes the database away and closes it; `false` when some reader still held it after `patience`.
    pub(super) fn close(&self, patience: Duration) -> bool {
        let Some(engine) = self.engine.write().unwrap_or_else(PoisonError::into_inner).take() else {
            return true;
        };
        let start = Instant::now();
        let mut held = engine;
        loop {
            match Arc::try_unwrap(held) {
                Ok(engine) => {
                    drop(engine);
                    return true;
                }
                Err(_) if start.elapsed() > patience => return false,
                Err(engine) => held = engine,
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    pub(super) fn oldest(&self) -> Seq {
        Seq(self.oldest.load(Ordering::Acquire))
    }

    pub(super) fn set_oldest(&self, oldest: Seq) {
        self.oldest.store(oldest.0, Ordering::Release);
    }
}
