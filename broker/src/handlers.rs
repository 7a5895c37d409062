//! Handlers as the operator has them: folders of modules, and what the settings beside each say.
//!
//! A handler is `NAME.wasm` in a folder of handlers. `NAME.toml` beside it, written by the operator, says which events it
//! gets and what it may do; without it the handler has the defaults, which grant nothing. [`Settings`] prove that all
//! that was written can be had. Running a handler is left to the host, and what it is called for to the pipeline.

mod settings;

pub use settings::{
    EXAMPLE, FolderGrant, Forbidden, Grants, HttpGrant, Limits, Retry, Role, Scheme, Settings,
    SettingsFaults, Start, TcpGrant, TcpTarget, Wants,
};
