//! A call: what a guest finds when it is called, and what it leaves behind.
//!
//! One value an instance, made fresh and thrown away. It holds the event in hand, the handler's settings, the state's
//! changes and everything that is counted.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::WasiP1Ctx;

use super::denials::Denials;
use super::http::Outgoing;
use super::limits::{Limiter, Limits};
use super::network::Resolved;
use super::output::{Level, Lines, Metrics, Written};
use super::stand_in::{self, StandIn};
use super::state::{Buffer, StateView};
use super::wasi::{self, Wasi};
use crate::event::{Role, View};
use crate::grants::Grants;

/// Says what would be said of a packet if an author submitted it.
pub type Judge = Arc<dyn Fn(&Bytes) -> Result<(), String> + Send + Sync>;

/// What a handler was set up with.
#[derive(Clone, Default)]
pub struct Setup {
    /// Its name among the handlers.
    pub name: String,
    /// Its own settings, by key.
    pub config: Vec<(String, String)>,
    /// What a call may use.
    pub limits: Limits,
    /// What it may reach.
    pub grants: Grants,
    /// Who judges packets before they are published; without one, all are taken.
    pub judge: Option<Judge>,
    /// Who stands in for the network; without one, what is granted is reached.
    pub stand_in: Option<Arc<dyn StandIn>>,
}

/// An event that a handler is called for.
#[derive(Debug, Clone)]
pub struct EventInHand {
    /// Its place in the log.
    pub seq: u64,
    /// Its identifier.
    pub ivoid: Box<str>,
    /// What it is for.
    pub role: Role,
    /// When it was accepted.
    pub received: Timestamp,
    /// Who brought it.
    pub source: Arc<str>,
    /// How many times the handler has been called for it, this time included.
    pub attempt: u32,
    /// The packet.
    pub bytes: Bytes,
}

/// What a guest finds.
pub(super) struct Call {
    pub(super) setup: Arc<Setup>,
    pub(super) event: Option<EventInHand>,
    /// The event, parsed when it is first asked about; none if it cannot be.
    view: Option<Option<View>>,
    pub(super) state: Buffer,
    pub(super) lines: Lines,
    /// What it writes to its standard output and error.
    written: [(Level, Written); 2],
    pub(super) metrics: Metrics,
    pub(super) published: Vec<Bytes>,
    pub(super) published_bytes: usize,
    pub(super) denials: Denials,
    pub(super) limiter: Limiter,
    wasi: Option<Box<Wasi>>,
    preview1: Option<Box<WasiP1Ctx>>,
    /// Files and folders that a command opened.
    pub(super) opened: u32,
}

impl Call {
    pub(super) fn new(setup: Arc<Setup>, event: Option<EventInHand>, state: Arc<dyn StateView>) -> Self {
        let limits = &setup.limits;
        Self {
            event,
            view: None,
            state: Buffer::new(state, limits, Timestamp::now()),
            lines: Lines::new(limits),
            written: [Level::Info, Level::Warn].map(|level| (level, Written::new(limits))),
            metrics: Metrics::new(limits),
            published: Vec::new(),
            published_bytes: 0,
            denials: Denials::default(),
            limiter: Limiter::new(limits),
            wasi: None,
            preview1: None,
            opened: 0,
            setup,
        }
    }

    pub(super) fn with_wasi(mut self, mut builder: WasiCtxBuilder, resolved: Resolved) -> Self {
        self.listen(&mut builder, &resolved);
        let outgoing = Outgoing::new(self.setup.clone(), self.denials.clone());
        self.wasi = Some(Box::new(Wasi::new(builder.build(), outgoing, resolved)));
        self
    }

    pub(super) fn with_preview1(mut self, mut builder: WasiCtxBuilder) -> Self {
        self.listen(&mut builder, &Resolved::default());
        self.preview1 = Some(Box::new(builder.build_p1()));
        self
    }

    fn listen(&self, builder: &mut WasiCtxBuilder, resolved: &Resolved) {
        let [(_, out), (_, errors)] = &self.written;
        builder.stdout(out.clone()).stderr(errors.clone());
        if let Some(stand_in) = &self.setup.stand_in {
            stand_in::close(
                builder,
                stand_in,
                wasi::connections(&self.setup.grants, resolved, &self.denials),
            );
        }
    }

    /// Makes lines of what was written to its standard streams.
    pub(super) fn pour(&mut self) {
        for (level, written) in &self.written {
            written.pour(*level, &mut self.lines);
        }
    }

    pub(super) fn grants(&self) -> &Grants {
        &self.setup.grants
    }

    /// The event's view, if there is an event and it can be read.
    pub(super) fn view(&mut self) -> Option<&View> {
        let bytes = &self.event.as_ref()?.bytes;
        self.view.get_or_insert_with(|| View::parse(bytes).ok()).as_ref()
    }

    /// WASI, which has nothing in it if the module was not seen to use any.
    pub(super) fn wasi(&mut self) -> &mut Wasi {
        self.wasi.get_or_insert_with(|| {
            let outgoing = Outgoing::new(self.setup.clone(), self.denials.clone());
            Box::new(Wasi::new(WasiCtxBuilder::new().build(), outgoing, Resolved::default()))
        })
    }

    /// The same for core modules.
    pub(super) fn preview1(&mut self) -> &mut WasiP1Ctx {
        self.preview1.get_or_insert_with(|| Box::new(WasiCtxBuilder::new().build_p1()))
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values are not shown: some are secrets.
        f.debug_struct("Setup")
            .field("name", &self.name)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
