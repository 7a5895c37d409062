//! A process that evaluates for `philae query`: the same program, called with words that no operator types.
//!
//! It gives up all files, new privileges and further memory, asks the system to be ended with its parent, and then does what
//! is ordered on its standard input. The command line's own grammar does not know of it, so that neither do help, manual
//! pages nor shells.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getpid, getppid, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::cli::EXIT_FAILED;
use crate::config::ByteSize;
use crate::query::work;
use crate::sandbox::Reach;

/// What a worker is called with, before its parent's number and its limit of memory.
const WORD: &str = "query-worker";

/// The command that starts one.
pub(super) fn command(memory: ByteSize) -> Command {
    // This very program, even if its file has been replaced meanwhile.
    let mut command = Command::new("/proc/self/exe");
    command.arg0("philae").args([WORD, &getpid().to_string(), &memory.bytes().to_string()]);
    // No zone but UTC, which is what times without one are in.
    command.env_clear().env("TZ", "UTC0").current_dir("/");
    command
}

/// Works, if the process was called to.
pub(in crate::cli) fn main() -> Option<ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let [_, word, parent, memory] = &*arguments else { return None };
    if word != WORD {
        return None;
    }
    let number = |text: &OsString| text.to_str().and_then(|text| text.parse().ok());
    let confined = number(parent).zip(number(memory)).map(|(parent, memory)| confine(parent, memory));
    Some(match confined {
        Some(Ok(true)) => serve(),
        // Its parent has ended meanwhile.
        Some(Ok(false)) => ExitCode::from(EXIT_FAILED),
        Some(Err(error)) => {
            tell!("philae: cannot confine a process that evaluates: {error}");
            ExitCode::from(EXIT_FAILED)
        }
        None => return None,
    })
}

/// Ties the process to its parent and gives up what it does not need; whether the parent is still there.
fn confine(parent: u64, memory: u64) -> io::Result<bool> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let is_orphan =
        getppid().map(Pid::as_raw_nonzero).is_none_or(|now| u64::try_from(now.get()) != Ok(parent));
    if is_orphan {
        return Ok(false);
    }
    for (resource, most) in [(Resource::Core, 0), (Resource::Nproc, 0), (Resource::As, memory)] {
        // Who is held to less already cannot be given more.
        let most = getrlimit(resource).maximum.map_or(most, |held| most.min(held));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    // A kernel without it leaves the limits, and what the engine cannot do: it opens no files.
    let _ = Reach::default().enter();
    Ok(true)
}

fn serve() -> ExitCode {
    // The engine's panics are answers, in its parent's words.
    std::panic::set_hook(Box::new(|_| {}));
    let link = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
    match link.and_then(|link| work(&link)) {
        Ok(()) => ExitCode::SUCCESS,
        // The link is all there is: nobody hears of it.
        Err(_) => ExitCode::from(EXIT_FAILED),
    }
}
