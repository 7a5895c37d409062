//! Starting and stopping workers, and where one begins that was never here.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::call::Caller;
use super::effects::Pending;
use super::handle::Active;
use super::progress::Progress;
use super::publish::Publisher;
use super::state::State;
use super::worker::{Order, Worker};
use crate::filter::Filters;
use crate::lifecycle::Stage;
use crate::store::{CommitError, CursorName, Limit, ReadError, Seq, Store, Submission, Submitter};

/// Orders that wait for a worker.
const ORDERS: usize = 16;

/// What is kept of a handler that is paused.
const PAUSED: &str = "yes";

/// Where a handler begins that has never been called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// With the next event.
    Latest,
    /// With the first after this one.
    After(Seq),
    /// With the oldest that is kept.
    Earliest,
    /// With the first that was accepted at this moment or later.
    At(Timestamp),
}

/// Why a handler's worker cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeginError {
    /// Its place or its state cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its place cannot be kept.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// All workers.
#[derive(Clone)]
pub(crate) struct Pipeline {
    store: Store,
    filters: Filters,
    stage: Stage,
}

/// A worker that runs. Dropped, it is given up: it ends at the next event without committing.
pub(crate) struct Running {
    pub(crate) name: Arc<str>,
    pub(crate) active: watch::Sender<Active>,
    pub(crate) paused: watch::Sender<bool>,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) progress: Arc<Progress>,
    stop: CancellationToken,
    done: watch::Receiver<bool>,
}

impl Pipeline {
    /// No workers yet; those to come belong to `stage`.
    pub(crate) fn new(store: &Store, filters: &Filters, stage: Stage) -> Self {
        Self { store: store.clone(), filters: filters.clone(), stage }
    }

    /// The newest place in the log.
    pub(crate) fn head(&self) -> Seq {
        self.store.head()
    }

    /// Starts a worker: where it left off, or at `begin`; paused, if it was when the broker ran last.
    ///
    /// # Errors
    /// Its place or its state cannot be read or kept.
    pub(crate) async fn start(
        &self,
        name: &str,
        active: Active,
        begin: Begin,
    ) -> Result<Running, BeginError> {
        let cursor = CursorName::new(&format!("handler {name}"));
        let (store, handler, wanted) = (self.store.clone(), name.to_owned(), cursor.clone());
        let loaded = tokio::task::spawn_blocking(move || {
            let kept = store.cursor(&wanted)?.and_then(|place| place.parse().ok()).map(Seq);
            let place = match kept {
                Some(place) => place,
                None => first(&store, begin)?,
            };
            let is_paused = store.cursor(&pause_name(&handler))?.is_some_and(|kept| &*kept == PAUSED);
            Ok::<_, ReadError>((kept.is_none(), place, State::load(&store, &handler)?, is_paused))
        });
        let (is_new, place, state, is_paused) = loaded.await.unwrap_or(Err(ReadError::Closed))?;
        if is_new {
            // From here on it is owed every event, even if it is stopped before the first.
            let submission = Submission::cursor(cursor.clone(), &place.0.to_string());
            self.store.submitter().commit(submission).await?;
        }
        let name: Arc<str> = name.into();
        let (active, seen) = watch::channel(active);
        let (paused, is_paused) = watch::channel(is_paused);
        let (orders, taken) = mpsc::channel(ORDERS);
        let (done_sender, done) = watch::channel(false);
        let (progress, stop) = (Arc::<Progress>::default(), CancellationToken::new());
        progress.committed(place, 0, 0, 0);
        let caller = Caller {
            name: name.clone(),
            active: seen,
            state: Arc::new(state),
            progress: progress.clone(),
            stop: stop.clone(),
        };
        let worker = Worker {
            caller: Arc::new(caller),
            store: self.store.clone(),
            filters: self.filters.clone(),
            publisher: Publisher::new(&name),
            orders: taken,
            is_paused,
            stop: stop.clone(),
            pending: Pending::new(cursor, place),
            read: place,
            ahead: VecDeque::new(),
        };
        let stage = self.stage.clone();
        let ending = stop.clone();
        self.stage.spawn(async move {
            let work = worker.run();
            tokio::pin!(work);
            // The end of the stage ends the worker as its own does: it finishes what is under way.
            tokio::select! {
                () = &mut work => {}
                () = stage.finishing() => {
                    ending.cancel();
                    work.await;
                }
            }
            done_sender.send_replace(true);
        });
        Ok(Running { name, active, paused, orders, progress, stop, done })
    }
}

impl Running {
    /// Has the handler called no more, or again; this lasts over a restart.
    ///
    /// # Errors
    /// It cannot be kept, and nothing has changed.
    pub(crate) async fn pause(&self, is_paused: bool, submitter: &Submitter) -> Result<(), CommitError> {
        let kept = if is_paused { PAUSED } else { "" };
        submitter.commit(Submission::cursor(pause_name(&self.name), kept)).await?;
        self.paused.send_replace(is_paused);
        Ok(())
    }

    /// Stops the worker once what is under way is finished and committed.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        // An error is a worker that was aborted.
        let _ = self.done.clone().wait_for(|is_done| *is_done).await;
    }
}

/// Under this name it is kept whether a handler is paused.
fn pause_name(handler: &str) -> CursorName {
    CursorName::new(&format!("handler {handler} paused"))
}

/// The place before the first event that a new handler gets.
fn first(store: &Store, begin: Begin) -> Result<Seq, ReadError> {
    match begin {
        Begin::Latest => Ok(store.head()),
        Begin::After(place) => Ok(place),
        Begin::Earliest => Ok(store.oldest().previous()),
        Begin::At(moment) => {
            // Places are in the order of acceptance, so halving finds it; what a clock that was set back did is passed over.
            let (mut before, mut end) = (store.oldest().previous(), store.head());
            while before < end {
                let middle = Seq(before.0 + (end.0 - before.0) / 2);
                let next = store.read_after(middle, Limit { entries: 1, bytes: 0 })?;
                match next.first() {
                    Some(entry) if entry.received < moment => before = entry.seq,
                    Some(_) | None => end = middle,
                }
            }
            Ok(before)
        }
    }
}
