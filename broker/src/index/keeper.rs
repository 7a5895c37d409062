//! Keeping the index in step with the log of a broker that runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{info, warn};

use super::facts::Facts;
use super::{Index, IndexError};
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

/// A thread that keeps an index.
#[derive(Debug)]
pub(crate) struct Keeper {
    orders: Orders,
    thread: JoinHandle<()>,
}

/// What a keeper is told; clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    end: AtomicBool,
    end_at_head: AtomicBool,
    renew: AtomicBool,
}

impl Orders {
    /// Has the index made anew from the log, at the next look.
    pub(crate) fn renew(&self) {
        self.0.renew.store(true, Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.0.end.load(Ordering::Acquire)
    }
}

impl Keeper {
    /// Starts to keep the index of a store in its data folder.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(store: Store, data_folder: PathBuf) -> io::Result<Self> {
        let orders = Orders::default();
        let told = orders.clone();
        let thread = lifecycle::start_background_thread("index", move || keep(&store, &data_folder, &told))?;
        Ok(Self { orders, thread })
    }

    /// A way to tell it something while it runs.
    pub(crate) fn orders(&self) -> Orders {
        self.orders.clone()
    }

    /// Ends it; what is not in the index is added by the next to come.
    pub(crate) fn stop(self) {
        self.orders.0.end.store(true, Ordering::Release);
        self.join();
    }

    /// Ends it when all that is in the log is in the index.
    pub(crate) fn finish(self) {
        self.orders.0.end_at_head.store(true, Ordering::Release);
        self.join();
    }

    fn join(self) {
        self.thread.thread().unpark();
        if self.thread.join().is_err() {
            warn!("the index was not kept to the end; it goes on with the next start");
        }
    }
}

/// Brings the index in a data folder up to the head of a log; `is_over` is asked between pieces.
///
/// # Errors
/// An [`IndexError`].
fn catch_up(index: &mut Index, store: &Store, is_over: impl Fn() -> bool) -> Result<(), IndexError> {
    let mut left = Span { after: index.reached(), to: store.head() };
    while !left.is_empty() && !is_over() {
        match store.read_span(&mut left, PIECE) {
            Ok(entries) => {
                let facts: Vec<_> = entries.iter().map(|entry| Facts::of(entry)).collect();
                index.add(&facts, left.after)?;
            }
            // It cannot be found, and was told of when the store was opened.
            Err(ReadError::Damaged(_)) => {}
            // Later it may be there.
            Err(ReadError::Closed | ReadError::DamagedCursor | ReadError::Database(_)) => break,
        }
    }
    while index.forget_before(store.oldest())? && !is_over() {}
    Ok(())
}

fn keep(store: &Store, data_folder: &Path, orders: &Orders) {
    let mut kept = None;
    while !orders.is_over() {
        // What is in the log now is what has to be in the index at the end.
        let is_last = orders.0.end_at_head.load(Ordering::Acquire);
        let rest = match step(&mut kept, store, data_folder, orders) {
            Ok(()) => REST,
            Err(error) => {
                warn!(%error, "the index is not kept at present; searches read the log instead");
                kept = None;
                TROUBLE
            }
        };
        if is_last {
            return;
        }
        std::thread::park_timeout(rest);
    }
}

fn step(
    kept: &mut Option<Index>,
    store: &Store,
    data_folder: &Path,
    orders: &Orders,
) -> Result<(), IndexError> {
    let log = store.id().to_string();
    if orders.0.renew.swap(false, Ordering::AcqRel) {
        *kept = Some(Index::make(data_folder, &log)?);
    }
    let index = match kept {
        Some(index) => index,
        None => kept.insert(Index::open(data_folder, &log)?),
    };
    let behind = store.head().0.saturating_sub(index.reached().0.max(store.oldest().0));
    if behind > MUCH {
        info!(events = behind, "the index catches up with the log");
    }
    catch_up(index, store, || orders.is_over())
}
