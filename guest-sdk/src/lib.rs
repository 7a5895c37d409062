//! Handlers for Philae, the broker of astronomical alerts, in Rust.
//!
//! A handler is a WebAssembly module that the broker calls for every event. It can reach its event, its log, its settings
//! and its own state, and beyond that what the operator grants. It is one function and one macro:
//!
//! ```
//! use philae_guest::prelude::*;
//!
//! philae_guest::handler!(alert);
//!
//! fn alert(event: &Event) -> Outcome {
//!     let count = state::increment("events", 1)?;
//!     log::info!("{count}: {} at {:?}", event.ivoid(), event.position());
//!     Ok(())
//! }
//! ```
//!
//! The README has the lines of `Cargo.toml` and the command that builds it. Tests run natively, against the fake broker
//! of [`testing`].
//!
//! ```text
//! handler ──▶ Event, state, config, publish, metrics, log ──▶ broker ─┬─▶ bindings (in a guest) ──▶ Philae
//!                                                                     └─▶ testing (elsewhere)
//! ```

// Generated code names this crate as the handlers that use it do.
extern crate self as philae_guest;

#[doc(hidden)]
pub mod bindings;
mod broker;
pub mod config;
mod error;
mod event;
#[doc(hidden)]
pub mod exported;
#[cfg(feature = "files")]
pub mod files;
mod handler;
#[cfg(feature = "http")]
pub mod http;
mod logger;
pub mod metrics;
mod packet;
mod position;
pub mod publish;
pub mod state;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod time;

pub use error::{Context, Error, Outcome, Result};
pub use event::{Citation, Event, Found, Param, Relation, Role};
pub use handler::Handler;
pub use log;
pub use packet::Packet;
pub use position::Position;
pub use time::Timestamp;
#[doc(hidden)]
pub use wit_bindgen;

/// What nearly every handler needs.
pub mod prelude {
    pub use crate::{
        Citation, Context, Error, Event, Outcome, Packet, Param, Position, Relation, Result, Role, Timestamp,
        config, log, metrics, publish, state,
    };
}
