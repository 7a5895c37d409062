//! Waiting for something outside this process: a port, a file, a line in a log.
//!
//! Every wait has a condition and a deadline, so that a test is as quick as what it watches, and one that fails
//! says what it waited for.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(5);

/// Waits until a condition holds.
///
/// # Errors
/// `within` has passed; the text names `what`.
pub fn wait_until(within: Duration, what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
    wait_for(within, what, || Ok(condition().then_some(())))
}

/// Waits until a look at the world finds something, and returns it.
///
/// # Errors
/// `within` has passed, and the text names `what`; or the look itself failed, which ends the wait at once.
pub fn wait_for<T>(within: Duration, what: &str, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + within;
    loop {
        // The clock is read before the look: a slow look that succeeds still counts.
        let late = Instant::now() >= deadline;
        if let Some(found) = look()? {
            return Ok(found);
        }
        if late {
            bail!("waited {within:?} in vain for {what}");
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one pause between two looks at a condition with a deadline"
)]
fn pause() {
    thread::sleep(PAUSE);
}
