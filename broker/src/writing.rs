//! The store's writer, on a thread of its own for as long as the store is wanted: in a broker, and in commands that open a
//! store at rest. What it does is told in `store`; here it begins and ends.

use std::io;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

use crate::lifecycle::start_thread;
use crate::store::Writer;

/// A writer that runs. Dropping it ends it, without waiting for that.
#[derive(Debug)]
pub(crate) struct Writing {
    closing: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Writing {
    /// Lets it run.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(writer: Writer) -> io::Result<Self> {
        let closing = CancellationToken::new();
        let told = closing.clone();
        let thread = start_thread("store-writer", move || writer.run(told))?;
        Ok(Self { closing, thread: Some(thread) })
    }

    /// Lets it write what was submitted, and end; whether it ended well. Blocks. What was told as kept is on the disk in
    /// either case.
    pub(crate) fn end(mut self) -> bool {
        self.closing.cancel();
        self.thread.take().is_none_or(|thread| thread.join().is_ok())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}
