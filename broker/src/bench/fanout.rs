//! Fan-out: what authors submit, on its way to many subscribers.
//!
//! The rate is that of deliveries, from the first submission to the last delivery. With few subscribers it is the submissions
//! that limit it: each is a connection of its own, a delivery is not. `hold` takes them out of the account: the subscribers
//! read nothing until all is submitted, and the rate runs from their first read on. Then it is the backlog of a subscriber
//! that fell behind which is delivered, and latencies mean nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::BenchError;
use super::authors::{self, Limit, Submit, Submitted};
use super::departures::Departures;
use super::latencies::Latencies;
use super::packets::Packets;
use super::report::{Figure, Report};
use super::subscriber;
use super::tally::{Ledger, Tally};
use super::wire;

/// How long nothing may arrive before what is missing counts as lost.
const QUIET: Duration = Duration::from_secs(5);

/// How many filters a hostile subscriber has.
const HOSTILE_FILTERS: u32 = 16;

/// How long after the last delivery to listen for duplicates.
const AFTERWARDS: Duration = Duration::from_millis(200);

/// A run of submissions with subscribers listening.
#[derive(Debug, Clone)]
pub struct Fanout {
    /// Where authors connect, as `HOST:PORT`.
    pub receive: String,
    /// Where subscribers connect, as `HOST:PORT`.
    pub broadcast: String,
    /// How many subscribe.
    pub subscribers: u64,
    /// How many submit at once.
    pub authors: usize,
    /// How many packets to submit.
    pub events: u64,
    /// Bytes of a packet.
    pub size_bytes: usize,
    /// Submissions a second; without one, as fast as the broker answers.
    pub rate: Option<f64>,
    /// Whether subscribers read nothing until all is submitted.
    pub hold: bool,
    /// XPath expressions with which each asks; all packets must match one of them.
    pub filters: Vec<String>,
    /// How many more subscribe with filters that cost as much as filters can, and are left out of account.
    pub hostile: u64,
}

impl Fanout {
    /// Makes the run.
    ///
    /// # Errors
    /// If subscribers cannot connect. What the broker does after that is in the report.
    pub async fn run(&self) -> Result<Report, BenchError> {
        let delivered = self.measure().await?;
        let title = format!(
            "fanout: {} subscribers, {} authors, {} bytes{}",
            self.subscribers,
            self.authors,
            self.size_bytes,
            if self.hold { ", held back" } else { "" },
        );
        let report = Report::new(title)
            .with("acks", Figure::Count(delivered.submitted.acks))
            .with("acks", Figure::Rate(delivered.submitted.acks_per_second()))
            .with("deliveries", Figure::Count(delivered.deliveries))
            .with("deliveries", Figure::Rate(delivered.per_second()));
        let report = if self.hold { report } else { report.with_latencies(&delivered.latencies) };
        Ok(report
            .with_faults("lost", delivered.lost)
            .with_faults("duplicates", delivered.duplicates)
            .with_faults("corrupt", delivered.corrupt)
            .with_reasons("naks", &delivered.submitted.naks)
            .with_reasons("errors", &delivered.submitted.errors))
    }

    pub(super) async fn measure(&self) -> Result<Delivered, BenchError> {
        let receive = wire::resolve(&self.receive).await?;
        let broadcast = wire::resolve(&self.broadcast).await?;
        let mut hostile = JoinSet::new();
        for subscriber in subscriber::gather(broadcast, self.hostile, hostile_filters).await? {
            hostile.spawn(subscriber.idle());
        }
        let listeners = subscriber::gather(broadcast, self.subscribers, |_| self.filters.clone()).await?;

        let packets = Arc::new(Packets::new(self.size_bytes));
        let departures = Arc::new(Departures::new(self.events));
        let ledger = Arc::new(Ledger {
            packets: packets.clone(),
            departures: departures.clone(),
            delivered: AtomicU64::new(0),
        });
        let (gate, _) = watch::channel(!self.hold);
        let mut listening = JoinSet::new();
        let mut tallies = Vec::new();
        for subscriber in listeners {
            let tally = Arc::new(Mutex::new(Tally::new(self.events)));
            tallies.push(tally.clone());
            let (ledger, mut gate) = (ledger.clone(), gate.subscribe());
            listening.spawn(async move {
                // An error is a run that ended before the gate opened.
                if gate.wait_for(|is_open| *is_open).await.is_ok() {
                    // Why a connection ended shows in what was lost.
                    let _ = subscriber.listen(ledger, tally).await;
                }
            });
        }

        let mut start = departures.now();
        let submitted =
            authors::submit(&self.submissions(), receive, packets, Some(departures.clone())).await;
        if self.hold {
            start = departures.now();
            gate.send_replace(true);
        }
        let expected = submitted.acks * self.subscribers;
        wait_for(&ledger.delivered, expected).await;
        listening.shutdown().await;
        Ok(Delivered::of(submitted, expected, start, &tallies))
    }

    fn submissions(&self) -> Submit {
        Submit {
            target: self.receive.clone(),
            authors: self.authors,
            limit: Limit::Events(self.events),
            size_bytes: self.size_bytes,
            rate: self.rate,
        }
    }
}

/// Filters that match nothing, that no other subscriber has, and that take as long as they may.
fn hostile_filters(nth: u64) -> Vec<String> {
    let filter = |which| format!("count(//*[count(//*[count(//*) = {nth}{which:02}]) > 0]) > 0");
    (0..HOSTILE_FILTERS).map(filter).collect()
}

async fn wait_for(delivered: &AtomicU64, expected: u64) {
    let (mut before, mut since) = (0, Instant::now());
    while since.elapsed() < QUIET {
        let now = delivered.load(Ordering::Relaxed);
        if now >= expected {
            break;
        }
        if now > before {
            (before, since) = (now, Instant::now());
        }
        sleep(Duration::from_millis(10)).await;
    }
    sleep(AFTERWARDS).await;
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) submitted: Submitted,
    pub(super) deliveries: u64,
    pub(super) lost: u64,
    pub(super) duplicates: u64,
    pub(super) corrupt: u64,
    pub(super) latencies: Latencies,
    elapsed: Duration,
}

impl Delivered {
    fn of(submitted: Submitted, expected: u64, start: Duration, tallies: &[Arc<Mutex<Tally>>]) -> Self {
        let mut latencies = Latencies::new();
        let (mut deliveries, mut duplicates, mut corrupt, mut last) = (0, 0, 0, start);
        for tally in tallies {
            let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            latencies.add(&tally.latencies);
            deliveries += tally.delivered;
            duplicates += tally.duplicates;
            corrupt += tally.corrupt;
            last = last.max(tally.last);
        }
        let lost = expected.saturating_sub(deliveries);
        Self {
            submitted,
            deliveries,
            lost,
            duplicates,
            corrupt,
            latencies,
            elapsed: last.saturating_sub(start),
        }
    }

    pub(super) fn per_second(&self) -> f64 {
        if self.elapsed.is_zero() { 0.0 } else { self.deliveries as f64 / self.elapsed.as_secs_f64() }
    }
}
