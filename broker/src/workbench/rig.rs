//! The rig: a handler as a broker would run it, without a broker around it.
//!
//! Settings, limits, grants and wants are those that a broker would read. The state is in memory and lasts from one packet
//! to the next. A packet is taken as from an upstream broker: sound XML with an identifier.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::called::{Called, Ended, Trace};
use super::handed::Handed;
use super::mock::Mock;
use crate::admission::{self, Terms};
use crate::checks::{Origin, Policy};
use crate::event;
use crate::filter::Filters;
use crate::handlers::{Forbidden, Settings, SettingsFaults};
use crate::host::{Handler, Host, LoadError, MemoryState, StandIn};
use crate::pipeline::{Wants, in_hand};
use crate::reload;
use crate::store::{Draft, Entry, Seq};

/// A handler, and what it needs to be called.
#[derive(Debug)]
pub(crate) struct Rig {
    handler: Handler,
    is_enabled: bool,
    wants: Wants,
    filters: Filters,
    state: Arc<MemoryState>,
    mock: Option<Arc<Mock>>,
    received: Received,
    calls: u64,
}

/// When packets are received, as the handler is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Received {
    /// Now.
    Now,
    /// When their authors made them, so that the same packet comes to the same; now, if the author does not say. What comes
    /// out of a log was received when its broker received it.
    Authored,
    /// At this time.
    At(Timestamp),
}

/// Why a handler cannot be tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RigError {
    /// A file of it cannot be read.
    #[error("cannot read '{path}': {error}", path = .path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its settings have faults.
    #[error("{0}")]
    Settings(SettingsFaults),
    /// Its filters take more than there is room for.
    #[error("its filters: {0}")]
    Filters(String),
    /// Its module does not load.
    #[error("it does not load: {0}")]
    Load(#[from] LoadError),
    /// The system gives no thread.
    #[error("cannot start the filters: {0}")]
    Thread(io::Error),
}

impl Rig {
    /// Reads and loads a handler. With a `mock`, nothing that it asks for reaches the network. Takes as long as compiling
    /// does, and must not be called where tasks run.
    ///
    /// # Errors
    /// What a broker would say that did not load it.
    pub(crate) fn load(handed: &Handed, host: &Host, mock: Option<Arc<Mock>>) -> Result<Self, RigError> {
        let unreadable = |path: &PathBuf| {
            let path = path.clone();
            move |error| RigError::Unreadable { path, error }
        };
        let module = fs::read(&handed.module).map_err(unreadable(&handed.module))?;
        let settings = match fs::read_to_string(&handed.settings) {
            Ok(text) => {
                let name = handed.settings.display().to_string();
                Settings::parse(&name, &text, &Forbidden::default()).map_err(RigError::Settings)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Settings::default(),
            Err(error) => return Err(unreadable(&handed.settings)(error)),
        };
        let mut setup = reload::setup(handed.name.as_str(), &settings);
        setup.stand_in = mock.clone().map(|mock| -> Arc<dyn StandIn> { mock });
        let handler = host.load(&module, &setup)?;
        let filters = Filters::start().map_err(RigError::Thread)?;
        let wants = reload::wants(&settings.wants, handler.description(), &filters);
        Ok(Self {
            handler,
            is_enabled: settings.enabled,
            wants: wants.map_err(RigError::Filters)?,
            filters,
            state: Arc::default(),
            mock,
            received: Received::Authored,
            calls: 0,
        })
    }

    /// Says when packets are received; unless it is said, when their authors made them.
    pub(crate) fn receive(&mut self, received: Received) {
        self.received = received;
    }

    /// Whether a broker would load it at all.
    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    /// Calls the handler for a packet, if it wants it; `name` is what the packet is called, `source` who brought it.
    pub(crate) async fn call(&mut self, name: String, packet: Bytes, source: &Arc<str>) -> Called {
        let terms = Terms { origin: Origin::Upstream, policy: Policy::WellFormed, screen: None };
        let draft = match admission::examine_now(packet, &terms, source) {
            Ok(admissible) => admissible.draft,
            Err(rejection) => return Called::unreadable(name, rejection.into_reason()),
        };
        self.calls += 1;
        let entry = self.entry(draft);
        self.judge(name, entry).await
    }

    /// Calls the handler for an event out of a log, if it wants it, as the broker did that has the log.
    pub(crate) async fn replay(&mut self, mut entry: Entry) -> Called {
        match self.received {
            Received::At(time) => entry.received = time,
            Received::Now => entry.received = Timestamp::now(),
            Received::Authored => {}
        }
        self.judge(format!("event {}", entry.seq), entry).await
    }

    async fn judge(&self, name: String, entry: Entry) -> Called {
        let entry = Arc::new(entry);
        let (ivoid, role) = (entry.ivoid.to_string(), entry.role.to_string());
        let ended = match self.wants.judge(&entry, &self.filters).await {
            Err(why) => Ended::Unwanted(why),
            Ok(()) => Ended::Called(Box::new(self.trace(&entry).await)),
        };
        Called { name, ivoid, role, ended }
    }

    async fn trace(&self, entry: &Entry) -> Trace {
        let outcome = self.handler.handle(&in_hand(entry, 1), self.state.clone()).await;
        self.state.apply(&outcome.state);
        let (requests, refused) = self.mock.as_ref().map(|mock| mock.take()).unwrap_or_default();
        Trace { outcome, requests, refused }
    }

    fn entry(&self, draft: Draft) -> Entry {
        let received = match self.received {
            Received::At(time) => Some(time),
            Received::Authored => event::authored(&draft.bytes),
            Received::Now => None,
        };
        Entry {
            seq: Seq(self.calls),
            received: received.unwrap_or_else(Timestamp::now),
            source: draft.source,
            media_type: draft.media_type,
            digest: draft.digest,
            ivoid: draft.ivoid,
            role: draft.role,
            conflict: false,
            is_flagged: draft.is_flagged,
            is_imported: draft.is_imported,
            hops: draft.hops,
            bytes: draft.bytes,
        }
    }
}
