//! The pipeline: one worker a handler, from the log to what its calls come to.
//!
//! A handler is called at least once for every event that it wants, from the place where it began, whatever happens in
//! between. Inside the broker it is as if it were called exactly once: what a call writes into its state and what
//! it publishes is committed in one piece with the cursor that moves past the event. A call that fails is tried again after
//! growing waits; what cannot be handled is kept in quarantine and the handler goes on. A handler delays neither
//! subscribers nor other handlers: it has a worker of its own, on threads of their own. Running the code is `host`'s
//! affair; which handlers there are is left to `handlers`.
//!
//! ```text
//!  log ──> Worker ──> wanted? ──> call ──┬── handled ───> state, publications ─┐
//!            ▲                    ▲      ├── retry ──┐                         ├─> one commit, with the cursor
//!            │                    └──────┴── wait <──┘                         │
//!            └── orders: pause, retry        permanent, or too often ──> quarantine
//! ```

mod call;
mod denials;
mod effects;
mod handle;
mod metrics;
mod progress;
mod publish;
pub(crate) mod quarantine;
mod replay;
mod retry;
mod start;
mod state;
mod wants;
mod worker;

pub(crate) use call::in_hand;
pub(crate) use denials::Denial;
pub(crate) use handle::{Active, Handle, outcome};
pub(crate) use metrics::Metrics;
pub(crate) use progress::Counts;
pub(crate) use publish::Publisher;
pub(crate) use replay::Replayed;
pub(crate) use retry::Retry;
pub(crate) use start::{Begin, Pipeline, Running};
pub(crate) use wants::{Unwanted, Wants};
pub(crate) use worker::Order;

#[cfg(test)]
mod tests;
