//! The network: sockets and the sessions that speak over them.
//!
//! Endpoints and allow-lists are parsed here, listeners bound, connections let in through a gate, and each is driven by
//! one task that moves bytes between its socket and its `vtp` session. What is admitted, kept and sent on is decided
//! elsewhere; here it is only carried.
//!
//! ```text
//!  listen ─> accept ─ gate ─> receive    (authors)      ─> admission
//!                        └──> broadcast  (subscribers)  <─ fanout
//!  connect ──────────────────> subscribe (upstreams)    ─> admission
//! ```

pub(crate) mod accept;
mod alarm;
pub mod allow;
pub(crate) mod broadcast;
mod budget;
pub(crate) mod connect;
pub mod endpoint;
pub(crate) mod gate;
pub(crate) mod link;
pub(crate) mod listen;
pub(crate) mod receive;
pub(crate) mod stream;
pub(crate) mod subscribe;
