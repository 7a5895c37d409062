//! The suites: which loads are put on whom.
//!
//! Loads are bounded by time or by a number of events that every server gets alike; Comet gets a tenth of the events,
//! since it would take minutes for the others' share and its rate does not depend on it.

use std::time::Duration;

use super::samples::{Measure, Peer, Samples};
use super::{Comparison, Scratch, Suite, seen};
use crate::bench::authors::{Limit, Submit, Submitted};
use crate::bench::fanout::{Delivered, Fanout};
use crate::bench::memory::{Idle, SETTLE, Stalled};
use crate::bench::process::{Server, resident_bytes};
use crate::bench::{BenchError, disk};

/// How long authors submit.
const SUBMISSIONS: Duration = Duration::from_secs(3);

/// Authors that keep a broker busy which writes to disk before each ack.
pub(super) const MANY_AUTHORS: usize = 64;

/// About what a GCN notice has.
const SIZE_BYTES: usize = 4096;

impl Comparison {
    pub(super) async fn measure(
        &self,
        suite: Suite,
        scratch: &Scratch,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        let disk = disk::measure(scratch.path(), Duration::from_secs(1))?;
        samples.add_disk(disk.syncs_per_second, disk.sync.as_secs_f64() * 1e3);
        match suite {
            Suite::Submit => {
                for peer in self.peers() {
                    self.submissions(peer, scratch, samples).await?;
                }
            }
            Suite::Fanout => {
                for peer in self.peers() {
                    self.deliveries(peer, scratch, samples).await?;
                }
            }
            Suite::Latency => {
                for peer in self.peers() {
                    self.latency(peer, scratch, samples).await?;
                }
            }
            Suite::Memory => self.memory(scratch, samples).await?,
            Suite::Seen => self.seen(scratch, samples).await?,
            Suite::Checks => self.checks(scratch, samples).await?,
            Suite::Filters => {
                for peer in self.peers().into_iter().filter(|peer| *peer != Peer::Floor) {
                    self.filters(peer, scratch, samples).await?;
                }
            }
            Suite::Handlers => self.handlers(scratch, samples).await?,
        }
        Ok(())
    }

    fn peers(&self) -> Vec<Peer> {
        let comet = self.comet.as_ref().map(|_| Peer::Comet);
        [Peer::Floor, Peer::Philae].into_iter().chain(comet).collect()
    }

    async fn submissions(
        &self,
        peer: Peer,
        scratch: &Scratch,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        let server = self.start(peer, scratch).await?;
        for authors in [1, MANY_AUTHORS] {
            let submitted = submit(&server, authors).await?;
            note_refusals(peer, &submitted, samples);
            samples.add(peer, Measure::Submissions { authors }, submitted.acks_per_second());
        }
        server.stop().await
    }

    async fn deliveries(
        &self,
        peer: Peer,
        scratch: &Scratch,
        samples: &mut Samples,
    ) -> Result<(), BenchError> {
        for (subscribers, events) in [(1, 15_000), (100, 4000), (500, 1000)] {
            let server = self.start(peer, scratch).await?;
            let events = if peer == Peer::Comet { events / 10 } else { events };
            let delivered = fanout(&server, subscribers, events).measure().await?;
            note_losses(peer, subscribers, &delivered, samples);
            samples.add(peer, Measure::Deliveries { subscribers }, delivered.per_second());
            server.stop().await?;
        }
        if peer != Peer::Comet {
            let server = self.start(peer, scratch).await?;
            let delivered = Fanout { hold: true, ..fanout(&server, 1, 15_000) }.measure().await?;
            note_losses(peer, 1, &delivered, samples);
            samples.add(peer, Measure::Backlog, delivered.per_second());
            server.stop().await?;
        }
        Ok(())
    }

    async fn latency(&self, peer: Peer, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let server = self.start(peer, scratch).await?;
        let subscribers = 100;
        let load = Fanout { authors: 4, rate: Some(5.0), ..fanout(&server, subscribers, 50) };
        let delivered = load.measure().await?;
        note_losses(peer, subscribers, &delivered, samples);
        let milliseconds = delivered.latencies.quantile(0.5).as_secs_f64() * 1e3;
        samples.add(peer, Measure::Latency { subscribers }, milliseconds);
        server.stop().await
    }

    async fn memory(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let peer = Peer::Philae;
        let server = self.start(peer, scratch).await?;
        tokio::time::sleep(SETTLE).await;
        samples.add(peer, Measure::Idle, resident_bytes(server.pid())? as f64);
        let subscribers = 10_000;
        let idle = Idle { broadcast: server.broadcast(), subscribers, pid: Some(server.pid()) };
        let (weights, lost) = idle.measure().await?;
        if lost > 0 {
            samples.add_fault(format!("{peer:?} disconnected {lost} idle subscribers"));
        }
        let growth = weights.map_or(0, |weights| weights.growth());
        samples.add(peer, Measure::IdleSubscriber, growth as f64 / subscribers as f64);
        server.stop().await?;

        let server = self.start(peer, scratch).await?;
        let stalled = Stalled {
            receive: server.receive(),
            broadcast: server.broadcast(),
            subscribers: 10,
            events: 150,
            size_bytes: 90_000,
            pid: server.pid(),
        };
        let (weights, submitted) = stalled.measure().await?;
        note_refusals(peer, &submitted, samples);
        samples.add(peer, Measure::StalledGrowth, weights.growth() as f64);
        server.stop().await
    }

    async fn seen(&self, scratch: &Scratch, samples: &mut Samples) -> Result<(), BenchError> {
        let peer = Peer::Philae;
        let empty = self.start(peer, scratch).await?;
        let submitted = submit(&empty, MANY_AUTHORS).await?;
        note_refusals(peer, &submitted, samples);
        samples.add(peer, Measure::EmptySubmissions, submitted.acks_per_second());
        empty.stop().await?;

        let full = self.start_in(peer, scratch.path().join(seen::FOLDER), &[]).await?;
        let first = Submit { limit: Limit::Events(1), ..load(&full, 1) }.measure().await?;
        samples.add(peer, Measure::FullStart, full.started().elapsed().as_secs_f64() * 1e3);
        note_refusals(peer, &first, samples);
        let submitted = submit(&full, MANY_AUTHORS).await?;
        note_refusals(peer, &submitted, samples);
        samples.add(peer, Measure::FullSubmissions, submitted.acks_per_second());
        full.stop().await
    }
}

/// Adds the latency of deliveries to subscribers at 100 events a second, for 99 of 100, beside as many hostile ones.
pub(super) async fn latency_p99(
    server: &Server,
    (subscribers, hostile): (u64, u64),
    measure: Measure,
    samples: &mut Samples,
) -> Result<(), BenchError> {
    let load = Fanout { authors: 4, rate: Some(100.0), hostile, ..fanout(server, subscribers, 500) };
    let delivered = load.measure().await?;
    note_losses(Peer::Philae, subscribers, &delivered, samples);
    samples.add(Peer::Philae, measure, delivered.latencies.quantile(0.99).as_secs_f64() * 1e3);
    Ok(())
}

fn load(server: &Server, authors: usize) -> Submit {
    let limit = Limit::Time(SUBMISSIONS);
    Submit { target: server.receive(), authors, limit, size_bytes: SIZE_BYTES, rate: None }
}

pub(super) async fn submit(server: &Server, authors: usize) -> Result<Submitted, BenchError> {
    load(server, authors).measure().await
}

pub(super) async fn submit_events(
    server: &Server,
    authors: usize,
    events: u64,
) -> Result<Submitted, BenchError> {
    Submit { limit: Limit::Events(events), ..load(server, authors) }.measure().await
}

pub(super) fn fanout(server: &Server, subscribers: u64, events: u64) -> Fanout {
    Fanout {
        receive: server.receive(),
        broadcast: server.broadcast(),
        subscribers,
        authors: MANY_AUTHORS,
        events,
        size_bytes: SIZE_BYTES,
        rate: None,
        hold: false,
        filters: Vec::new(),
        hostile: 0,
    }
}

pub(super) fn note_refusals(peer: Peer, submitted: &Submitted, samples: &mut Samples) {
    let (naks, errors) = (submitted.naks.total(), submitted.errors.total());
    if naks + errors > 0 {
        samples.add_fault(format!("{peer:?}: {naks} naks, {errors} errors"));
    }
}

pub(super) fn note_losses(peer: Peer, subscribers: u64, delivered: &Delivered, samples: &mut Samples) {
    note_refusals(peer, &delivered.submitted, samples);
    let Delivered { lost, duplicates, corrupt, .. } = delivered;
    if lost + duplicates + corrupt > 0 {
        let whom = format!("{peer:?} with {subscribers} subscribers");
        samples.add_fault(format!("{whom}: {lost} lost, {duplicates} doubled, {corrupt} corrupt"));
    }
}
