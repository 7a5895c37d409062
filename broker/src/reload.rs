//! Reloading: keeps the handlers that run in step with the folders that hold them.
//!
//! What appears is read, checked, compiled and asked whether its settings make sense, all off the threads that handle
//! events; only then does it take over, between two calls. Whatever fails leaves the handler that was there serving and is told
//! once, in the log and in the roster. What is removed finishes what is under way. A handler keeps its place in the log
//! and its state by its name, over every reload and restart.
//!
//! ```text
//!  folder ── look ──> Change ── read ──> Settings, module ── Host::load ──┬── fails: the old one stays, trouble is told
//!                                                                         └── Active ──> worker: swapped, or started
//! ```

mod settle;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracing::{error, info, warn};

use crate::filter::Filters;
use crate::handlers::{Change, Files, Forbidden, HandlerName, ReadError, Watch};
use crate::host::Host;
use crate::lifecycle::Stage;
use crate::pipeline::Pipeline;
use crate::plain::excerpt;
use crate::roster::{Known, Roster};
use settle::{Fault, Settled};
pub(crate) use settle::{setup, wants};

/// How often the folders are looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// What keeps handlers in step with their folders.
pub(crate) struct Reload {
    pub(crate) host: Host,
    pub(crate) pipeline: Pipeline,
    pub(crate) filters: Filters,
    pub(crate) roster: Roster,
    pub(crate) forbidden: Arc<Forbidden>,
    /// Rung when somebody wants the folders looked at now.
    pub(crate) look: Arc<Notify>,
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
        look: Arc<Notify>,
        folders: &[PathBuf],
    ) -> Self {
        Self {
            host,
            pipeline,
            filters,
            roster,
            forbidden: Arc::new(forbidden),
            look,
            watch: Some(Watch::new(folders.to_vec())),
            start: Instant::now(),
            failed: BTreeMap::new(),
        }
    }

    /// Looks once, at what is there now; then, for as long as the stage lasts, again and again.
    pub(crate) async fn start(mut self, stage: &Stage) {
        self.look(true).await;
        let serving = stage.clone();
        stage.spawn(async move {
            loop {
                // The end first; a ring is kept by the bell if it is not heard at once.
                let asked = tokio::select! {
                    biased;
                    () = serving.finishing() => return,
                    () = self.look.notified() => true,
                    () = tokio::time::sleep(PERIOD) => false,
                };
                self.look(asked).await;
            }
        });
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
                Change::Appeared(files) | Change::Changed { files, .. } => self.load(files).await,
                Change::Removed(name) => self.remove(&name).await,
                Change::Noticed(notice) => warn!("{notice}"),
            }
        }
        if asked {
            for files in std::mem::take(&mut self.failed).into_values() {
                self.load(files).await;
            }
        }
    }

    /// Brings a handler up to what its files say.
    async fn load(&mut self, files: Files) {
        let name = files.name.clone();
        let (host, forbidden, filters) = (self.host.clone(), self.forbidden.clone(), self.filters.clone());
        let reading = files.clone();
        let settled =
            tokio::task::spawn_blocking(move || settle::settle(&reading, &host, &forbidden, &filters)).await;
        let Ok(settled) = settled else { return };
        self.failed.remove(&name);
        match settled {
            Ok(Settled::Disabled) => {
                self.stop(&name).await;
                info!(handler = %name.as_str(), "the handler is not enabled in its settings");
                let trouble = Some("not enabled in its settings".to_owned());
                let known = Known { shape: String::new(), revision: String::new(), running: None, trouble };
                self.roster.enter(name.as_str(), known);
            }
            Ok(Settled::Ready(ready)) => self.take_over(&name, *ready).await,
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

    async fn take_over(&mut self, name: &HandlerName, ready: settle::Ready) {
        let settle::Ready { active, begin, shape, revision, took } = ready;
        let took_ms = took.as_secs_f64() * 1e3;
        let running = self.roster.find(name.as_str()).and_then(|known| known.running);
        let running = match running {
            Some(running) => {
                running.active.send_replace(active);
                info!(handler = %name.as_str(), revision, took_ms, "the handler's new revision takes over");
                Ok(running)
            }
            None => {
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
        self.stop(name).await;
        self.roster.strike(name.as_str());
        info!(handler = %name.as_str(), "the handler is removed; its place and its state are kept");
    }

    async fn stop(&self, name: &HandlerName) {
        if let Some(running) = self.roster.find(name.as_str()).and_then(|known| known.running) {
            running.stop().await;
        }
    }

    /// Notes why a handler's newest files are not what runs.
    fn trouble(&self, name: &HandlerName, trouble: String) {
        let known = self.roster.find(name.as_str()).unwrap_or_else(|| Known {
            shape: String::new(),
            revision: String::new(),
            running: None,
            trouble: None,
        });
        self.roster.enter(name.as_str(), Known { trouble: Some(trouble), ..known });
    }
}
