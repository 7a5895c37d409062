//! Handlers: checked modules that are called for events.
//!
//! Loading asks a handler what it is and whether its settings make sense; from then on every call is a fresh instance, so
//! that nothing is left of one event when the next one comes. A call ends within its limits whatever the guest does, and
//! tells what became of it. Retrying, keeping the state and publishing are left to whoever calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime;
use vtp::Digest;
use wasmtime::Store;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;

use super::Runtime;
use super::bindings::HandlerWorld;
use super::bindings::exports::philae::handler::handler as wit;
use super::bindings::philae::handler::types;
use super::call::{Call, EventInHand, Setup};
use super::denials::Denials;
use super::error::{CallFailure, LoadError};
use super::imports::timestamp;
use super::limits::Stop;
use super::network::Resolved;
use super::output::Outcome;
use super::pace::{Pace, Slices, Spent};
use super::program::{self, Program, within};
use super::shape::{Inspection, Shape};
use super::state::{MemoryState, StateView};
use super::turns::OwnTurn;
use super::wasi;
use crate::event::{self, Role};
use crate::plain;

/// Streams that a description may name.
const MAX_STREAMS: usize = 256;

/// What a handler says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// Its name, for people.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// The roles it wants; none named is all.
    pub roles: Vec<Role>,
    /// The beginnings of the identifiers it wants; none named is all.
    pub streams: Vec<String>,
}

/// A module that may be called.
#[derive(Clone)]
pub struct Handler(Arc<Loaded>);

struct Loaded {
    runtime: Arc<Runtime>,
    turn: OwnTurn,
    spent: Spent,
    setup: Arc<Setup>,
    program: Program,
    revision: Digest,
    shape: Shape,
    description: Description,
}

impl Handler {
    /// Compiles, links and asks.
    pub(super) fn load(
        runtime: Arc<Runtime>,
        module: &[u8],
        seen: &Inspection,
        setup: &Setup,
    ) -> Result<Self, LoadError> {
        seen.check_imports(&setup.grants)?;
        wasi::builder(&setup.grants, &Resolved::default(), &Denials::default())?;
        let mut loaded = Loaded::link(runtime, module, seen, setup)?;
        if let Some(description) = wait_for(loaded.ask())? {
            loaded.description = description;
        }
        Ok(Self(Arc::new(loaded)))
    }

    /// Compiles, links and asks what it is, without settings or grants; a command does not say.
    pub(super) fn describe(
        runtime: Arc<Runtime>,
        module: &[u8],
        seen: &Inspection,
    ) -> Result<Option<Description>, LoadError> {
        seen.check_known_imports()?;
        let loaded = Loaded::link(runtime, module, seen, &Setup::default())?;
        Ok(wait_for(loaded.describe())?.map(|asked| asked.description))
    }

    /// The digest of the file that it came from.
    #[must_use]
    pub fn revision(&self) -> Digest {
        self.0.revision
    }

    /// How it is run.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.0.shape
    }

    /// What it says of itself; a command has the name that it was set up with.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// Calls it for an event. Waits for its turn first, if there are as many calls as there may be.
    pub async fn handle(&self, event: &EventInHand, state: Arc<dyn StateView>) -> Outcome {
        self.0.handle(event, state).await
    }
}

/// A fresh instance that was asked what it is.
struct Asked {
    store: Store<Call>,
    pace: Pace,
    world: HandlerWorld,
    description: Description,
}

impl Loaded {
    fn link(
        runtime: Arc<Runtime>,
        module: &[u8],
        seen: &Inspection,
        setup: &Setup,
    ) -> Result<Self, LoadError> {
        let turn = runtime.turns.own(&setup.name)?;
        let program = Program::prepare(&runtime, module, seen)?;
        let setup = Arc::new(setup.clone());
        let description = Description { name: setup.name.clone(), ..Description::default() };
        let (spent, revision, shape) = (Spent::new(), seen.revision, seen.shape);
        Ok(Self { runtime, turn, spent, setup, program, revision, shape, description })
    }

    async fn handle(&self, event: &EventInHand, state: Arc<dyn StateView>) -> Outcome {
        let turn = self.runtime.turns.wait(&self.turn).await;
        let start = Instant::now();
        let call = Call::new(self.setup.clone(), Some(event.clone()), state);
        let (verdict, call) = match (turn, &self.program) {
            (Err(_), _) => (Err(CallFailure::Host("the broker is stopping".to_owned())), call),
            (Ok(_), Program::Handler { .. }) => self.call_handler(call, event).await,
            (Ok(_), Program::Command(_) | Program::Preview1(_)) => self.call_command(call, event).await,
        };
        outcome(verdict, call, start.elapsed())
    }

    async fn call_handler(&self, call: Call, event: &EventInHand) -> (Result<(), CallFailure>, Call) {
        let Program::Handler { pre, .. } = &self.program else { return (Ok(()), call) };
        let call = match self.wasi(&call) {
            Ok(Some((builder, resolved))) => call.with_wasi(builder, resolved),
            Ok(None) => call,
            Err(failure) => return (Err(failure), call),
        };
        let (mut store, pace) = self.store(call, &self.runtime.slices);
        let envelope = envelope(event);
        let handled = async {
            let world = pre.instantiate_async(&mut store).await?;
            world.philae_handler_handler().call_handle(&mut store, &envelope).await
        };
        let handled = within(self.setup.limits.time, pace.run(handled));
        let verdict = handled.await.and_then(|handled| handled.map_err(CallFailure::from));
        let mut call = store.into_data();
        call.pour();
        (verdict, call)
    }

    async fn call_command(&self, call: Call, event: &EventInHand) -> (Result<(), CallFailure>, Call) {
        let limits = &self.setup.limits;
        let resolved = Resolved::default();
        let mut builder = match wasi::builder(&self.setup.grants, &resolved, &call.denials) {
            Ok(builder) => builder,
            Err(error) => return (Err(CallFailure::Host(error.to_string())), call),
        };
        builder.arg(&self.setup.name).stdin(MemoryInputPipe::new(event.bytes.clone()));
        let (ended, mut call) = match &self.program {
            Program::Preview1(pre) => {
                let (mut store, pace) = self.store(call.with_preview1(builder), &self.runtime.slices);
                let run = async {
                    let instance = pre.instantiate_async(&mut store).await?;
                    let start = instance.get_typed_func::<(), ()>(&mut store, "_start")?;
                    start.call_async(&mut store, ()).await
                };
                let ended = within(limits.time, async { program::ended(pace.run(run).await.map(Ok)) });
                (ended.await, store.into_data())
            }
            Program::Command(pre) => {
                let (mut store, pace) = self.store(call.with_wasi(builder, resolved), &self.runtime.slices);
                let run = async {
                    let command = pre.instantiate_async(&mut store).await?;
                    command.wasi_cli_run().call_run(&mut store).await
                };
                let ended = within(limits.time, async { program::ended(pace.run(run).await) });
                (ended.await, store.into_data())
            }
            Program::Handler { .. } => (Ok(0), call),
        };
        call.pour();
        let verdict = ended.and_then(|status| program::verdict(status, &call.lines));
        (verdict, call)
    }

    /// What it is, and whether its settings make sense; nothing of a command, which cannot be asked.
    async fn ask(&self) -> Result<Option<Description>, LoadError> {
        let Some(Asked { mut store, pace, world, description }) = self.describe().await? else {
            return Ok(None);
        };
        self.bound(&mut store, &pace);
        let checked = pace.run(world.philae_handler_handler().call_init(&mut store));
        let checked = within(self.setup.limits.time, checked);
        let checked = checked.await.map_err(failed("init"))?;
        checked.map_err(|why| LoadError::Settings(plain::excerpt(&why)))?;
        Ok(Some(description))
    }

    async fn describe(&self) -> Result<Option<Asked>, LoadError> {
        let Program::Handler { pre, .. } = &self.program else { return Ok(None) };
        let _turn = self.runtime.turns.wait(&self.turn).await;
        let call = Call::new(self.setup.clone(), None, Arc::new(MemoryState::default()));
        let call = match self.wasi(&call).map_err(failed("describe"))? {
            Some((builder, resolved)) => call.with_wasi(builder, resolved),
            None => call,
        };
        // On a thread in the background, which must not keep a slice from those that are called for events.
        let (mut store, pace) = self.store(call, &Slices::new());
        let described = pace.run(async {
            let world = pre.instantiate_async(&mut store).await?;
            let description = world.philae_handler_handler().call_describe(&mut store).await?;
            Ok((world, description))
        });
        let described = within(self.setup.limits.time, described);
        let (world, description) = described.await.map_err(failed("describe"))?;
        Ok(Some(Asked { store, pace, world, description: description.into() }))
    }

    /// WASI, if the module uses any; making it costs as much as a small handler.
    fn wasi(&self, call: &Call) -> Result<Option<(WasiCtxBuilder, Resolved)>, CallFailure> {
        if !matches!(self.program, Program::Handler { uses_wasi: true, .. }) {
            return Ok(None);
        }
        let resolved = Resolved::default();
        let builder = wasi::builder(&self.setup.grants, &resolved, &call.denials);
        builder.map(|builder| Some((builder, resolved))).map_err(|error| CallFailure::Host(error.to_string()))
    }

    fn store(&self, call: Call, slices: &Slices) -> (Store<Call>, Pace) {
        let mut store = Store::new(&self.runtime.engine, call);
        store.limiter(|call| &mut call.limiter);
        store.set_hostcall_fuel(self.setup.limits.memory_bytes.min(super::HOSTCALL_BYTES));
        let pace = slices.pace(&self.spent);
        self.bound(&mut store, &pace);
        (store, pace)
    }

    /// Starts the clock of a call.
    fn bound(&self, store: &mut Store<Call>, pace: &Pace) {
        let limit = self.setup.limits.time;
        let deadline = Instant::now().checked_add(limit);
        let pace = pace.clone();
        store.epoch_deadline_callback(move |_| match deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stop::Time(limit).into()),
            _ => Ok(pace.next()),
        });
        store.set_epoch_deadline(1);
    }
}

/// Waits on this thread, for guests that are asked and not called.
fn wait_for<T>(asking: impl Future<Output = Result<T, LoadError>>) -> Result<T, LoadError> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed("describe")(CallFailure::Host(error.to_string())))?;
    runtime.block_on(asking)
}

fn failed(function: &'static str) -> impl Fn(CallFailure) -> LoadError {
    move |failure| LoadError::Start { function, failure }
}

fn outcome(verdict: Result<(), CallFailure>, call: Call, took: Duration) -> Outcome {
    let memory_bytes = call.limiter.taken_bytes();
    let denied = call.denials.take();
    let (log, left_out_bytes) = call.lines.into_parts();
    let (state, published) = match verdict {
        Ok(()) => (call.state.into_changes(), call.published),
        Err(_) => (Vec::new(), Vec::new()),
    };
    Outcome {
        verdict,
        state,
        published,
        log,
        left_out_bytes,
        metrics: call.metrics.into_list(),
        denied,
        took,
        memory_bytes,
    }
}

fn envelope(event: &EventInHand) -> types::Envelope {
    types::Envelope {
        seq: event.seq,
        ivoid: event.ivoid.to_string(),
        stream: event::stream(&event.ivoid).to_owned(),
        role: match event.role {
            Role::Observation => types::Role::Observation,
            Role::Prediction => types::Role::Prediction,
            Role::Utility => types::Role::Utility,
            Role::Test => types::Role::Test,
        },
        media_type: "application/xml".to_owned(),
        authored: event::authored(&event.bytes).map(timestamp),
        received: timestamp(event.received),
        source: event.source.to_string(),
        attempt: event.attempt,
    }
}

impl From<types::Failure> for CallFailure {
    fn from(failure: types::Failure) -> Self {
        match failure {
            types::Failure::Retry(why) => Self::Retry(plain::excerpt(&why)),
            types::Failure::Permanent(why) => Self::Permanent(plain::excerpt(&why)),
        }
    }
}

impl From<wit::Description> for Description {
    fn from(description: wit::Description) -> Self {
        let role = |role| match role {
            types::Role::Observation => Role::Observation,
            types::Role::Prediction => Role::Prediction,
            types::Role::Utility => Role::Utility,
            types::Role::Test => Role::Test,
        };
        Self {
            name: plain::excerpt(&description.name),
            version: plain::excerpt(&description.version),
            roles: description.roles.into_iter().take(4).map(role).collect(),
            streams: description
                .streams
                .into_iter()
                .filter(|stream| stream.len() <= vtp::MAX_IVORN_BYTES)
                .take(MAX_STREAMS)
                .collect(),
        }
    }
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.0.setup.name)
            .field("revision", &self.0.revision)
            .finish()
    }
}
