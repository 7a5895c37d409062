//! Handlers as the operator has them: folders of modules, and what the settings beside each say.
//!
//! A handler is `NAME.wasm` in a folder of handlers. `NAME.toml` beside it, written by the operator, says which events it
//! gets and what it may do; without it the handler has the defaults, which grant nothing. [`Settings`] prove that all
//! that was written can be had; [`Watch`] says what came, went or was changed, once it is whole. Running a handler is
//! left to the host, and what it is called for to the pipeline.
//!
//! ```text
//! folders ──> Watch::look ──> Change ──> Files::read ──┬─ module's bytes ─────────────────> host
//!                                                      └─ text ──> Settings, or all faults at once
//! ```

mod folder;
mod settings;

pub use folder::{
    Change, Files, HandlerName, NameError, Notice, Oddity, ReadError, ReadFiles, Watch, What, replaceable,
    writable_by_self,
};
pub(crate) use settings::to_json;
pub use settings::{EXAMPLE, Forbidden, Limits, Retry, Settings, SettingsFaults, Start, Wants};
