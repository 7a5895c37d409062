//! Lifecycle: the only place that spawns, and how what was spawned comes to an end.
//!
//! Tasks belong to a [`Stage`]. Stopping a stage tells its tasks to finish and waits for them, up to a grace period;
//! what is not done by then is aborted, and counted. A broker has two stages, because an event that was accepted must
//! still reach its subscribers: first nothing more is let in, then what is in goes out. Threads are for work that
//! blocks all its life. What a task does when it is told to finish is its own affair.
//!
//! ```text
//!  SIGTERM ──> intake stops: authors, upstreams ──> delivery drains: subscribers ──> the store's writer ends
//! ```

use std::future::Future;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

/// Tasks that are stopped together.
#[derive(Debug, Clone)]
pub struct Stage {
    name: &'static str,
    threads: Option<tokio::runtime::Handle>,
    finish: CancellationToken,
    abort: CancellationToken,
    tasks: TaskTracker,
}

impl Stage {
    /// A stage without tasks.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            threads: None,
            finish: CancellationToken::new(),
            abort: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// A stage without tasks, whose tasks run on threads of their own.
    #[must_use]
    pub fn on(name: &'static str, threads: &Threads) -> Self {
        Self { threads: threads.0.as_ref().map(|runtime| runtime.handle().clone()), ..Self::new(name) }
    }

    /// Starts a task of this stage.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let abort = self.abort.clone();
        let task = async move { abort.run_until_cancelled(task).await.unwrap_or_default() };
        match &self.threads {
            Some(threads) => self.tasks.spawn_on(task, threads).abort_handle(),
            #[expect(clippy::disallowed_methods, reason = "this is the place that spawns")]
            None => self.tasks.spawn(task).abort_handle(),
        }
    }

    /// Completes when the stage's tasks should finish.
    pub async fn finishing(&self) {
        self.finish.cancelled().await;
    }

    /// Whether the stage's tasks should finish.
    #[must_use]
    pub fn is_finishing(&self) -> bool {
        self.finish.is_cancelled()
    }

    /// Tells the tasks to finish and waits for them; after `grace` they are aborted. Returns how many were.
    pub async fn stop(&self, grace: Duration) -> usize {
        debug!(stage = self.name, tasks = self.tasks.len(), "stopping");
        self.finish.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_ok() {
            return 0;
        }
        let left = self.tasks.len();
        warn!(stage = self.name, tasks = left, "not finished within the grace period, aborting");
        self.abort.cancel();
        self.tasks.wait().await;
        left
    }
}

/// Threads apart from those of the network, which the system prefers to them: for code that computes.
#[derive(Debug)]
pub struct Threads(Option<tokio::runtime::Runtime>);

/// How much the system prefers other threads to these.
const NICENESS: i32 = 5;
/// The same of a thread in the background.
const BACKGROUND_NICENESS: i32 = 10;

impl Threads {
    /// A thread more than there are processors, so that one is left when as many tasks compute as can at once.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn start(name: &str) -> io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, Into::into);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .worker_threads(processors + 1)
            .thread_name(name)
            .on_thread_start(|| give_way(NICENESS))
            .build()?;
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Their stage has been stopped; what still blocks has nothing to say any more.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Starts a thread for work that blocks all its life.
///
/// # Errors
/// If the system gives no thread.
pub fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Starts a thread for work that computes long, and that comes after all else: the system prefers all others to it.
///
/// # Errors
/// If the system gives no thread.
pub fn start_background_thread(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    start_thread(name, || {
        give_way(BACKGROUND_NICENESS);
        work();
    })
}

/// Has the system prefer other threads to this one.
fn give_way(niceness: i32) {
    // On Linux this concerns the calling thread alone; without it all threads are alike.
    if let Err(error) = rustix::process::nice(niceness) {
        tracing::debug!(%error, "a thread runs at the priority of all others");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_task_that_finishes_in_time_is_not_aborted() {
        let stage = Stage::new("test");
        let done = Arc::new(AtomicBool::new(false));
        let (waiting, flag) = (stage.clone(), done.clone());
        stage.spawn(async move {
            waiting.finishing().await;
            tokio::time::advance(Duration::from_secs(1)).await;
            flag.store(true, Ordering::SeqCst);
        });
        assert_eq!(stage.stop(Duration::from_secs(5)).await, 0);
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_never_finishes_is_aborted_and_counted() {
        let stage = Stage::new("test");
        stage.spawn(std::future::pending());
        assert_eq!(stage.stop(Duration::from_secs(5)).await, 1);
    }
}
