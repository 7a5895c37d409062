//! Pace: handlers that compute much take turns, and leave a thread to those that do not.
//!
//! A handler may compute a tenth of the time as it likes, and a tick at once, which is all that most ever need. What it
//! computes beyond that it computes in slices of a tick, and of such slices as many run at once as there are processors. There
//! is a thread more than that: however many guests never end, one that is done in a millisecond finds it free. A slice is
//! given up when its time is over and whenever the guest waits for something.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::UpdateDeadline;

use super::engine::TICK;

/// How much longer than it computed a handler must rest before that is forgotten.
const REST: u32 = 10;

/// The slices of all handlers.
#[derive(Debug, Clone)]
pub(super) struct Slices(Arc<Semaphore>);

/// What a handler has computed of late.
#[derive(Debug, Clone)]
pub(super) struct Spent(Arc<Mutex<(Duration, Instant)>>);

/// What one call computes.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    slices: Slices,
    spent: Spent,
    work: Arc<Mutex<Work>>,
}

#[derive(Debug, Default)]
struct Work {
    slice: Option<OwnedSemaphorePermit>,
    /// Since when it computes, if it does.
    since: Option<Instant>,
}

impl Slices {
    /// As many as there are processors.
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, Into::into))))
    }

    /// For a call of a handler that has computed so much.
    pub(super) fn pace(&self, spent: &Spent) -> Pace {
        Pace { slices: self.clone(), spent: spent.clone(), work: Arc::default() }
    }
}

impl Spent {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new((Duration::ZERO, Instant::now()))))
    }

    /// Adds to it, and tells whether it is much.
    fn add(&self, more: Duration) -> bool {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, since) = *spent;
        let now = Instant::now();
        let rested = now.saturating_duration_since(since) / REST;
        *spent = (before.saturating_sub(rested) + more, now);
        spent.0 >= TICK
    }
}

impl Pace {
    /// What a guest that was interrupted is to do.
    pub(super) fn next(&self) -> UpdateDeadline {
        if !self.is_much() {
            return UpdateDeadline::Continue(1);
        }
        self.work().slice = None;
        let pace = self.clone();
        UpdateDeadline::YieldCustom(
            1,
            Box::pin(async move {
                tokio::task::yield_now().await;
                pace.slice().await;
            }),
        )
    }

    /// Runs a guest to its end.
    pub(super) async fn run<T>(&self, guest: impl Future<Output = T>) -> T {
        if self.spent.add(Duration::ZERO) {
            self.slice().await;
        }
        let mut guest = pin!(guest);
        poll_fn(|context| {
            self.work().since = Some(Instant::now());
            let polled = guest.as_mut().poll(context);
            self.is_much();
            *self.work() = Work::default();
            polled
        })
        .await
    }

    /// Waits for a slice.
    fn slice(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let pace = self.clone();
        Box::pin(async move {
            // Never closed; and were it, all would run.
            let slice = pace.slices.0.clone().acquire_owned().await.ok();
            pace.work().slice = slice;
        })
    }

    /// Counts what was computed until now, and tells whether the handler has computed much.
    fn is_much(&self) -> bool {
        let since = self.work().since.replace(Instant::now());
        self.spent.add(since.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    // No code that holds the lock can stop half way through a change.
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_computed_is_much_until_it_is_rested_from() {
        let spent = Spent::new();
        assert!(!spent.add(TICK / 2));
        assert!(spent.add(TICK));
        let long_ago = Instant::now().checked_sub(TICK * REST * 2).unwrap();
        spent.0.lock().unwrap().1 = long_ago;
        assert!(!spent.add(Duration::ZERO));
    }
}
