//! What is answered, one request at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::request::Request;
use crate::index::Orders;
use crate::pipeline::Replayed;
use crate::pipeline::quarantine;
use crate::roster::{self, Roster};
use crate::status::{MAX_COUNTED, Status};
use crate::store::{Entry, Limit, ReadError, Seq, Store};

/// Cases that one answer tells of.
const MAX_CASES: usize = 10_000;

/// What requests are about.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(super) roster: Roster,
    status: Status,
    pub(super) store: Store,
    /// Wakes whoever looks at the handlers' folders.
    look: Arc<Notify>,
    /// The longest packet that is taken.
    pub(super) limit_bytes: u64,
    /// Tells the index's keeper, if there is one.
    index: Option<Orders>,
}

impl Desk {
    /// A desk of a broker that takes packets no longer than `limit_bytes`; `look` wakes whoever looks at the handlers' folders.
    pub(crate) fn new(
        roster: Roster,
        status: Status,
        look: Arc<Notify>,
        limit_bytes: u64,
        index: Option<Orders>,
    ) -> Self {
        Self { roster, store: status.store().clone(), status, look, limit_bytes, index }
    }

    /// How the broker does.
    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    /// Does what is asked and says what came of it. Following is not done here.
    pub(crate) async fn answer(&self, request: Request) -> Value {
        self.attempt(request).await.unwrap_or_else(|error| json!({ "error": error }))
    }

    async fn attempt(&self, request: Request) -> Result<Value, String> {
        match request {
            Request::Status => serde_json::to_value(self.status.now()).map_err(|error| error.to_string()),
            Request::Latest { limit } => Ok(json!({ "events": self.status.traffic().latest(limit) })),
            Request::List => {
                let handlers = self.roster.standings(self.store.head());
                Ok(json!({ "handlers": handlers, "quarantined": self.quarantined().await }))
            }
            Request::Handler { name } => {
                let handler = self.roster.standing(&name, self.store.head())?;
                let held = self.quarantined().await.map(|held| held.get(&name).copied().unwrap_or_default());
                Ok(json!({ "handler": handler, "quarantined": held }))
            }
            Request::Logs { name, .. } => {
                let (lines, _) = self.roster.worker(&name)?.progress.lines();
                Ok(json!({ "lines": lines }))
            }
            Request::Quarantine { name, limit } => self.cases(name, limit.unwrap_or(MAX_CASES)).await,
            Request::Show { name, seq } => {
                let found = self.blocking(move |store| quarantine::find(store, &name, Seq(seq))).await?;
                let held = found.ok_or("there is no such event in the handler's quarantine")?;
                Ok(json!({ "case": held.case, "packet": String::from_utf8_lossy(&held.packet) }))
            }
            Request::Retry { name, seq } => self.retry(&name, seq).await,
            Request::Replay { name, seq } => {
                let running = self.roster.worker(&name)?;
                let Some(entry) = self.entry(Seq(seq)).await? else {
                    let reason = "it is no longer in the log";
                    return Ok(json!({ "replayed": "failed", "dropped": 0, "reason": reason }));
                };
                Ok(match roster::replay(&running, entry).await? {
                    Replayed::Handled { dropped } => json!({ "replayed": "handled", "dropped": dropped }),
                    Replayed::Unwanted => json!({ "replayed": "unwanted", "dropped": 0 }),
                    Replayed::Failed(reason) => {
                        json!({ "replayed": "failed", "dropped": 0, "reason": reason })
                    }
                })
            }
            Request::Drop { name, seq } => self.drop_cases(&name, seq).await,
            Request::Pause { name } => self.pause(&name, true).await,
            Request::Resume { name } => self.pause(&name, false).await,
            // These are streams: see `events`, `import`.
            Request::Events { .. } | Request::Pick { .. } => {
                Err("events are sent as they are read, not as one answer".to_owned())
            }
            Request::Import { check } => Err(format!("there is no check '{check}'")),
            Request::Reindex => {
                self.index.as_ref().ok_or("the broker has no thread for an index")?.renew();
                Ok(json!({ "done": 1 }))
            }
            Request::Reload => {
                self.look.notify_one();
                Ok(json!({ "done": 1 }))
            }
        }
    }

    async fn pause(&self, name: &str, is_paused: bool) -> Result<Value, String> {
        let running = self.roster.worker(name)?;
        running.pause(is_paused, &self.store.submitter()).await.map_err(|error| error.to_string())?;
        Ok(json!({ "done": 1 }))
    }

    /// The oldest cases of one handler, or of all, without their packets; and whether there are more.
    async fn cases(&self, name: Option<String>, limit: usize) -> Result<Value, String> {
        let limit = limit.min(MAX_CASES);
        let cases = self.blocking(move |store| quarantine::cases(store, name.as_deref(), limit + 1));
        let mut cases = cases.await?;
        let has_more = cases.len() > limit;
        cases.truncate(limit);
        Ok(json!({ "cases": cases, "has_more": has_more }))
    }

    /// How many events of each handler are in quarantine now; none, if the store cannot be read at the moment.
    async fn quarantined(&self) -> Option<BTreeMap<String, u64>> {
        self.blocking(|store| quarantine::count(store, MAX_COUNTED)).await.ok()
    }

    /// The event at a place of the log.
    async fn entry(&self, seq: Seq) -> Result<Option<Entry>, String> {
        let picked = self.blocking(move |store| store.pick(&[seq], Limit { entries: 1, bytes: 1 })).await?;
        Ok(picked.entries.into_iter().next().map(Arc::unwrap_or_clone))
    }

    /// Reads the store off the threads that tasks run on.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, String> {
        let store = self.store.clone();
        let found = tokio::task::spawn_blocking(move || read(&store)).await;
        found.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
