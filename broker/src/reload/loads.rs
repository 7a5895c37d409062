//! Loads: handlers that are being read, compiled and asked, each on a thread of its own in the background.
//!
//! Several are loaded at once, so that one that takes minutes to compile, or whose `init` never ends, keeps no other waiting.
//! Of one handler only the newest files count: if they change while it is loaded, what comes of the older ones is
//! forgotten and it is loaded again. What is to be done with a handler that is ready is left to `Reload`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot;

use super::settle::{self, Fault, Settled};
use crate::filter::Filters;
use crate::handlers::{Files, Forbidden, HandlerName};
use crate::host::Host;
use crate::lifecycle;
use crate::store::Seq;

/// How many are loaded at once: each takes the memory that compiling takes.
const AT_ONCE: usize = 4;

/// What handlers are loaded with.
#[derive(Clone)]
pub(super) struct Loader {
    pub(super) host: Host,
    pub(super) forbidden: Arc<Forbidden>,
    pub(super) filters: Filters,
}

/// All loads, under way and waiting.
pub(super) struct Loads {
    loader: Loader,
    under_way: FuturesUnordered<BoxFuture<'static, Loaded>>,
    waiting: VecDeque<Seen>,
    /// Of those under way, what is to become of them.
    fates: BTreeMap<HandlerName, Fate>,
}

/// Files that were seen, and the newest place in the log when the first of that name were that are not loaded yet.
struct Seen {
    files: Files,
    at: Seq,
}

/// What came of a load.
pub(super) struct Loaded {
    pub(super) files: Files,
    /// Where the log stood when they, or others before them that were not loaded, were seen.
    pub(super) seen_at: Seq,
    pub(super) settled: Result<Settled, Fault>,
}

struct Fate {
    is_wanted: bool,
    seen_at: Seq,
}

impl Loads {
    /// None yet.
    pub(super) fn new(loader: Loader) -> Self {
        let (under_way, waiting) = (FuturesUnordered::new(), VecDeque::new());
        Self { loader, under_way, waiting, fates: BTreeMap::new() }
    }

    /// Has a handler loaded from these files, and from no others that it is or was to be loaded from; `head` is where the
    /// log stands.
    pub(super) fn begin(&mut self, files: Files, head: Seq) {
        let waiting = self.waiting.iter().find(|seen| seen.files.name == files.name).map(|seen| seen.at);
        let under_way = self.fates.get(&files.name).filter(|fate| fate.is_wanted).map(|fate| fate.seen_at);
        let at = waiting.or(under_way).unwrap_or(head);
        self.forget(&files.name);
        self.waiting.push_back(Seen { files, at });
        self.proceed();
    }

    /// Lets nothing come of what a handler is or was to be loaded from.
    pub(super) fn forget(&mut self, name: &HandlerName) {
        self.waiting.retain(|seen| seen.files.name != *name);
        if let Some(fate) = self.fates.get_mut(name) {
            fate.is_wanted = false;
        }
    }

    /// Whether nothing is under way or waiting.
    pub(super) fn is_done(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }

    /// The next that is done; none if there is nothing to wait for. Nothing is lost if this is cancelled.
    pub(super) async fn next(&mut self) -> Option<Loaded> {
        loop {
            let loaded = self.under_way.next().await?;
            let fate = self.fates.remove(&loaded.files.name);
            self.proceed();
            if fate.is_some_and(|fate| fate.is_wanted) {
                return Some(loaded);
            }
        }
    }

    /// Begins those that wait, as many as there may be at once, and never two of the same handler.
    fn proceed(&mut self) {
        while self.under_way.len() < AT_ONCE {
            let is_free = |seen: &Seen| !self.fates.contains_key(&seen.files.name);
            let Some(next) = self.waiting.iter().position(is_free) else { return };
            let Some(Seen { files, at }) = self.waiting.remove(next) else { return };
            self.fates.insert(files.name.clone(), Fate { is_wanted: true, seen_at: at });
            self.under_way.push(self.loader.load(files, at));
        }
    }
}

impl Loader {
    fn load(&self, files: Files, seen_at: Seq) -> BoxFuture<'static, Loaded> {
        let (answer, answered) = oneshot::channel();
        let (loader, reading) = (self.clone(), files.clone());
        let started = lifecycle::start_background_thread("handler-loader", move || {
            // Nobody may want it any more.
            let _ = answer.send(settle::settle(&reading, &loader.host, &loader.forbidden, &loader.filters));
        });
        Box::pin(async move {
            let settled = match (started, answered.await) {
                (Ok(_), Ok(settled)) => settled,
                (Err(error), _) => Err(Fault::Thread(error.to_string())),
                (Ok(_), Err(_)) => Err(Fault::Thread("it ended".to_owned())),
            };
            Loaded { files, seen_at, settled }
        })
    }
}
