//! The load generator and the floor.
//!
//! `philae bench` drives any VTP broker as authors and subscribers do, and tells rates, percentiles and whether anything was
//! lost, doubled or changed. What it measures means little by itself, on a machine that does other things too. So it also
//! contains a [floor](Floor) to divide by, and [a comparison](Comparison) that runs floor, Philae and Comet in turn. It talks
//! to brokers over sockets alone; only to fill a store with a million entries does it open one itself.
//!
//! ```text
//!   packets (stencil) ──> authors ──> broker ──> subscribers ──> tally ──> report
//!                            └─ departures: when each packet's author connected ─┘
//! ```
//!
//! Loads are bounded in count or time. Subscribers and authors are tasks of the caller's runtime and gone when a run ends.

mod authors;
mod compare;
mod disk;
mod fanout;
mod floor;
mod latencies;
mod memory;
mod packets;
mod process;
mod report;
mod stencil;
mod subscriber;
mod wire;

use std::io;

pub use authors::{Limit, Submit};
pub use compare::{Comparison, Suite, Table};
pub use fanout::Fanout;
pub use floor::Floor;
pub use memory::{Idle, Stalled};
pub use packets::MIN_PACKET_BYTES;
pub use report::Report;

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The system refused something.
    #[error("cannot {doing}")]
    Io {
        /// What was tried.
        doing: String,
        /// Its reason.
        source: io::Error,
    },
    /// A broker did not do what a run rests on.
    #[error("{0}")]
    Broker(String),
}

impl BenchError {
    fn io(doing: impl Into<String>, source: io::Error) -> Self {
        Self::Io { doing: doing.into(), source }
    }
}
