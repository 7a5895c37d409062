//! A worker: takes a handler's events from the log, in order, and commits what its calls come to.
//!
//! It reads ahead a piece of the log at a time, calls the handler for up to `concurrency` events at once, and takes the
//! results in the order of the log, so that the cursor never passes an event that is not done. Results are committed
//! together: when many wait, or when nothing more is to be had at the moment. What was imported is passed over. A call that saw state which
//! another has changed since is made again. A handler that fails holds up its own events and nobody else's.
//!
//! ```text
//!  log ──> ahead ──> calls under way (in order) ──> pending ──> one commit: state, publications, quarantine, cursor
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};

use super::call::{Caller, Ended};
use super::effects::Pending;
use super::publish::Publisher;
use super::quarantine;
use super::replay::{self, Replay, Replayed, Replays};
use crate::filter::Filters;
use crate::store::{Draft, Entry, Limit, ReadError, RecordChange, Seq, Store, Tail};

/// What is read ahead at once.
const PIECE: Limit = Limit { entries: 64, bytes: 1 << 20 };
/// How long results wait for others to be committed with.
const GATHERING: Duration = Duration::from_millis(5);
/// How long to wait before a log that cannot be read is tried again.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// What a worker is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// Call the handler for an event in quarantine; the answer is why it failed again.
    Retry(Seq, oneshot::Sender<Result<(), String>>),
    /// Take an event out of quarantine for good; whether it was there.
    Drop(Seq, oneshot::Sender<bool>),
    /// Call the handler for an event once more, wherever it is by now; the answer is what came of it.
    Replay(Arc<Entry>, oneshot::Sender<Replayed>),
}

/// A handler's worker.
pub(crate) struct Worker {
    pub(super) caller: Arc<Caller>,
    pub(super) store: Store,
    pub(super) filters: Filters,
    pub(super) publisher: Publisher,
    pub(super) orders: mpsc::Receiver<Order>,
    pub(super) is_paused: watch::Receiver<bool>,
    pub(super) stop: tokio_util::sync::CancellationToken,
    pub(super) pending: Pending,
    /// The last event that was read.
    pub(super) read: Seq,
    pub(super) ahead: VecDeque<Ahead>,
}

/// What was read.
pub(super) enum Ahead {
    Event(Arc<Entry>),
    /// Nothing up to this place but what was imported.
    Passed(Seq),
}

/// How one event that was called for, or passed over, ended.
enum Settled {
    Passed(Seq),
    Ended(Arc<Entry>, Ended),
}

type Calls = FuturesOrdered<BoxFuture<'static, Settled>>;

impl Worker {
    /// Works until it is told to stop; then what is under way is finished and committed.
    pub(crate) async fn run(mut self) {
        let mut calls = Calls::new();
        let mut replays = Replays::new();
        let mut head = self.store.watch_head();
        loop {
            let is_stopping = self.stop.is_cancelled();
            let is_paused = *self.is_paused.borrow();
            if !is_paused && !is_stopping {
                head.mark_unchanged();
                if let Err(error) = self.read_ahead().await {
                    warn!(handler = %self.caller.name, %error, "the log cannot be read at present");
                    tokio::time::sleep(READ_AGAIN).await;
                }
                self.begin(&mut calls);
            }
            let is_idle = calls.is_empty();
            let has_room = calls.len() < self.concurrency();
            if (self.pending.is_full() || is_idle && self.ahead.is_empty()) && !self.commit().await {
                return;
            }
            if is_stopping && is_idle {
                // If the store is closed there is nothing more to do either.
                self.commit().await;
                return;
            }
            // The end first, then orders, which are rare; then results, to make room, those of the log before those of
            // replays; then what has waited long enough for others to be committed; then what is new. Nothing is lost by
            // cancelling any of them.
            tokio::select! {
                biased;
                () = self.stop.cancelled(), if !is_stopping => {}
                Some(order) = self.orders.recv(), if !is_stopping && replays.is_empty() => {
                    if let Some(replay) = self.obey(order).await {
                        replays.push(replay);
                    }
                }
                Some(settled) = calls.next() => self.take(settled, &mut calls).await,
                Some(called) = replays.next() => replays.extend(self.take_replay(called).await),
                () = tokio::time::sleep(GATHERING), if !self.pending.is_empty() => {
                    if !self.commit().await {
                        return;
                    }
                }
                changed = head.changed(), if has_room && !is_paused && !is_stopping => if changed.is_err() { return },
                changed = self.is_paused.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Reads a piece of the log when none is left.
    async fn read_ahead(&mut self) -> Result<(), ReadError> {
        if !self.ahead.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::new();
        match self.store.tail_after(self.read, PIECE, &mut entries) {
            Tail::Filled => {}
            Tail::UpToDate => return Ok(()),
            Tail::Passed(place) => {
                self.read = place;
                self.ahead.push_back(Ahead::Passed(place));
                return Ok(());
            }
            Tail::Behind => {
                let (store, read) = (self.store.clone(), self.read);
                let found = tokio::task::spawn_blocking(move || store.read_after(read, PIECE)).await;
                // The only way to fail is that the runtime is going down.
                entries = found.unwrap_or(Err(ReadError::Closed))?;
            }
        }
        if let Some(last) = entries.last() {
            self.read = last.seq;
        }
        self.ahead.extend(entries.into_iter().map(|entry| match entry.is_imported {
            true => Ahead::Passed(entry.seq),
            false => Ahead::Event(entry),
        }));
        Ok(())
    }

    fn concurrency(&self) -> usize {
        self.caller.active.borrow().concurrency.max(1)
    }

    /// Begins as many calls as there may be at once.
    fn begin(&mut self, calls: &mut Calls) {
        let concurrency = self.concurrency();
        while calls.len() < concurrency
            && let Some(ahead) = self.ahead.pop_front()
        {
            let entry = match ahead {
                Ahead::Event(entry) => entry,
                Ahead::Passed(seq) => {
                    calls.push_back(Box::pin(std::future::ready(Settled::Passed(seq))));
                    continue;
                }
            };
            let (caller, filters) = (self.caller.clone(), self.filters.clone());
            calls.push_back(Box::pin(async move {
                let wants = caller.active.borrow().wants.clone();
                if !wants.accept(&entry, &filters).await {
                    return Settled::Passed(entry.seq);
                }
                let ended = caller.settle(entry.clone()).await;
                Settled::Ended(entry, ended)
            }));
        }
    }

    /// Takes the result of the oldest call under way.
    async fn take(&mut self, settled: Settled, calls: &mut Calls) {
        match settled {
            Settled::Passed(seq) => self.pending.pass(seq),
            Settled::Ended(entry, Ended::Handled(_, view)) if view.is_outdated() => {
                let caller = self.caller.clone();
                calls.push_front(Box::pin(async move {
                    let ended = caller.settle(entry.clone()).await;
                    Settled::Ended(entry, ended)
                }));
            }
            Settled::Ended(entry, Ended::Handled(outcome, _)) => {
                match self.publisher.drafts(&entry, outcome.published) {
                    Ok(drafts) => {
                        let records = self.caller.state.write(outcome.state);
                        self.pending.handled(entry.seq, records, drafts);
                    }
                    Err(reason) => {
                        let (handler, seq, ivoid) = (&self.caller.name, entry.seq.0, &entry.ivoid);
                        error!(%handler, seq, %ivoid, reason, "the event goes into quarantine");
                        self.caller.progress.failed(&reason);
                        let held = self.caller.case_of(&entry, reason);
                        self.pending.quarantined(entry.seq, &held);
                    }
                }
            }
            Settled::Ended(entry, Ended::Failed(held)) => self.pending.quarantined(entry.seq, &held),
            // What comes after it in the log would take the cursor past it.
            Settled::Ended(_, Ended::Left) => calls.clear(),
        }
        if self.pending.is_full() {
            // If the store is closed the next turn ends it.
            self.commit().await;
        }
    }

    async fn commit(&mut self) -> bool {
        let submitter = self.store.submitter();
        let is_committed = self.pending.commit(&submitter, &self.caller.progress, &self.caller.name).await;
        if is_committed {
            self.caller.state.committed();
        }
        is_committed
    }

    /// Does what it is told; a replay is begun, and goes on beside all else.
    async fn obey(&mut self, order: Order) -> Option<Replay> {
        // What was written before is seen by what comes now.
        if !self.commit().await {
            return None;
        }
        // Whoever gave the order may be gone.
        match order {
            Order::Replay(entry, answer) => {
                return Some(replay::begin(self.caller.clone(), self.filters.clone(), entry, answer));
            }
            Order::Drop(seq, answer) => {
                let is_there = self.held(seq).await.is_some();
                if is_there {
                    self.change(vec![quarantine::take_out(&self.caller.name, seq)], Vec::new()).await;
                }
                let _ = answer.send(is_there);
            }
            Order::Retry(seq, answer) => {
                let verdict = self.retry(seq).await;
                let _ = answer.send(verdict);
            }
        }
        None
    }

    /// Calls the handler once more for an event in quarantine.
    async fn retry(&mut self, seq: Seq) -> Result<(), String> {
        let held = self.held(seq).await.ok_or("there is no such event in the handler's quarantine")?;
        let entry = held.entry();
        match self.caller.once(&entry, held.case.attempts + 1).await {
            Ended::Handled(outcome, _) => {
                let drafts = self.publisher.drafts(&entry, outcome.published)?;
                let mut records = self.caller.state.write(outcome.state);
                records.push(quarantine::take_out(&self.caller.name, seq));
                self.change(records, drafts).await;
                Ok(())
            }
            // Only what is tried again and again is left.
            Ended::Left => Err("the handler is being stopped".to_owned()),
            Ended::Failed(held) => {
                let reason = held.case.reason.clone();
                self.change(vec![held.put()], Vec::new()).await;
                Err(reason)
            }
        }
    }

    async fn held(&self, seq: Seq) -> Option<quarantine::Held> {
        let (store, name) = (self.store.clone(), self.caller.name.clone());
        let found = tokio::task::spawn_blocking(move || quarantine::find(&store, &name, seq)).await;
        found.ok()?.ok()?
    }

    pub(super) async fn change(&mut self, records: Vec<RecordChange>, drafts: Vec<Draft>) {
        self.pending.change(records, drafts);
        self.commit().await;
    }
}
