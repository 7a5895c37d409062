//! Programs: modules that are compiled and linked, and how each shape is run.
//!
//! ```text
//! bytes ─> shape ─> imports granted? ─> compiled, or from the cache ─> linked ─> Program
//! ```

use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{Engine, InstancePre, Module};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;
use wit_component::ComponentEncoder;

use super::Runtime;
use super::bindings::HandlerWorldPre;
use super::call::Call;
use super::error::{CallFailure, LoadError, words};
use super::limits::Stop;
use super::output::{Level, Lines};
use super::shape::{Inspection, Shape};

/// The exit status that means to try again later (EX_TEMPFAIL of sysexits.h).
const TRY_LATER: i32 = 75;

/// A module that is ready to be instantiated.
pub(super) enum Program {
    Handler { pre: HandlerWorldPre<Call>, uses_wasi: bool },
    Command(CommandPre<Call>),
    Preview1(InstancePre<Call>),
}

impl Program {
    /// Compiles and links a module; the long part of loading.
    pub(super) fn prepare(runtime: &Runtime, module: &[u8], seen: &Inspection) -> Result<Self, LoadError> {
        let engine = &runtime.engine;
        if seen.shape == Shape::Command {
            let compile = || Module::new(engine, module);
            let module = match &runtime.cache {
                Some(cache) => cache.module(engine, seen.revision, compile),
                None => compile(),
            };
            let module = module.map_err(compiling)?;
            return runtime.core.instantiate_pre(&module).map(Self::Preview1).map_err(linking);
        }
        let compile = || compile(engine, module, seen.shape);
        let component = match &runtime.cache {
            Some(cache) => cache.component(engine, seen.revision, compile),
            None => compile(),
        };
        let component = component.map_err(compiling)?;
        let pre = runtime.components.instantiate_pre(&component).map_err(linking)?;
        match seen.shape {
            Shape::ComponentCommand => CommandPre::new(pre).map(Self::Command).map_err(linking),
            Shape::Component | Shape::CoreModule | Shape::Command => {
                let uses_wasi = seen.imports.iter().any(|import| import.starts_with("wasi:"));
                HandlerWorldPre::new(pre).map(|pre| Self::Handler { pre, uses_wasi }).map_err(linking)
            }
        }
    }
}

fn compile(engine: &Engine, module: &[u8], shape: Shape) -> wasmtime::Result<Component> {
    if shape != Shape::CoreModule {
        return Component::new(engine, module);
    }
    let encoded = ComponentEncoder::default().module(module).and_then(|mut encoder| encoder.encode());
    // `{:#}` tells the causes too.
    let component = encoded.map_err(|error| wasmtime::Error::msg(format!("{error:#}")))?;
    Component::new(engine, component)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn compiling(error: wasmtime::Error) -> LoadError {
    LoadError::Compile(words(&error))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn linking(error: wasmtime::Error) -> LoadError {
    LoadError::Link(words(&error))
}

/// Waits for a guest, no longer than it may take.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, CallFailure> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(|error| CallFailure::of(&error)),
        Err(_) => Err(CallFailure::Limit(Stop::Time(limit).to_string())),
    }
}

/// What the end of a command means. `Ok` is its exit, or that it returned.
pub(super) fn ended(result: wasmtime::Result<Result<(), ()>>) -> wasmtime::Result<i32> {
    match result {
        Ok(Ok(())) => Ok(0),
        Ok(Err(())) => Ok(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => Ok(exit.0),
            None => Err(error),
        },
    }
}

/// What an exit status means, with the last words of the command.
pub(super) fn verdict(status: i32, lines: &Lines) -> Result<(), CallFailure> {
    let last = lines.last(Level::Warn).map(|line| format!(": {line}")).unwrap_or_default();
    match status {
        0 => Ok(()),
        TRY_LATER => Err(CallFailure::Retry(format!("exit status {TRY_LATER}{last}"))),
        other => Err(CallFailure::Permanent(format!("exit status {other}{last}"))),
    }
}
