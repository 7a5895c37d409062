//! Reports: the figures of a run, for people as a table and for scripts as JSON.
//!
//! In JSON a figure's unit is part of its name: `_per_second`, `_ms`, `_bytes`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::latencies::Latencies;

/// One thing that was measured.
#[derive(Debug, Clone)]
pub(super) enum Figure {
    Count(u64),
    Rate(f64),
    Time(Duration),
    Bytes(i64),
    Reasons(Reasons),
}

/// Reasons and how often each was given; of different ones, only the first few are told apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Reasons(BTreeMap<String, u64>);

const MAX_REASONS: usize = 20;

impl Reasons {
    /// Counts one.
    pub(super) fn count(&mut self, reason: impl Into<String>) {
        self.add(reason.into(), 1);
    }

    /// Takes over what another counted.
    pub(super) fn merge(&mut self, other: Self) {
        for (reason, count) in other.0 {
            self.add(reason, count);
        }
    }

    fn add(&mut self, reason: String, count: u64) {
        let is_known = self.0.len() < MAX_REASONS || self.0.contains_key(&reason);
        let reason = if is_known { reason } else { "others".to_owned() };
        *self.0.entry(reason).or_default() += count;
    }

    /// How many were counted.
    pub(super) fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct Report {
    title: String,
    figures: Vec<(&'static str, Figure)>,
    faults: u64,
}

impl Report {
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), figures: Vec::new(), faults: 0 }
    }

    /// Adds a figure. Its name is in snake case and lacks the unit.
    pub(super) fn with(mut self, name: &'static str, figure: Figure) -> Self {
        self.figures.push((name, figure));
        self
    }

    /// Adds a count of what must not happen; beyond zero it makes the run a failure.
    pub(super) fn with_faults(mut self, name: &'static str, count: u64) -> Self {
        self.faults += count;
        self.with(name, Figure::Count(count))
    }

    /// As [`with_faults`](Self::with_faults), with the reasons given.
    pub(super) fn with_reasons(mut self, name: &'static str, reasons: &Reasons) -> Self {
        self.faults += reasons.total();
        self.with(name, Figure::Reasons(reasons.clone()))
    }

    /// Adds percentiles, if anything was timed.
    pub(super) fn with_latencies(self, latencies: &Latencies) -> Self {
        if latencies.is_empty() {
            return self;
        }
        self.with("latency_p50", Figure::Time(latencies.quantile(0.5)))
            .with("latency_p90", Figure::Time(latencies.quantile(0.9)))
            .with("latency_p99", Figure::Time(latencies.quantile(0.99)))
            .with("latency_max", Figure::Time(latencies.max()))
    }

    /// Whether something happened that must not: loss, corruption, a nak.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        self.faults > 0
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("run".to_owned(), json!(self.title));
        for (name, figure) in &self.figures {
            let (unit, value) = match figure {
                Figure::Count(count) => ("", json!(count)),
                Figure::Rate(rate) => ("_per_second", json!(rate)),
                Figure::Time(time) => ("_ms", json!(time.as_secs_f64() * 1e3)),
                Figure::Bytes(bytes) => ("_bytes", json!(bytes)),
                Figure::Reasons(reasons) => ("", json!(reasons.0)),
            };
            object.insert(format!("{name}{unit}"), value);
        }
        Value::Object(object)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for (name, figure) in &self.figures {
            writeln!(f, "  {:<24} {figure}", name.replace('_', " "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count:>12}"),
            Self::Rate(rate) => write!(f, "{rate:>12.0} /s"),
            Self::Time(time) => write!(f, "{:>12.3} ms", time.as_secs_f64() * 1e3),
            Self::Bytes(bytes) if bytes.abs() < 1 << 20 => write!(f, "{:>12.1} KiB", *bytes as f64 / 1024.0),
            Self::Bytes(bytes) => write!(f, "{:>12.1} MiB", *bytes as f64 / 1_048_576.0),
            Self::Reasons(reasons) => {
                write!(f, "{:>12}", reasons.total())?;
                reasons.0.iter().try_for_each(|(reason, count)| write!(f, "\n{count:>39} x {reason}"))
            }
        }
    }
}
