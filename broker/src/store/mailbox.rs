//! Where the writer thread waits: for a submission, for the time of its upkeep, or for the end.
//!
//! The queue is tokio's, so that submitters wait for room in it without blocking a thread; the writer is a thread of
//! its own without a runtime, and parks until one of the three comes.

use super::submit::Waiting;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// What ended the waiting.
pub(super) enum Mail {
    /// A submission.
    Arrived(Waiting),
    /// The time was over.
    Idle,
    /// The store is being closed and the queue is empty.
    Ended,
}

/// The writer's end of the queue.
pub(super) struct Mailbox {
    queue: mpsc::Receiver<Waiting>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    stopping: bool,
    waker: Waker,
}

impl Mailbox {
    /// The mailbox of the calling thread.
    pub(super) fn new(queue: mpsc::Receiver<Waiting>, stop: CancellationToken) -> Self {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        Self { queue, stop: Box::pin(stop.cancelled_owned()), stopping: false, waker }
    }

    /// Waits for one submission, at most so long. Once stopped it refuses new ones, and ends when all that were
    /// waiting are through.
    pub(super) fn wait(&mut self, patience: Duration) -> Mail {
        let start = Instant::now();
        let mut context = Context::from_waker(&self.waker);
        loop {
            if !self.stopping && self.stop.as_mut().poll(&mut context).is_ready() {
                self.stopping = true;
                self.queue.close();
            }
            match self.queue.poll_recv(&mut context) {
                Poll::Ready(Some(waiting)) => return Mail::Arrived(waiting),
                Poll::Ready(None) => return Mail::Ended,
                Poll::Pending => {}
            }
            match patience.checked_sub(start.elapsed()) {
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                Some(_) | None => return Mail::Idle,
            }
        }
    }

    /// Takes one more without waiting.
    pub(super) fn take(&mut self) -> Option<Waiting> {
        self.queue.try_recv().ok()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
