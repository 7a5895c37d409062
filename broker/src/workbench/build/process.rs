//! The processes of builds: one at a time, each with all that it starts in a group of its own.
//!
//! Whoever wants no build any more ends the group, from another thread; nothing begins after that. What the processes say goes
//! to standard error as it is, or line by line to whoever hears it.

use std::io::{self, BufRead, BufReader, PipeReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How long a process that is told to end may take until it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// The processes of builds.
#[derive(Clone)]
pub(crate) struct Processes(Arc<Shared>);

/// Takes a line that a process says.
type Hear = Box<dyn Fn(&str) + Send + Sync>;

struct Shared {
    hear: Option<Hear>,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    running: Option<Child>,
    is_stopped: bool,
}

/// What is heard of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output and standard error.
    All,
    /// Standard error.
    Errors,
    /// Nothing.
    None,
}

impl Processes {
    /// Processes that say what they say on this one's standard error.
    pub(crate) fn shown() -> Self {
        Self::new(None)
    }

    /// Processes whose lines are heard by a function.
    pub(crate) fn heard(hear: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self::new(Some(Box::new(hear)))
    }

    fn new(hear: Option<Hear>) -> Self {
        Self(Arc::new(Shared { hear, state: Mutex::default(), ended: Condvar::new() }))
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// It cannot be started, or all has been stopped.
    pub(crate) fn run(&self, command: &mut Command, output: Output) -> io::Result<ExitStatus> {
        command.stdin(Stdio::null()).process_group(0);
        let mut words = None;
        if self.0.hear.is_some() {
            let (reader, writer) = io::pipe()?;
            command.stdout(writer.try_clone()?).stderr(writer);
            words = Some(reader);
        } else {
            // Standard output is for what this program says.
            command.stdout(io::stderr()).stderr(Stdio::inherit());
        }
        if output != Output::All {
            command.stdout(Stdio::null());
        }
        if output == Output::None {
            command.stderr(Stdio::null());
        }
        let process = self.start(command)?;
        // The words end when nobody can write any more, this one included.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        words.into_iter().for_each(|words| self.hear(words));
        self.end(process)
    }

    fn start(&self, command: &mut Command) -> io::Result<Option<Pid>> {
        let mut state = self.state();
        if state.is_stopped {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "it was stopped"));
        }
        let child = command.spawn()?;
        let process = number(&child);
        state.running = Some(child);
        Ok(process)
    }

    /// Waits until a process has ended. Only then, and with the lock held, its number is given back to the system: whoever
    /// ends the group never meets another's.
    fn end(&self, process: Option<Pid>) -> io::Result<ExitStatus> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while process.is_some_and(|process| {
            waitid(WaitId::Pid(process), options).is_err_and(|error| error == rustix::io::Errno::INTR)
        }) {}
        let mut state = self.state();
        let status = match state.running.take() {
            Some(mut child) => child.wait(),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        self.0.ended.notify_all();
        status
    }

    fn hear(&self, words: PipeReader) {
        let Some(hear) = &self.0.hear else { return };
        for line in BufReader::new(words).split(b'\n').map_while(Result::ok) {
            hear(String::from_utf8_lossy(&line).trim_end());
        }
    }

    /// Ends what runs, with all that it has started, and lets nothing begin any more.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.is_stopped = true;
        for signal in [Signal::TERM, Signal::KILL] {
            let Some(group) = state.running.as_ref().and_then(number) else { return };
            // It may have ended by itself.
            let _ = kill_process_group(group, signal);
            let waited = self.0.ended.wait_timeout_while(state, GRACE, |state| state.running.is_some());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether all has been stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.state().is_stopped
    }

    // No code that holds the lock can stop half way through a change.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, sync_channel};

    const PATIENCE: Duration = Duration::from_secs(60);

    fn heard() -> (Processes, Receiver<String>) {
        let (tell, told) = sync_channel(16);
        (Processes::heard(move |line| tell.send(line.to_owned()).unwrap()), told)
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_process_says_is_heard_line_by_line() {
        let (processes, told) = heard();
        let mut command = shell("echo one; echo two >&2; exit 3");
        assert_eq!(processes.run(&mut command, Output::All).unwrap().code(), Some(3));
        processes.run(&mut shell("echo left; echo three >&2"), Output::Errors).unwrap();
        drop(processes);
        assert_eq!(told.iter().collect::<Vec<_>>(), ["one", "two", "three"]);
    }

    #[test]
    fn stopping_ends_a_process_with_all_that_it_started_and_nothing_begins_after() {
        let (processes, told) = heard();
        let running = processes.clone();
        // The second holds the pipe for as long as it lives.
        let work = move || {
            let status = running.run(&mut shell("sleep 1000 & echo $!; wait"), Output::All);
            assert!(!status.unwrap().success());
        };
        let thread = crate::lifecycle::start_thread("test", work).unwrap();
        told.recv_timeout(PATIENCE).unwrap();
        processes.stop();
        thread.join().unwrap();
        let error = processes.run(&mut shell("true"), Output::All).unwrap_err();
        assert_eq!((error.to_string().as_str(), processes.is_stopped()), ("it was stopped", true));
    }

    #[test]
    fn a_process_that_does_not_want_to_end_is_killed() {
        let (processes, told) = heard();
        let running = processes.clone();
        let script = "trap '' TERM; echo here; while :; do sleep 1; done";
        let work = move || drop(running.run(&mut shell(script), Output::All));
        let thread = crate::lifecycle::start_thread("test", work).unwrap();
        told.recv_timeout(PATIENCE).unwrap();
        processes.stop();
        thread.join().unwrap();
    }
}
