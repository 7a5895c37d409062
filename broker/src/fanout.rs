//! Fan-out: each subscriber's place in the log.
//!
//! A [`Subscription`] is a cursor. While its subscriber keeps up it is served from the tail that all share in memory;
//! when it falls behind it reads the log, a piece at a time, and so costs no memory however far behind it is. It
//! promises that every event after its place is brought once, in order, and nothing else; to go back is to move the
//! place. Sending what it brings is left to `net`.

use std::sync::Arc;

use tokio::sync::watch;
use vtp::Cursor;

use crate::store::{Entry, Limit, ReadError, Seq, Store, Tail};

/// Most that is brought at once: what one write of a socket takes.
const PIECE: Limit = Limit { entries: 32, bytes: 128 * 1024 };

/// A subscriber's place in the log.
pub(crate) struct Subscription {
    store: Store,
    head: watch::Receiver<Seq>,
    place: Seq,
    returning: bool,
}

/// What a subscription brings next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Events, from memory.
    Brought,
    /// Nothing: wait with [`Subscription::changed`].
    UpToDate,
    /// Events from the log: get them with [`Subscription::read`].
    Behind,
}

impl Subscription {
    /// A subscription to what comes from now on.
    pub(crate) fn new(store: &Store) -> Self {
        Self { head: store.watch_head(), place: store.head(), store: store.clone(), returning: false }
    }

    /// The place, for the peer to come back to.
    pub(crate) fn cursor(&self) -> Cursor {
        cursor(&self.store, self.place)
    }

    /// How many numbers of the log lie ahead.
    pub(crate) fn behind(&self) -> u64 {
        if self.returning { 0 } else { self.head.borrow().0.saturating_sub(self.place.0) }
    }

    /// Goes back to where a returning subscriber was, as far as the log still reaches; false if that is another log.
    pub(crate) fn go_back(&mut self, to: &Cursor) -> bool {
        if to.log() != self.cursor().log() {
            return false;
        }
        let kept = Seq(self.store.oldest().0.saturating_sub(1));
        let place = Seq(to.position()).max(kept);
        if place < self.place {
            self.place = place;
            self.returning = true;
        }
        true
    }

    /// Brings what follows, if it is in memory, and moves on.
    pub(crate) fn next(&mut self, into: &mut Vec<Arc<Entry>>) -> Next {
        self.head.mark_unchanged();
        match self.store.tail_after(self.place, PIECE, into) {
            Tail::Filled => {
                self.move_behind(into);
                Next::Brought
            }
            Tail::UpToDate => {
                self.returning = false;
                Next::UpToDate
            }
            Tail::Behind => Next::Behind,
        }
    }

    /// Brings what follows from the log, and moves on. Cancelled, it has not moved.
    pub(crate) async fn read(&mut self) -> Result<Vec<Arc<Entry>>, ReadError> {
        let (store, place) = (self.store.clone(), self.place);
        let entries = tokio::task::spawn_blocking(move || store.read_after(place, PIECE)).await;
        // The only way to fail is that the runtime is going down.
        let entries = entries.unwrap_or(Err(ReadError::Closed))?;
        self.move_behind(&entries);
        Ok(entries)
    }

    /// Waits for something to follow. Cancel-safe.
    pub(crate) async fn changed(&mut self) {
        // The sender lives in the store, of which this holds a clone.
        if self.head.changed().await.is_err() {
            std::future::pending().await
        }
    }

    fn move_behind(&mut self, brought: &[Arc<Entry>]) {
        if let Some(last) = brought.last() {
            self.place = last.seq;
        }
    }
}

/// A place in a store's log, as peers are told it.
fn cursor(store: &Store, place: Seq) -> Cursor {
    // A store's name is hexadecimal, which is what a cursor takes.
    Cursor::new(&store.id().to_string(), place.0)
        .unwrap_or_else(|_| unreachable!("a store is named in hexadecimal"))
}
