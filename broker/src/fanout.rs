//! Fan-out: each subscriber's place in the log, and what it wants of what follows.
//!
//! A [`Subscription`] is a cursor. While its subscriber keeps up it is served from the tail that all share in memory;
//! when it falls behind it reads the log, a piece at a time, and so costs no memory however far behind it is. It
//! promises that every event after its place that its endpoint lets out and its filters match is brought once, in order, and nothing else; to go
//! back is to move the place. What was imported is no news: the place moves past it. A filter that takes long holds up its own subscribers alone. Sending what is brought is
//! left to `net`.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use vtp::Cursor;

use crate::filter::{Allowance, FilterSet, Filters, Screen, Selection};
use crate::store::{Entry, Limit, ReadError, Seq, Store, Tail};

/// Most that is brought at once: what one write of a socket takes.
const PIECE: Limit = Limit { entries: 32, bytes: 128 * 1024 };

/// A subscriber's place in the log.
pub(crate) struct Subscription {
    store: Store,
    filters: Filters,
    head: watch::Receiver<Seq>,
    place: Seq,
    returning: bool,
    selection: Selection,
    /// What follows the place and was fetched, but not decided on; empty if all is sent.
    ahead: VecDeque<Arc<Entry>>,
    /// The verdict on the first of those, when it takes long.
    deciding: Option<BoxFuture<'static, bool>>,
}

/// What a subscription brings next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Events, or none of a piece of which none is wanted.
    Brought,
    /// Nothing: wait with [`Subscription::proceed`].
    UpToDate,
    /// Events from the log: get them with [`Subscription::read`].
    Behind,
}

impl Subscription {
    /// A subscription to all that comes from now on, as far as `screen` lets it out.
    pub(crate) fn new(store: &Store, filters: &Filters, screen: Option<Arc<Screen>>) -> Self {
        Self {
            head: store.watch_head(),
            place: store.head(),
            store: store.clone(),
            filters: filters.clone(),
            returning: false,
            selection: Selection { screen, wanted: None },
            ahead: VecDeque::new(),
            deciding: None,
        }
    }

    /// Wants only what a set matches from now on, or everything.
    pub(crate) fn want(&mut self, wanted: Option<Arc<FilterSet>>) {
        self.selection.wanted = wanted;
        self.forget();
    }

    /// Whether it asked for less than everything.
    pub(crate) fn is_filtered(&self) -> bool {
        self.selection.wanted.is_some()
    }

    /// The place, for the peer to come back to.
    pub(crate) fn cursor(&self) -> Cursor {
        cursor(&self.store, self.place)
    }

    /// The place in the log up to which all is decided on.
    pub(crate) fn place(&self) -> Seq {
        self.place
    }

    /// How many numbers of the log lie ahead.
    pub(crate) fn behind(&self) -> u64 {
        if self.returning { 0 } else { self.store.ahead(self.place) }
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
            self.forget();
        }
        true
    }

    /// Brings what follows, if it is in memory, and moves on; as far as the first on which the verdict takes long.
    pub(crate) fn next(&mut self, into: &mut Vec<Arc<Entry>>) -> Next {
        self.head.mark_unchanged();
        if self.ahead.is_empty() {
            match self.store.tail_after(self.place, PIECE, into) {
                Tail::Filled => self.take(into),
                Tail::Passed(place) => {
                    self.place = place;
                    self.returning = false;
                    return Next::UpToDate;
                }
                Tail::UpToDate => {
                    self.returning = false;
                    return Next::UpToDate;
                }
                Tail::Behind => return Next::Behind,
            }
        }
        self.decide(into);
        Next::Brought
    }

    /// Brings what follows from the log, and moves on. Cancelled, it has not moved.
    pub(crate) async fn read(&mut self, into: &mut Vec<Arc<Entry>>) -> Result<(), ReadError> {
        let (store, place) = (self.store.clone(), self.place);
        let entries = tokio::task::spawn_blocking(move || store.read_after(place, PIECE)).await;
        // The only way to fail is that the runtime is going down.
        *into = entries.unwrap_or(Err(ReadError::Closed))?;
        self.take(into);
        self.decide(into);
        Ok(())
    }

    /// Whether the verdict on the next event is being waited for.
    pub(crate) fn is_deciding(&self) -> bool {
        self.deciding.is_some()
    }

    /// Waits for the verdict on the next event, moves past it and brings it if it is wanted; else for something to
    /// follow. Cancel-safe.
    pub(crate) async fn proceed(&mut self, into: &mut Vec<Arc<Entry>>) {
        if let Some(deciding) = &mut self.deciding {
            let is_wanted = deciding.await;
            self.deciding = None;
            self.pass(is_wanted, into);
        } else if self.head.changed().await.is_err() {
            // The sender lives in the store, of which this holds a clone.
            std::future::pending().await
        }
    }

    /// Puts what was fetched in line to be decided on, unless all is sent.
    fn take(&mut self, fetched: &mut Vec<Arc<Entry>>) {
        if !self.selection.is_everything() {
            self.ahead.extend(fetched.drain(..));
        } else if let Some(last) = fetched.last() {
            self.place = last.seq;
            fetched.retain(|entry| !entry.is_imported);
        }
    }

    /// Decides on what is in line as far as that can be done at once.
    fn decide(&mut self, into: &mut Vec<Arc<Entry>>) {
        let mut allowance = Allowance::default();
        while let Some(entry) = self.ahead.front() {
            if entry.is_imported {
                self.pass(false, into);
                continue;
            }
            match self.filters.try_on(&self.selection, entry, &mut allowance) {
                Some(is_wanted) => self.pass(is_wanted, into),
                None => {
                    let (filters, selection) = (self.filters.clone(), self.selection.clone());
                    let entry = entry.clone();
                    self.deciding = Some(Box::pin(async move { filters.decide(&selection, &entry).await }));
                    return;
                }
            }
        }
    }

    /// Moves past the first in line.
    fn pass(&mut self, is_wanted: bool, into: &mut Vec<Arc<Entry>>) {
        if let Some(entry) = self.ahead.pop_front() {
            self.place = entry.seq;
            if is_wanted {
                into.push(entry);
            }
        }
    }

    fn forget(&mut self) {
        self.ahead.clear();
        self.deciding = None;
    }
}

/// A place in a store's log, as peers are told it.
fn cursor(store: &Store, place: Seq) -> Cursor {
    // A store's name is hexadecimal, which is what a cursor takes.
    Cursor::new(&store.id().to_string(), place.0)
        .unwrap_or_else(|_| unreachable!("a store is named in hexadecimal"))
}
