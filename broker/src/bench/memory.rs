//! Memory: what many idle subscribers, and a few that never read, cost a broker.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::BenchError;
use super::authors::{Limit, Submit, Submitted};
use super::process::resident_bytes;
use super::report::{Figure, Report};
use super::{subscriber, wire};

/// How long a broker gets to come to rest before it is weighed.
pub(super) const SETTLE: Duration = Duration::from_secs(2);

/// A run with subscribers to whom nothing is sent.
#[derive(Debug, Clone)]
pub struct Idle {
    /// Where subscribers connect, as `HOST:PORT`.
    pub broadcast: String,
    /// How many.
    pub subscribers: u64,
    /// The broker's process, if its memory is to be told.
    pub pid: Option<u32>,
}

impl Idle {
    /// Makes the run.
    ///
    /// # Errors
    /// If subscribers cannot connect or the process cannot be weighed.
    pub async fn run(&self) -> Result<Report, BenchError> {
        let mut report = Report::new(format!("idle: {} subscribers", self.subscribers));
        let (weights, lost) = self.measure().await?;
        if let Some(weights) = weights {
            let per_subscriber =
                weights.growth() / i64::try_from(self.subscribers).unwrap_or(i64::MAX).max(1);
            report = report
                .with("resident_before", Figure::Bytes(weights.before))
                .with("resident_after", Figure::Bytes(weights.after))
                .with("resident_per_subscriber", Figure::Bytes(per_subscriber));
        }
        Ok(report.with_faults("disconnected", lost))
    }

    /// The broker's weights, if it has a pid, and how many subscribers it did not keep.
    pub(super) async fn measure(&self) -> Result<(Option<Weights>, u64), BenchError> {
        let before = self.pid.map(resident_bytes).transpose()?;
        let broadcast = wire::resolve(&self.broadcast).await?;
        let mut idling = JoinSet::new();
        for subscriber in subscriber::gather(broadcast, self.subscribers, |_| Vec::new()).await? {
            idling.spawn(subscriber.idle());
        }
        sleep(SETTLE).await;
        let after = self.pid.map(resident_bytes).transpose()?;
        let mut lost = 0;
        while idling.try_join_next().is_some() {
            lost += 1;
        }
        let weights = before.zip(after).map(|(before, after)| Weights { before, after });
        Ok((weights, lost))
    }
}

/// A run with subscribers that never read.
#[derive(Debug, Clone)]
pub struct Stalled {
    /// Where authors connect, as `HOST:PORT`.
    pub receive: String,
    /// Where subscribers connect, as `HOST:PORT`.
    pub broadcast: String,
    /// How many never read.
    pub subscribers: u64,
    /// How many packets to submit.
    pub events: u64,
    /// Bytes of a packet.
    pub size_bytes: usize,
    /// The broker's process.
    pub pid: u32,
}

impl Stalled {
    /// Makes the run.
    ///
    /// # Errors
    /// If subscribers cannot connect or the process cannot be weighed.
    pub async fn run(&self) -> Result<Report, BenchError> {
        let (weights, submitted) = self.measure().await?;
        let title = format!(
            "stalled: {} subscribers that never read, {} events of {} bytes",
            self.subscribers, self.events, self.size_bytes
        );
        Ok(Report::new(title)
            .with("resident_before", Figure::Bytes(weights.before))
            .with("resident_after", Figure::Bytes(weights.after))
            .with("resident_growth", Figure::Bytes(weights.growth()))
            .with_latencies(&submitted.latencies)
            .with_reasons("naks", &submitted.naks)
            .with_reasons("errors", &submitted.errors))
    }

    pub(super) async fn measure(&self) -> Result<(Weights, Submitted), BenchError> {
        let broadcast = wire::resolve(&self.broadcast).await?;
        // Greeted, answered, and from now on deaf; they are kept until the weighing is over.
        let _deaf = subscriber::gather(broadcast, self.subscribers, |_| Vec::new()).await?;
        let before = resident_bytes(self.pid)?;
        let submit = Submit {
            target: self.receive.clone(),
            authors: 4,
            limit: Limit::Events(self.events),
            size_bytes: self.size_bytes,
            rate: None,
        };
        let submitted = submit.measure().await?;
        sleep(SETTLE).await;
        Ok((Weights { before, after: resident_bytes(self.pid)? }, submitted))
    }
}

/// What a process weighed, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub(super) before: i64,
    pub(super) after: i64,
}

impl Weights {
    pub(super) fn growth(self) -> i64 {
        self.after - self.before
    }
}
