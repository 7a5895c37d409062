//! Keeping the index in step with the log of a broker that runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{info, warn};

use super::facts::Facts;
use super::{FOLDER, Index, IndexError, search};
use crate::lifecycle;
use crate::store::{Limit, ReadError, Span, Store};

/// What is read and added at once.
const PIECE: Limit = Limit { entries: 512, bytes: 4 << 20 };
/// How often to look for what is new.
const REST: Duration = Duration::from_millis(250);
/// How long to leave an index alone that cannot be written.
const TROUBLE: Duration = Duration::from_secs(30);
/// How much there is to catch up with before it is worth a line.
const MUCH: u64 = 10_000;

/// Slices that are forgotten at one look.
const FORGOTTEN: usize = 16;

/// A thread that keeps an index. Dropping it ends it, without waiting for that.
#[derive(Debug)]
pub(crate) struct Keeper {
    orders: Orders,
    thread: Option<JoinHandle<()>>,
    reported: mpsc::Receiver<Result<(), IndexError>>,
}

/// What a keeper is told; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders(Arc<Wanted>);

#[derive(Debug, Default)]
struct Wanted {
    is_over: AtomicBool,
    is_last: AtomicBool,
    is_anew: AtomicBool,
}

impl Orders {
    /// Has the index made anew from the log, at the next look.
    pub(crate) fn renew(&self) {
        self.0.is_anew.store(true, Ordering::Release);
    }

    /// Ends the keeper at the next piece.
    pub(crate) fn end(&self) {
        self.0.is_over.store(true, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Acquire)
    }
}

impl Keeper {
    /// Starts to keep the index of a store in its data folder.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(store: Store, data_folder: PathBuf) -> io::Result<Self> {
        // Now, and not at the first look: nobody is to find in it what the log has lost, or never had.
        let reached = search::reached(&data_folder, &store.id().to_string());
        if reached > store.head() || !store.new_damages().is_empty() {
            info!("the index knows more than the log, and is made anew");
            // What cannot be removed is emptied when it is opened.
            let _ = std::fs::remove_dir_all(data_folder.join(FOLDER));
        }
        let orders = Orders::default();
        let told = orders.clone();
        let (report, reported) = mpsc::sync_channel(1);
        let thread = lifecycle::start_background_thread("index", move || {
            // Whoever waits for it may be gone.
            let _ = report.send(keep(&store, &data_folder, &told));
        })?;
        Ok(Self { orders, thread: Some(thread), reported })
    }

    /// A way to tell it something while it runs.
    pub(crate) fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Ends it; what is not in the index is added by the next to come.
    pub(crate) fn stop(mut self) {
        self.orders.end();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                warn!("the index was not kept to the end; it goes on with the next start");
            }
        }
    }

    /// Waits until all that is in the log is in the index, or it was [ended](Orders::end), and ends it.
    ///
    /// # Errors
    /// Why the index cannot be written.
    pub(crate) fn finish(self) -> Result<(), IndexError> {
        self.orders.0.is_last.store(true, Ordering::Release);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
        // A thread that panicked has said so.
        let kept = self.reported.recv().unwrap_or(Ok(()));
        self.stop();
        kept
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.orders.end();
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

fn keep(store: &Store, data_folder: &Path, orders: &Orders) -> Result<(), IndexError> {
    let mut kept = None;
    while !orders.is_over() {
        // What is in the log now is what has to be in the index at the end.
        let is_last = orders.0.is_last.load(Ordering::Acquire);
        let step = step(&mut kept, store, data_folder, orders);
        let rest = match &step {
            Ok(()) => REST,
            Err(error) => {
                warn!(%error, "the index is not kept at present; searches read the log instead");
                kept = None;
                TROUBLE
            }
        };
        if is_last {
            return step;
        }
        std::thread::park_timeout(rest);
    }
    Ok(())
}

fn step(
    kept: &mut Option<Index>,
    store: &Store,
    data_folder: &Path,
    orders: &Orders,
) -> Result<(), IndexError> {
    let log = store.id().to_string();
    let is_anew = orders.0.is_anew.load(Ordering::Acquire);
    let mut index = match kept.take().map_or_else(|| Index::open(data_folder, &log), Ok) {
        Ok(index) => index,
        Err(_) if is_anew => Index::make(data_folder, &log)?,
        Err(error) => return Err(error),
    };
    // One that reaches farther than the log is of another copy of it.
    if is_anew || index.reached() > store.head() {
        match index.empty(&log) {
            Err(error) if error.is_damage() => index = Index::make(data_folder, &log)?,
            emptied => emptied?,
        }
        orders.0.is_anew.store(false, Ordering::Release);
    }
    let behind = store.head().0.saturating_sub(index.reached().0.max(store.oldest().0));
    if behind > MUCH {
        info!(events = behind, "the index catches up with the log");
    }
    match catch_up(&mut index, store, orders) {
        Err(error) if error.is_damage() => {
            warn!(%error, "the index is made anew from the log");
            drop(index);
            index = Index::make(data_folder, &log)?;
            catch_up(&mut index, store, orders)?;
        }
        caught_up => caught_up?,
    }
    *kept = Some(index);
    Ok(())
}

/// Brings an index up to the head of a log.
fn catch_up(index: &mut Index, store: &Store, orders: &Orders) -> Result<(), IndexError> {
    let mut left = Span { after: index.reached(), to: store.head() };
    while !left.is_empty() && !orders.is_over() {
        match store.read_span(&mut left, PIECE) {
            Ok(entries) => {
                let facts: Vec<_> = entries.iter().map(|entry| Facts::of(entry)).collect();
                index.add(&facts, left.after)?;
            }
            // It cannot be found, and was told of when the store was opened.
            Err(ReadError::Damaged(_)) => index.add(&[], left.after)?,
            // Nobody waits for what is left.
            Err(ReadError::Closed) => break,
            // Later it may be there.
            Err(error @ (ReadError::DamagedCursor | ReadError::Database(_))) => return Err(error.into()),
        }
    }
    for _ in 0..FORGOTTEN {
        if orders.is_over() || !index.forget_before(store.oldest())? {
            break;
        }
    }
    Ok(())
}
