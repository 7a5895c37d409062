//! The host: runs handlers, which are WebAssembly modules that strangers wrote, in a sandbox.
//!
//! It turns a handler, an event and what was granted into an outcome, and sees nothing else of the broker: no sockets of
//! its peers, no store, no subscribers. It promises that a call ends within its limits of time and memory, reaches
//! nothing that was not granted, and leaves nothing behind but its outcome; and that every failure is told in words for an
//! operator. Which handlers there are, which events they get and what becomes of an outcome is left to the pipeline.
//!
//! ```text
//! bytes ─> shape ─> program (cache) ─> describe, init ─> Handler ─┐
//!                                                                 ├─> fresh instance ─> Outcome
//! event, state before, setup: config · limits · grants ───────────┘     imports · wasi · http
//! ```

mod bindings;
mod cache;
mod call;
mod denials;
mod engine;
mod error;
mod files;
mod handler;
mod http;
mod imports;
mod limits;
mod network;
mod output;
mod pace;
mod preview1;
mod program;
mod shape;
mod stand_in;
mod state;
mod stdio;
mod turns;
mod uses;
mod wasi;

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::{Engine, Linker, component};

pub use call::{EventInHand, Judge, Setup};
pub use error::{CallFailure, HostError, LoadError};
pub use handler::{Description, Handler};
pub use limits::{Limits, MAX_KEY_BYTES};
pub use output::{Level, LogLine, Metric, MetricChange, Outcome};
pub use shape::{Inspection, Shape};
pub use stand_in::{Asked, StandIn};
pub use state::{MemoryState, StateChange, StateValue, StateView};
pub use uses::Use;

use cache::Cache;
use call::Call;
use pace::Slices;
use turns::Turns;

/// What a guest may hand to the host in one go.
const HOSTCALL_BYTES: usize = 16 << 20;

/// The largest module that is looked at.
pub const MAX_MODULE_BYTES: usize = 64 << 20;

/// How handlers are run.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The folder for compiled code: the broker's own, that no handler is granted. Without one nothing is kept.
    pub cache_dir: Option<PathBuf>,
    /// Calls at once, besides one of each handler; further ones wait for their turn.
    pub max_calls: u32,
    /// The largest module that is looked at.
    pub max_module_bytes: usize,
}

impl HostOptions {
    /// The usual: 32 calls at once besides one of each handler, modules of at most 64 MiB.
    #[must_use]
    pub fn new(cache_dir: PathBuf) -> Self {
        Self { cache_dir: Some(cache_dir), max_calls: 32, max_module_bytes: MAX_MODULE_BYTES }
    }

    /// For a command that looks at modules: one call at a time, and no folder.
    #[must_use]
    pub fn for_a_look() -> Self {
        Self { cache_dir: None, max_calls: 1, max_module_bytes: MAX_MODULE_BYTES }
    }
}

/// What runs handlers. A clone is the same host.
#[derive(Clone)]
pub struct Host(Arc<Runtime>);

/// What all handlers share.
struct Runtime {
    engine: Engine,
    components: component::Linker<Call>,
    core: Linker<Call>,
    /// Where compiled code is kept, if it is.
    cache: Option<Cache>,
    turns: Turns,
    slices: Slices,
    max_module_bytes: usize,
}

impl Host {
    /// Starts the engine and its clock.
    ///
    /// # Errors
    /// If the system does not give what they need, or the folder cannot be used.
    pub fn start(options: &HostOptions) -> Result<Self, HostError> {
        let max_calls = options.max_calls.max(1);
        let failed = |error: wasmtime::Error| HostError::Engine(error::words(&error));
        let engine = engine::engine(Turns::slots(max_calls)).map_err(failed)?;
        let cache = options.cache_dir.as_deref().map(|folder| {
            Cache::open(folder, &engine)
                .map_err(|error| HostError::Cache { folder: folder.display().to_string(), error })
        });
        let cache = cache.transpose()?;
        let components = wasi::linker(&engine).map_err(failed)?;
        let core = preview1::linker(&engine).map_err(failed)?;
        engine::start_ticking(&engine).map_err(HostError::Thread)?;
        let (turns, slices) = (Turns::new(max_calls), Slices::new());
        let max_module_bytes = options.max_module_bytes;
        Ok(Self(Arc::new(Runtime { engine, components, core, cache, turns, slices, max_module_bytes })))
    }

    /// Makes a handler of a module: finds its shape, compiles it or takes it from the cache, links it, and asks it what it is
    /// and whether its settings make sense.
    ///
    /// It works on the caller's thread, for seconds if the module is large and new, and must not be called where tasks
    /// run.
    ///
    /// # Errors
    /// A [`LoadError`] that says what is wrong and what to do.
    pub fn load(&self, module: &[u8], setup: &Setup) -> Result<Handler, LoadError> {
        let seen = self.inspect(module)?;
        Handler::load(self.0.clone(), module, &seen, setup)
    }

    /// Finds out what a module is and what it would need, without running any of it.
    ///
    /// # Errors
    /// If it is no handler.
    pub fn inspect(&self, module: &[u8]) -> Result<Inspection, LoadError> {
        inspect(module, self.0.max_module_bytes)
    }

    /// Asks a module that was inspected what it says of itself, in an instance that is granted nothing; a command does
    /// not say. Works on the caller's thread, as [`load`](Self::load) does.
    ///
    /// # Errors
    /// If it cannot be compiled, imports what is not there, or fails.
    pub fn describe(&self, module: &[u8], seen: &Inspection) -> Result<Option<Description>, LoadError> {
        Handler::describe(self.0.clone(), module, seen)
    }
}

/// The same without a host, for a command.
///
/// # Errors
/// If it is no handler, or has more than `limit` bytes.
pub fn inspect(module: &[u8], limit: usize) -> Result<Inspection, LoadError> {
    if module.len() > limit {
        return Err(LoadError::TooLarge { bytes: module.len(), limit });
    }
    shape::inspect(module)
}

/// Whether a core module exports the handler interface and does not say against which world it is written.
#[must_use]
pub fn lacks_world(module: &[u8]) -> bool {
    shape::lacks_world(module)
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("cache", &self.0.cache).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
