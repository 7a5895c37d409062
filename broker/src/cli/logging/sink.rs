//! The sink: lines from every thread, written to one output by a thread of its own.
//!
//! Whoever logs copies a line into a buffer and goes on. The writing thread takes all that has gathered in one write,
//! and while lines come fast it lets them gather for some milliseconds: at ten thousand a second a wake and a write for
//! each would cost more than the lines. The buffer is bounded in bytes; what a slow reader leaves no room for is dropped, counted,
//! and told in place of the lines.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

use crate::config::LogFormat;
use crate::lifecycle;

/// Bytes that wait for a slow reader.
const BUFFER_BYTES: usize = 1 << 20;
/// Lines are written as they come unless so many writes fell within [`GATHERING`].
const AT_ONCE: u32 = 16;
/// How long lines gather from then on, counted from the first of those writes.
const GATHERING: Duration = Duration::from_millis(20);

/// How long the end may take when nobody reads.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where lines go in.
#[derive(Debug, Clone)]
pub(super) struct Sink(Arc<Shared>);

/// Waits when it is dropped until what is still buffered is written, but no longer than a second.
#[derive(Debug)]
pub(in crate::cli) struct Guard(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    dropped: u64,
    is_closing: bool,
    is_closed: bool,
}

impl Sink {
    /// A sink into `output`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(output: impl Write + Send + 'static, format: LogFormat) -> io::Result<(Self, Guard)> {
        let shared = Arc::new(Shared::default());
        let writing = shared.clone();
        lifecycle::start_thread("log-writer", move || writing.write_to(output, format))?;
        Ok((Self(shared.clone()), Guard(shared)))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can stop half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        at_most: Duration,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout_while(state, at_most, condition);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn write_to(&self, mut output: impl Write, format: LogFormat) {
        let mut lines = Vec::new();
        let (mut since, mut writes) = (Instant::now(), 0);
        let mut state = self.state();
        loop {
            while state.lines.is_empty() && state.dropped == 0 && !state.is_closing {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::swap(&mut lines, &mut state.lines);
            let dropped = std::mem::take(&mut state.dropped);
            let is_closing = state.is_closing;
            drop(state);
            if dropped > 0 {
                lines.extend_from_slice(gap(dropped, format).as_bytes());
            }
            // There is nowhere to report that the log cannot be written.
            let _ = output.write_all(&lines).and_then(|()| output.flush());
            lines.clear();
            state = self.state();
            if is_closing && state.lines.is_empty() {
                state.is_closed = true;
                return self.changed.notify_all();
            }
            writes += 1;
            if since.elapsed() >= GATHERING {
                (since, writes) = (Instant::now(), 0);
            } else if writes >= AT_ONCE {
                let left = GATHERING.saturating_sub(since.elapsed());
                state = self.wait_while(state, left, |state| !state.is_closing);
            }
        }
    }
}

/// What stands in place of lines that were dropped.
fn gap(dropped: u64, format: LogFormat) -> String {
    match format {
        LogFormat::Text => format!("({dropped} lines were dropped here)\n"),
        LogFormat::Json => {
            let now = jiff::Timestamp::now();
            let told = r#""level":"WARN","message":"lines were dropped here""#;
            format!("{{\"timestamp\":\"{now}\",{told},\"dropped\":{dropped}}}\n")
        }
    }
}

impl Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.lines.len() + line.len() > BUFFER_BYTES {
            state.dropped += 1;
        } else {
            let was_empty = state.lines.is_empty();
            state.lines.extend_from_slice(line);
            drop(state);
            if was_empty {
                self.0.changed.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Sink;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_closing = true;
        self.0.changed.notify_all();
        drop(self.0.wait_while(state, FAREWELL, |state| !state.is_closed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    /// An output that takes each write only when it is let.
    struct Gated {
        let_through: Receiver<()>,
        written: SyncSender<Vec<u8>>,
    }

    impl Write for Gated {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            let _ = self.let_through.recv();
            self.written.send(lines.to_vec()).unwrap();
            Ok(lines.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (SyncSender<()>, Receiver<Vec<u8>>, Sink, Guard) {
        let (gate, let_through) = sync_channel(8);
        let (written, read) = sync_channel(8);
        let (sink, guard) = Sink::start(Gated { let_through, written }, LogFormat::Text).unwrap();
        (gate, read, sink, guard)
    }

    #[test]
    fn all_lines_are_written_in_order_before_the_guard_is_gone() {
        let (gate, read, sink, guard) = gated();
        drop(gate);
        for line in 0..1000 {
            writeln!(&sink, "{line}").unwrap();
        }
        drop(guard);
        let written = String::from_utf8(read.iter().flatten().collect()).unwrap();
        assert_eq!(
            written.lines().map(|line| line.parse().unwrap()).collect::<Vec<u32>>(),
            (0..1000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_reader_that_is_stuck_costs_lines_and_no_more_memory() {
        let (gate, read, sink, guard) = gated();
        let line = [b'x'; 1024];
        for _ in 0..3 * BUFFER_BYTES / line.len() {
            (&sink).write_all(&line).unwrap();
        }
        assert!(sink.0.state().lines.capacity() <= 2 * BUFFER_BYTES);
        drop(gate);
        drop(guard);
        let written: Vec<u8> = read.iter().flatten().collect();
        assert!(written.len() <= 2 * BUFFER_BYTES + 2048);
        assert!(written.ends_with(b" lines were dropped here)\n"));
    }
}
