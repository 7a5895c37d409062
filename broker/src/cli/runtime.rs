//! The runtime that commands run on, and the signals that end them.

use std::future::Future;
use std::io;

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::lifecycle::start_thread;

/// Threads for work that blocks: reading the log for subscribers that fell behind, judging large packets.
const BLOCKING_THREADS: usize = 8;

/// Runs a command to its end.
///
/// # Errors
/// If the system gives no threads.
pub(super) fn block_on<T>(command: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("philae")
        .build()?;
    let result = runtime.block_on(command);
    // What still blocks has nothing to say any more.
    runtime.shutdown_background();
    Ok(result)
}

/// Does work that blocks, to its end; if the process is asked to end before, `stop` is called, which is to hasten it.
///
/// # Errors
/// If the system gives no threads.
pub(super) fn until_asked_to_end<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
    stop: impl FnOnce(),
) -> io::Result<T> {
    let done = block_on(async {
        let (tell, told) = oneshot::channel();
        let end = asked_to_end();
        start_thread("work", move || drop(tell.send(work())))?;
        tokio::pin!(told, end);
        // What is done first, since nothing is left to be ended then. Both can be waited for again.
        tokio::select! {
            biased;
            done = &mut told => return done.map_err(io::Error::other),
            _ = &mut end => stop(),
        }
        told.await.map_err(io::Error::other)
    });
    done.flatten()
}

/// Completes when the process is asked to end, by SIGTERM or SIGINT.
///
/// # Errors
/// If signals cannot be listened to.
pub(super) async fn asked_to_end() -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // Either will do; receiving is cancel-safe.
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The signals that a broker obeys, listened to from the moment that this is made.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end: SIGTERM or SIGINT.
    End,
    /// To look at what has changed: SIGHUP.
    Look,
}

impl Signals {
    /// Listens from now on, so that none ends the process by itself any more.
    ///
    /// # Errors
    /// If signals cannot be listened to.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next. Cancel-safe.
    pub(super) async fn next(&mut self) -> Asked {
        // The end first: whoever asked for it wants no look any more. Receiving is cancel-safe.
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.hangup.recv() => Asked::Look,
        }
    }
}

/// Lets the process open as many sockets as the system permits it.
pub(super) fn raise_socket_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // It worked before with fewer; whoever runs into the limit is told by the listener.
    let _ = setrlimit(Resource::Nofile, limit);
}
