//! A worker as its parent has it: a process, the link to it, and what it said at its end.
//!
//! It ends with this value. Should the parent be killed, it ends by itself, however busy it is: it asks the system to.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read as _, Seek as _};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{MemfdFlags, memfd_create};

use super::order::{self, Answer, Order};
use super::trouble::{During, Trouble};
use crate::plain::excerpt;

/// Most of its last words that are read.
const LAST_WORDS_BYTES: u64 = 4 << 10;
/// The shortest time that the system can wait.
const MOMENT: Duration = Duration::from_millis(1);

/// How long may be waited for workers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// For an evaluation, or compiling.
    pub(crate) each: Duration,
    /// For the whole query, and since when.
    pub(crate) whole: Option<(Instant, Duration)>,
}

/// A worker. Dropping it ends the process.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    link: BufReader<UnixStream>,
    last_words: File,
}

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Death {
    /// It wanted more memory than it may have.
    Memory,
    /// The expression, or a value, is nested deeper than its stack.
    Depth,
    /// In another way, in these words.
    Other(String),
}

impl Worker {
    /// Starts a worker by a command that works on its standard input.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let last_words = File::from(memfd_create("philae-worker", MemfdFlags::CLOEXEC)?);
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(last_words.try_clone()?);
        let child = command.spawn()?;
        // The command holds the other end; while it is here, the worker's end would not be seen.
        drop(command);
        Ok(Self { child, link: BufReader::new(ours), last_words })
    }

    /// Another handle of the link, to write orders to.
    pub(super) fn link(&self) -> io::Result<UnixStream> {
        self.link.get_ref().try_clone()
    }

    /// Gives an order.
    pub(super) fn order(&mut self, order: &Order, during: During) -> Result<(), Trouble> {
        match order::write(&mut self.link.get_ref(), order) {
            Err(error) if is_gone(&error) => Err(Trouble::Died { during, death: self.death() }),
            written => written.map_err(Trouble::System),
        }
    }

    /// The next answer. Only waiting for it counts as the worker's time, which `spent` sums up.
    pub(super) fn answer(
        &mut self,
        during: impl Fn() -> During,
        bounds: &Bounds,
        spent: &mut Duration,
    ) -> Result<Answer, Trouble> {
        let started = Instant::now();
        let (left, slow) = bounds.left(*spent);
        self.link.get_ref().set_read_timeout(Some(left.max(MOMENT))).map_err(Trouble::System)?;
        let answer = order::read(&mut self.link);
        *spent += started.elapsed();
        match answer {
            Ok(Some(answer)) => Ok(answer),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(match slow {
                    Some(limit) => Trouble::Slow { during: During::Query, limit },
                    None => Trouble::Slow { during: during(), limit: bounds.each },
                })
            }
            Err(error) if !is_gone(&error) => Err(Trouble::System(error)),
            Ok(None) | Err(_) => Err(Trouble::Died { during: during(), death: self.death() }),
        }
    }

    /// How it ended, which it has, or does now.
    fn death(&mut self) -> Death {
        // It closed the link: it has ended, or has no other use.
        let _ = self.link.get_ref().shutdown(Shutdown::Both);
        let status = self.child.wait();
        let mut words = Vec::new();
        // What cannot be read leaves the status.
        let _ = self.last_words.rewind();
        let _ = (&self.last_words).take(LAST_WORDS_BYTES).read_to_end(&mut words);
        let words = String::from_utf8_lossy(&words);
        if words.contains("memory allocation of") {
            return Death::Memory;
        }
        if words.contains("has overflowed its stack") {
            return Death::Depth;
        }
        let signal = status.as_ref().ok().and_then(std::process::ExitStatus::signal);
        Death::Other(match (words.lines().last(), signal, status) {
            (Some(last), ..) => excerpt(last),
            (None, Some(9), _) => "it was killed; the system may be short of memory".to_owned(),
            (None, _, Ok(status)) => status.to_string(),
            (None, _, Err(error)) => error.to_string(),
        })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Both fail only for a child that has been waited for already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bounds {
    /// How long may still be waited, and the limit of the whole if that is what ends it.
    fn left(&self, spent: Duration) -> (Duration, Option<Duration>) {
        let each = self.each.saturating_sub(spent);
        match self.whole {
            Some((since, limit)) if limit.saturating_sub(since.elapsed()) < each => {
                (limit.saturating_sub(since.elapsed()), Some(limit))
            }
            Some(_) | None => (each, None),
        }
    }
}

/// Whether the other end is not there any more.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => {
                f.write_str("it needs more memory than it may have; ask of fewer events, or allow more with --memory-limit")
            }
            Self::Depth => f.write_str("it is nested, or calls itself, too deeply; simplify it"),
            Self::Other(words) => f.write_str(words),
        }
    }
}
