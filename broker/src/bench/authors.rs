//! Authors: submissions, one connection each, and what came of them.
//!
//! Each author connects, sends its packet, waits for the receipt and then for the broker to close, and goes on to the next
//! packet. The latency is that from connecting to the receipt. With a rate, packets have their times and the authors take
//! the next one due; where the broker is too slow for it, the rate achieved tells.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use vtp::message::Message;
use vtp::transport::Role;

use super::BenchError;
use super::departures::Departures;
use super::latencies::Latencies;
use super::packets::Packets;
use super::report::{Figure, Reasons, Report};
use super::wire::{self, FrameReader, PATIENCE};

/// How long an author waits before it troubles a broker again that it could not reach.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// A run of submissions.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The broker, as `HOST:PORT`.
    pub target: String,
    /// How many submit at once.
    pub authors: usize,
    /// When to stop.
    pub limit: Limit,
    /// Bytes of a packet.
    pub size_bytes: usize,
    /// Submissions a second; without one, as fast as the broker answers.
    pub rate: Option<f64>,
}

/// When a run of submissions stops.
#[derive(Debug, Clone, Copy)]
pub enum Limit {
    /// After that many.
    Events(u64),
    /// After that time.
    Time(Duration),
}

impl Submit {
    /// Makes the run.
    ///
    /// # Errors
    /// If the broker's name leads nowhere. What the broker does is in the report.
    pub async fn run(&self) -> Result<Report, BenchError> {
        let outcome = self.measure().await?;
        Ok(Report::new(format!("submit: {} authors, {} bytes", self.authors, self.size_bytes))
            .with("acks", Figure::Count(outcome.acks))
            .with("acks", Figure::Rate(outcome.acks_per_second()))
            .with_latencies(&outcome.latencies)
            .with_reasons("naks", &outcome.naks)
            .with_reasons("errors", &outcome.errors))
    }

    pub(super) async fn measure(&self) -> Result<Submitted, BenchError> {
        let target = wire::resolve(&self.target).await?;
        Ok(submit(self, target, Arc::new(Packets::new(self.size_bytes)), None).await)
    }
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) acks: u64,
    pub(super) naks: Reasons,
    pub(super) errors: Reasons,
    pub(super) latencies: Latencies,
    pub(super) last_ack: Option<Instant>,
    pub(super) elapsed: Duration,
}

impl Submitted {
    fn new() -> Self {
        Self {
            acks: 0,
            naks: Reasons::default(),
            errors: Reasons::default(),
            latencies: Latencies::new(),
            last_ack: None,
            elapsed: Duration::ZERO,
        }
    }

    pub(super) fn acks_per_second(&self) -> f64 {
        self.acks as f64 / self.elapsed.as_secs_f64()
    }

    fn merge(&mut self, other: Self) {
        self.acks += other.acks;
        self.naks.merge(other.naks);
        self.errors.merge(other.errors);
        self.latencies.add(&other.latencies);
        self.last_ack = self.last_ack.max(other.last_ack);
    }
}

/// Lets a plan's authors loose on a broker.
pub(super) async fn submit(
    plan: &Submit,
    target: SocketAddr,
    packets: Arc<Packets>,
    departures: Option<Arc<Departures>>,
) -> Submitted {
    let start = Instant::now();
    let desk = Arc::new(Desk {
        target,
        packets,
        departures,
        start,
        limit: plan.limit,
        interval: plan.rate.map(|rate| Duration::from_secs_f64(rate.recip())),
        next: AtomicU64::new(0),
    });
    let mut authors = JoinSet::new();
    for _ in 0..plan.authors {
        authors.spawn(author(desk.clone()));
    }
    let mut outcome = Submitted::new();
    for of_one in authors.join_all().await {
        outcome.merge(of_one);
    }
    outcome.elapsed = start.elapsed();
    outcome
}

/// What the authors of a run share.
#[derive(Debug)]
struct Desk {
    target: SocketAddr,
    packets: Arc<Packets>,
    departures: Option<Arc<Departures>>,
    start: Instant,
    limit: Limit,
    interval: Option<Duration>,
    next: AtomicU64,
}

impl Desk {
    /// The next serial number, when it is due, or none when the run is over.
    async fn next_serial(&self) -> Option<u64> {
        let serial = self.next.fetch_add(1, Ordering::Relaxed);
        let due = self.interval.map(|interval| self.start + interval.mul_f64(serial as f64));
        let is_over = match self.limit {
            Limit::Events(events) => serial >= events,
            Limit::Time(time) => due.unwrap_or_else(Instant::now) >= self.start + time,
        };
        if is_over {
            return None;
        }
        if let Some(due) = due {
            sleep_until(due).await;
        }
        Some(serial)
    }
}

enum Receipt {
    Ack,
    Nak(String),
    Other(String),
}

async fn author(desk: Arc<Desk>) -> Submitted {
    let mut outcome = Submitted::new();
    let mut frame = Vec::new();
    let mut reader = FrameReader::new(2048);
    while let Some(serial) = desk.next_serial().await {
        frame.clear();
        reader.reset();
        desk.packets.packet.write_frame(serial, &mut frame);
        match timeout(PATIENCE, converse(&desk, serial, &frame, &mut reader)).await {
            Ok(Ok((Receipt::Ack, Range { start, end }))) => {
                outcome.acks += 1;
                outcome.latencies.record(end.duration_since(start));
                outcome.last_ack = Some(end);
            }
            Ok(Ok((Receipt::Nak(reason), _))) => outcome.naks.count(reason),
            Ok(Ok((Receipt::Other(what), _))) => outcome.errors.count(what),
            Ok(Err(error)) => {
                outcome.errors.count(error.to_string());
                sleep(AFTER_ERROR).await;
            }
            Err(_) => outcome.errors.count(format!("no end within {PATIENCE:?}")),
        }
    }
    outcome
}

/// One submission: what was answered, and the time from the departure to the answer.
async fn converse(
    desk: &Desk,
    serial: u64,
    frame: &[u8],
    reader: &mut FrameReader,
) -> io::Result<(Receipt, Range<Instant>)> {
    let departure = Instant::now();
    if let Some(departures) = &desk.departures {
        departures.depart(serial);
    }
    let mut stream = wire::connect(desk.target, serial).await?;
    stream.write_all(frame).await?;
    let (receipt, received) = loop {
        if !reader.fill(&mut stream).await? {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed without a receipt"));
        }
        if let Some(payload) = reader.next_payload()? {
            let received = Instant::now();
            break (read(payload), received);
        }
    };
    // The broker closes first, and so it is its side whose port must rest. Whatever it says now, the receipt stands.
    while reader.fill(&mut stream).await.unwrap_or(false) {}
    Ok((receipt, departure..received))
}

fn read(payload: &[u8]) -> Receipt {
    match Message::peek(Bytes::copy_from_slice(payload)) {
        Ok(Message::Ack) => Receipt::Ack,
        Ok(Message::Transport(message)) if message.role == Role::Nak => {
            Receipt::Nak(message.result.unwrap_or_else(|| "without a reason".to_owned()))
        }
        Ok(Message::Transport(_) | Message::Packet(_)) => {
            Receipt::Other("no receipt but another message".to_owned())
        }
        Err(error) => Receipt::Other(error.to_string()),
    }
}
