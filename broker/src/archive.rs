//! The archive: a broker's log, read from outside by commands.
//!
//! A [`Log`] gives the entries of a data folder in order, with all that is known of each, and costs a piece of them in memory
//! however many there are. Where a broker runs, it is asked over its control socket, and reads for us in pieces of its own,
//! while it serves; where none does, a snapshot of the store is read, which changes nothing in it. Both tell the same. What
//! was settled when the reading began is read, and what comes in meanwhile is not. A [`Selection`] says which entries are
//! wanted; the index beside the log leads to them. What is done with the entries is left to commands.
//!
//! ```text
//!               broker runs:  control socket ── lines and packets ──┐
//! data folder ──┤                                                   ├──> Log, Picks ──> Selected ──> entries
//!               none does:    store::Snapshot ── pieces ────────────┘                 ▲
//!               index::Search ── places ──────────────────────────────────────────────┘
//! ```

mod at_rest;
mod citations;
mod live;
mod log;
mod open;
mod select;

pub(crate) use citations::{Node, Tree};
pub(crate) use log::{Log, LogError};
pub(crate) use open::Archive;
pub(crate) use select::{Content, SelectError, Selected, Selection, search};
