//! A build of handlers beside a broker that runs: started, shown line by line, and ended with the broker.
//!
//! The script is `handlers/build.sh`, or one that is called as it is: with `--out` and the folder for what it builds. What
//! it says on standard error is shown as it comes. It and all that it starts are a process group, which is told to end
//! when the build is dropped.

use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::lifecycle;
use crate::plain::excerpt;

/// A build that runs, or has ended; without its process once somebody has ended it.
#[derive(Debug)]
pub(super) struct Build(Arc<Mutex<Option<Child>>>);

impl Build {
    /// Starts a script; what it ends with is told, unless it is ended with this value.
    ///
    /// # Errors
    /// It cannot be run.
    pub(super) fn start(
        script: &Path,
        out: &Path,
        tell: impl FnOnce(io::Result<ExitStatus>) + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(script);
        command.arg("--out").arg(out).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let errors = child.stderr.take();
        let build = Self(Arc::new(Mutex::new(Some(child))));
        let child = build.0.clone();
        lifecycle::start_thread("handlers-build", move || {
            errors.into_iter().for_each(show);
            // Whoever ends the build wants no word of it.
            if let Some(child) = lock(&child).as_mut() {
                tell(child.wait());
            }
        })?;
        Ok(build)
    }
}

impl Drop for Build {
    fn drop(&mut self) {
        let Some(mut child) = lock(&self.0).take() else { return };
        // As long as nobody has waited for it, its number is nobody else's.
        if let Ok(None) = child.try_wait() {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::TERM);
            }
            let _ = child.wait();
        }
    }
}

fn show(errors: ChildStderr) {
    for line in BufReader::new(errors).split(b'\n').map_while(Result::ok) {
        eprintln!("handlers: {}", excerpt(String::from_utf8_lossy(&line).trim_end()));
    }
}

// No code that holds the lock can stop half way through a change.
fn lock(child: &Mutex<Option<Child>>) -> MutexGuard<'_, Option<Child>> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
