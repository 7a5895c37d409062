//! What an operator, or a test, may choose about a store.

use super::clock::Clock;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// For what a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To serve.
    Broker,
    /// To take packets into it while no broker runs.
    Import,
    /// To make its index anew while no broker runs.
    IndexRebuild,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Broker, Self::Import, Self::IndexRebuild];

    /// Its name, as it is written down and told.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Import => "import",
            Self::IndexRebuild => "index rebuild",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// The choices; the defaults suit a site that takes a few hundred events a day, and a thousand times that.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// For what the store is opened. What is no broker opens a folder of its own user only. Default: a broker.
    pub purpose: Purpose,
    /// How long entries are kept; `None` is for ever. Default: 30 days, as Comet.
    pub retention: Option<Duration>,
    /// How many submissions may wait for the writer. Default: 1024.
    pub queue: usize,
    /// How many entries are kept in memory for subscribers that keep up. Default: 512.
    pub tail_entries: usize,
    /// How many bytes of them. Default: 4 MiB.
    pub tail_bytes: usize,
    /// Below how much room on the disk nothing is accepted. Default: 64 MiB, which the database needs to stay well.
    pub min_free_bytes: u64,
    /// How often the writer looks after things between groups. Default: every second.
    pub upkeep: Duration,
    /// Where the time is read. Default: the machine's.
    pub clock: Clock,
}

impl StoreOptions {
    /// The choices of what opens a store that no broker serves: nothing is removed from it, however old.
    #[must_use]
    pub fn at_rest(purpose: Purpose) -> Self {
        Self { purpose, retention: None, ..Self::default() }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            purpose: Purpose::Broker,
            retention: Some(30 * DAY),
            queue: 1024,
            tail_entries: 512,
            tail_bytes: 4 << 20,
            min_free_bytes: 64 << 20,
            upkeep: Duration::from_secs(1),
            clock: Clock::system(),
        }
    }
}
