//! Reloading: keeps the handlers that run in step with the folders that hold them.
//!
//! What appears is read, checked, compiled and asked whether its settings make sense, on threads in the background, where
//! none waits for another; only then does it take over, between two calls. Whatever fails leaves the handler that was there serving and is told
//! once, in the log and in the roster. What is removed finishes what is under way. A handler keeps its place in the log
//! and its state by its name, over every reload and restart.
//!
//! ```text
//!  folder ── look ──> Change ── read ──> Settings, module ── Host::load ──┬── fails: the old one stays, trouble is told
//!                                                                         └── Active ──> worker: swapped, or started
//! ```

mod loads;
mod settle;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};
use tracing::{error, info, warn};

use crate::filter::Filters;
use crate::handlers::{Change, Files, Forbidden, HandlerName, ReadError, Watch};
use crate::host::Host;
use crate::lifecycle::Stage;
use crate::pipeline::{Begin, Pipeline};
use crate::plain::excerpt;
use crate::roster::{Known, Roster};
use crate::store::Seq;
use loads::{Loaded, Loader, Loads};
use settle::{Fault, Settled};
pub(crate) use settle::{setup, wants};

/// Why a handler does not run that its settings do not enable: no fault.
pub(crate) const NOT_ENABLED: &str = "not enabled in its settings";

/// How often the folders are looked at.
const PERIOD: Duration = Duration::from_millis(250);
/// How long a broker that starts waits for its handlers before it serves. They are ready at once if they were compiled
/// before; if not, large ones are compiled for minutes, and events are better kept for them than refused.
const FIRST: Duration = Duration::from_secs(5);

/// What keeps handlers in step with their folders.
pub(crate) struct Reload {
    loads: Loads,
    pipeline: Pipeline,
    roster: Roster,
    /// Rung when somebody wants the folders looked at now.
    bell: Arc<Notify>,
    watch: Option<Watch>,
    start: Instant,
    /// Those whose newest files did not load, to be tried again when somebody asks.
    failed: BTreeMap<HandlerName, Files>,
}

impl Reload {
    /// Nothing is loaded yet.
    pub(crate) fn new(
        host: Host,
        pipeline: Pipeline,
        filters: Filters,
        roster: Roster,
        forbidden: Forbidden,
        bell: Arc<Notify>,
        folders: &[PathBuf],
    ) -> Self {
        Self {
            loads: Loads::new(Loader { host, forbidden: Arc::new(forbidden), filters }),
            pipeline,
            roster,
            bell,
            watch: Some(Watch::new(folders.to_vec())),
            start: Instant::now(),
            failed: BTreeMap::new(),
        }
    }

    /// Looks at what is there now, then, for as long as the stage lasts, again and again. Returns when what was there at
    /// first is loaded, or takes too long.
    pub(crate) async fn start(self, stage: &Stage) {
        let (loaded, first) = oneshot::channel();
        stage.spawn(self.run(stage.clone(), loaded));
        if tokio::time::timeout(FIRST, first).await.is_err() {
            warn!("some handlers are still being loaded; events are accepted, and wait for them");
        }
    }

    async fn run(mut self, serving: Stage, loaded: oneshot::Sender<()>) {
        let mut loaded = Some(loaded);
        self.look(true).await;
        loop {
            if self.loads.is_done()
                && let Some(loaded) = loaded.take()
            {
                // Whoever started this may have gone on.
                let _ = loaded.send(());
            }
            // The end first, then what is done. Neither that nor a ring is lost by cancelling.
            tokio::select! {
                biased;
                () = serving.finishing() => return,
                Some(loaded) = self.loads.next() => self.enter(loaded).await,
                () = self.bell.notified() => self.look(true).await,
                () = tokio::time::sleep(PERIOD) => self.look(false).await,
            }
        }
    }

    async fn look(&mut self, asked: bool) {
        let Some(mut watch) = self.watch.take() else { return };
        let now = self.start.elapsed();
        let looked = tokio::task::spawn_blocking(move || {
            let changes = if asked { watch.look_again(now) } else { watch.look(now) };
            (watch, changes)
        });
        // The only way to fail is that the threads are going down.
        let Ok((watch, changes)) = looked.await else { return };
        self.watch = Some(watch);
        for change in changes {
            match change {
                Change::Appeared(files) | Change::Changed { files, .. } => {
                    self.failed.remove(&files.name);
                    self.loads.begin(files, self.pipeline.head());
                }
                Change::Removed(name) => self.remove(&name).await,
                Change::Noticed(notice) => warn!("{notice}"),
            }
        }
        if asked {
            let head = self.pipeline.head();
            std::mem::take(&mut self.failed).into_values().for_each(|files| self.loads.begin(files, head));
        }
    }

    /// Brings a handler up to what its files said.
    async fn enter(&mut self, Loaded { files, seen_at, settled }: Loaded) {
        let name = files.name.clone();
        match settled {
            Ok(Settled::Disabled) => {
                self.stop(&name).await;
                info!(handler = %name.as_str(), "the handler is not enabled in its settings");
                let trouble = Some(NOT_ENABLED.to_owned());
                self.roster.enter(name.as_str(), Known { trouble, ..Known::default() });
            }
            Ok(Settled::Ready(ready)) => self.take_over(&name, *ready, seen_at).await,
            // It is told again when it is whole.
            Err(Fault::Read(ReadError::Changed { .. })) => {}
            Err(fault) => {
                let trouble = excerpt(&fault.to_string());
                error!(handler = %name.as_str(), trouble, "the handler cannot be loaded; what runs goes on");
                self.trouble(&name, trouble);
                self.failed.insert(name, files);
            }
        }
    }

    async fn take_over(&mut self, name: &HandlerName, ready: settle::Ready, seen_at: Seq) {
        let settle::Ready { active, begin, shape, revision, took } = ready;
        let took_ms = took.as_millis();
        let running = self.roster.find(name.as_str()).and_then(|known| known.running);
        let running = match running {
            Some(running) => {
                running.active.send_replace(active);
                running.progress.forget_denials();
                info!(handler = %name.as_str(), revision, took_ms, "the handler's new revision takes over");
                Ok(running)
            }
            None => {
                // The next event is the next since it was there, however long it took to load.
                let begin = if begin == Begin::Latest { Begin::After(seen_at) } else { begin };
                let started = self.pipeline.start(name.as_str(), active, begin).await.map(Arc::new);
                if started.is_ok() {
                    info!(handler = %name.as_str(), revision, took_ms, "the handler runs");
                }
                started
            }
        };
        match running {
            Ok(running) => {
                let known = Known { shape, revision, running: Some(running), trouble: None };
                self.roster.enter(name.as_str(), known);
            }
            Err(error) => {
                error!(handler = %name.as_str(), %error, "the handler cannot be started");
                let known = Known { shape, revision, running: None, trouble: Some(error.to_string()) };
                self.roster.enter(name.as_str(), known);
            }
        }
    }

    async fn remove(&mut self, name: &HandlerName) {
        self.failed.remove(name);
        self.loads.forget(name);
        self.stop(name).await;
        self.roster.strike(name.as_str());
        info!(handler = %name.as_str(), "the handler is removed; its place and its state are kept");
    }

    async fn stop(&mut self, name: &HandlerName) {
        if let Some(running) = self.roster.find(name.as_str()).and_then(|known| known.running) {
            running.stop().await;
        }
    }

    /// Notes why a handler's newest files are not what runs.
    fn trouble(&self, name: &HandlerName, trouble: String) {
        let known = self.roster.find(name.as_str()).unwrap_or_default();
        self.roster.enter(name.as_str(), Known { trouble: Some(trouble), ..known });
    }
}
