//! The archive: a broker's log, read from outside by commands.
//!
//! A [`Log`] gives the entries of a data folder in order, with all that is known of each, and costs a piece of them in memory
//! however many there are. Where a broker runs, it is asked over its control socket, and reads for us in pieces of its own,
//! while it serves; where none does, a snapshot of the store is read, which changes nothing in it. Both tell the same. What
//! was settled when the reading began is read, and what comes in meanwhile is not. What is done with the entries is left to
//! commands.
//!
//! ```text
//!               broker runs:  control socket ── lines and packets ──┐
//! data folder ──┤                                                   ├──> Log ──> entries
//!               none does:    store::Snapshot ── pieces ────────────┘
//! ```

mod at_rest;
mod live;
mod log;

pub(crate) use log::{Log, LogError};
