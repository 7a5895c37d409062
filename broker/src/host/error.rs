//! What can go wrong with a handler, in words for an operator.

use super::limits::Stop;
use crate::plain;

/// Why no handlers can be run at all.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The runtime refuses the settings or the system does not give what it needs.
    #[error("the WebAssembly runtime: {0}")]
    Engine(String),
    /// The folder for compiled code cannot be used.
    #[error("the folder for compiled handlers, {folder}: {error}")]
    Cache {
        /// Its path.
        folder: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// There is no thread for the clock.
    #[error("a thread for the handlers' clock: {0}")]
    Thread(std::io::Error),
}

/// Why a module is no handler, or not one that may run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It is larger than is looked at.
    #[error("it has {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// There are too many handlers.
    #[error(
        "{limit} handlers are loaded already, and there may be no more; remove one, or run a second broker"
    )]
    TooMany {
        /// The limit.
        limit: u32,
    },
    /// It is no WebAssembly.
    #[error("it is no WebAssembly module: {0}")]
    NoModule(String),
    /// It exports nothing that could be called.
    #[error(
        "it is no handler: it exports neither philae:handler/handler@1 nor a command (_start or wasi:cli/run@0.2), but {exports}"
    )]
    OtherWorld {
        /// What it exports.
        exports: String,
    },
    /// It imports what nobody offers.
    #[error("it imports {import}, which this broker does not have; {remedy}")]
    UnknownImport {
        /// Its name.
        import: String,
        /// What to do.
        remedy: &'static str,
    },
    /// It imports what was not granted.
    #[error("it imports {import}, which is not granted; {remedy}")]
    NotGranted {
        /// Its name.
        import: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A grant cannot be given.
    #[error("the grant of {grant} cannot be given: {error}")]
    Grant {
        /// What was to be granted.
        grant: String,
        /// Why not.
        error: String,
    },
    /// It does not compile.
    #[error("it cannot be compiled: {0}")]
    Compile(String),
    /// It compiles and does not fit this broker: a function is missing, or is another one.
    #[error("it does not fit this broker: {0}")]
    Link(String),
    /// It says no, or fails, when it is asked what it is or whether its settings make sense.
    #[error("its function {function} fails: {failure}")]
    Start {
        /// `describe` or `init`.
        function: &'static str,
        /// How.
        failure: CallFailure,
    },
    /// Its settings make no sense to it.
    #[error("it does not accept its settings: {0}")]
    Settings(String),
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// The handler wants to be called again later.
    #[error("it asks to be called again: {0}")]
    Retry(String),
    /// The handler will never handle it.
    #[error("{0}")]
    Permanent(String),
    /// The handler broke down.
    #[error("it crashed: {0}")]
    Trapped(String),
    /// The handler was stopped at one of its limits.
    #[error("it was stopped: {0}")]
    Limit(String),
    /// The broker could not make the call; that is not the handler's fault, and may pass.
    #[error("it could not be called: {0}")]
    Host(String),
}

impl CallFailure {
    /// What wasmtime says, sorted.
    pub(super) fn of(error: &wasmtime::Error) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return Self::Limit(stop.to_string());
        }
        if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
            let words = format!("{trap}{}", place(error));
            return match *trap == wasmtime::Trap::StackOverflow {
                true => Self::Limit(words),
                false => Self::Trapped(words),
            };
        }
        if error.is::<wasmtime::PoolConcurrencyLimitError>() {
            return Self::Host(words(error));
        }
        Self::Trapped(words(error))
    }
}

/// Where a guest was, if its module names its functions.
fn place(error: &wasmtime::Error) -> String {
    let backtrace = error.downcast_ref::<wasmtime::WasmBacktrace>();
    let names = backtrace.into_iter().flat_map(|trace| trace.frames()).filter_map(|frame| frame.func_name());
    names.take(1).map(|name| format!(", in {}", plain::excerpt(name))).collect()
}

/// The causes of an error on one line, without a backtrace.
pub(super) fn words(error: &wasmtime::Error) -> String {
    let causes: Vec<_> = error
        .chain()
        .map(ToString::to_string)
        .filter(|cause| !cause.starts_with("error while executing"))
        .collect();
    plain::excerpt(&causes.join(": "))
}
