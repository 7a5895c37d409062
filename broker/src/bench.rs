//! The load generator and the floor.
//!
//! `philae bench` drives any VTP broker as authors and subscribers do, and tells rates, percentiles and whether anything was
//! lost, doubled or changed. What it measures means little by itself, on a machine that does other things too. So it also
//! contains a [floor](Floor) to divide by, and [a comparison](Comparison) that runs floor, Philae and Comet in turn. It talks
//! to brokers over sockets alone; only to fill a store with a million entries does it open one itself. What is kept is
//! [measured](ArchiveLoad) by itself, through the commands that ask for it.
//!
//! ```text
//!   packets (stencil) ──> authors ──> broker ──> subscribers ──> tally ──> report
//!                            └─ departures: when each packet's author connected ─┘
//! ```
//!
//! Loads are bounded in count or time. Subscribers and authors are tasks of the caller's runtime and gone when a run ends.

mod archive;
mod authors;
mod compare;
mod control;
mod departures;
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
mod tally;
mod wire;

use std::io;

pub use archive::{ArchiveFigures, ArchiveLoad};
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a run against a floor of its own.
    async fn on_a_floor(events: u64, hold: bool) -> serde_json::Value {
        let any = "127.0.0.1:0".parse().unwrap();
        let floor = Floor::bind(any, any).unwrap();
        let (receive, broadcast) = floor.addresses().unwrap();
        let fanout = Fanout {
            receive: receive.to_string(),
            broadcast: broadcast.to_string(),
            subscribers: 3,
            authors: 4,
            events,
            size_bytes: 4096,
            rate: None,
            hold,
            filters: Vec::new(),
            hostile: 0,
        };
        // Only the run can end.
        let report = tokio::select! {
            report = fanout.run() => report.unwrap(),
            never = floor.serve() => match never.unwrap() {},
        };
        assert!(!report.is_faulty(), "{report}");
        report.to_json()
    }

    #[tokio::test]
    async fn the_floor_brings_everything_to_everyone() {
        assert_eq!(on_a_floor(50, false).await["deliveries"], 150);
    }

    #[tokio::test]
    async fn what_was_held_back_is_delivered_in_the_end() {
        assert_eq!(on_a_floor(50, true).await["deliveries"], 150);
    }

    #[tokio::test]
    async fn a_broker_out_of_reach_is_an_error_in_the_report() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let submit = Submit {
            target: closed.to_string(),
            authors: 1,
            limit: Limit::Events(1),
            size_bytes: 4096,
            rate: None,
        };
        let report = submit.run().await.unwrap();
        assert!(report.is_faulty(), "{report}");
    }
}
