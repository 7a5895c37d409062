//! Builds beside a broker that runs, on a thread of their own: all at first, then what is saved, one at a time.
//!
//! They end when this is dropped: the compiler is ended with all that it has started, and nothing of it is left.

use std::collections::BTreeSet;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::build::build_unit;
use super::sources::Root;
use super::tell;
use super::units::Found;
use super::watch::{Due, Watch, stamps};
use crate::cli::tool_args::ToolArgs;
use crate::lifecycle;
use crate::workbench::{Means, Processes};

/// How often sources are looked at.
const PERIOD: Duration = Duration::from_millis(200);

/// Builds that go on until this is dropped.
pub(super) struct Builds {
    processes: Processes,
    /// Nothing is ever sent: that it is gone is the end.
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Builds {
    /// Starts them.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(root: Root, tools: &ToolArgs) -> io::Result<Self> {
        let building = Arc::new(Mutex::new(String::new()));
        let name = building.clone();
        let processes = Processes::heard(move |words| tell::words(&lock(&name), words));
        let means = tools.means(processes.clone());
        let (end, ended) = sync_channel(0);
        let (watch, told) = (Watch::default(), BTreeSet::new());
        let work = Work { root, means, building, watch, told, start: Instant::now() };
        let thread = lifecycle::start_thread("dev-builds", move || work.run(&ended))?;
        Ok(Self { processes, end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Builds {
    fn drop(&mut self) {
        self.end = None;
        self.processes.stop();
        // It holds nothing that could be put right here.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

struct Work {
    root: Root,
    means: Means,
    /// The name of what is built now.
    building: Arc<Mutex<String>>,
    watch: Watch,
    /// What was said of folders that are left out.
    told: BTreeSet<String>,
    start: Instant,
}

impl Work {
    fn run(mut self, ended: &Receiver<()>) {
        loop {
            // After each build all is looked at again: what was saved meanwhile is more urgent than what waits.
            while let Some((found, due)) = self.look() {
                let Some(unit) = found.units.get(due.index) else { break };
                unit.name().clone_into(&mut lock(&self.building));
                build_unit(unit, due.changed.as_deref(), &self.root, &self.means);
                if self.means.processes.is_stopped() {
                    return;
                }
            }
            if ended.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn look(&mut self) -> Option<(Found, Due)> {
        let found = self.root.look();
        for why in &found.left_out {
            if self.told.insert(why.clone()) {
                tell::trouble("philae", &format!(": {why}"));
            }
        }
        let seen = found.units.iter().map(|unit| (unit.folder().to_owned(), stamps(unit))).collect();
        let due = self.watch.look(seen, self.start.elapsed())?;
        Some((found, due))
    }
}

// No code that holds the lock can stop half way through a change.
fn lock(name: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    name.lock().unwrap_or_else(PoisonError::into_inner)
}
