//! The table: each figure of Philae divided by what it is held against, the ratio first.

use std::fmt;

use serde_json::{Value, json};

use super::samples::{Measure, Peer, Printing, Samples};

/// What a comparison came to.
#[derive(Debug, Clone)]
pub struct Table {
    rows: Vec<Row>,
    samples: Value,
    faults: Vec<String>,
}

#[derive(Debug, Clone)]
struct Row {
    what: String,
    philae: f64,
    against: &'static str,
    other: f64,
    unit: Unit,
    bar: Bar,
}

/// What the ratio must keep to.
#[derive(Debug, Clone, Copy)]
enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// It is told for what it explains.
    None,
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    PerSecond,
    Milliseconds,
    Bytes,
}

const MIB: f64 = 1024.0 * 1024.0;

impl Table {
    pub(super) fn of(samples: &Samples) -> Self {
        let rows = [
            throughput(samples),
            latency(samples),
            memory(samples),
            seen(samples),
            filters(samples),
            handlers(samples),
        ];
        Self {
            rows: rows.into_iter().flatten().collect(),
            samples: samples.to_json(),
            faults: samples.faults().to_vec(),
        }
    }

    /// Whether something was refused, lost, doubled or changed. A missed bar is no fault: it may be the machine's.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The table as JSON, with the values of all runs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        json!({ "rows": rows, "samples": self.samples, "faults": self.faults })
    }
}

fn throughput(samples: &Samples) -> Vec<Row> {
    use Measure::{Backlog, Deliveries, Submissions};
    let (one, many) = (Submissions { authors: 1 }, Submissions { authors: 64 });
    let to = |subscribers| Deliveries { subscribers };
    let against = |what: &str, measure, peer, name, bar| {
        let other = samples.median(peer, measure);
        row(what, samples.median(Peer::Philae, measure), name, other, Unit::PerSecond, bar)
    };
    let floor = |what, measure, bar| against(what, measure, Peer::Floor, "floor", bar);
    let comet = |what, measure, bar| against(what, measure, Peer::Comet, "Comet", bar);
    let syncs = samples.syncs_per_second();
    let rows = [
        floor("submissions, 64 authors", many, Bar::AtLeast(0.5)),
        floor("submissions, 1 author", one, Bar::None),
        row(
            "submissions, 1 author",
            samples.median(Peer::Philae, one),
            "disk syncs",
            syncs,
            Unit::PerSecond,
            Bar::AtLeast(0.7),
        ),
        floor("deliveries, 1 subscriber", to(1), Bar::AtLeast(0.8)),
        floor("deliveries, 100 subscribers", to(100), Bar::AtLeast(0.8)),
        floor("deliveries, 500 subscribers", to(500), Bar::AtLeast(0.8)),
        floor("backlog, 1 subscriber", Backlog, Bar::None),
        comet("submissions, 64 authors", many, Bar::AtLeast(20.0)),
        comet("submissions, 1 author", one, Bar::None),
        comet("deliveries, 1 subscriber", to(1), Bar::None),
        comet("deliveries, 100 subscribers", to(100), Bar::AtLeast(12.0)),
        comet("deliveries, 500 subscribers", to(500), Bar::None),
    ];
    rows.into_iter().flatten().collect()
}

fn latency(samples: &Samples) -> Vec<Row> {
    let measure = Measure::Latency { subscribers: 100 };
    let philae = samples.median(Peer::Philae, measure);
    let floor = samples.median(Peer::Floor, measure);
    let allowed = floor.zip(samples.sync_ms()).map(|(floor, sync)| 2.0 * floor + sync);
    let comet = samples.median(Peer::Comet, measure);
    let what = "latency p50, 100 subscribers";
    let rows = [
        row(what, philae, "2 x floor + sync", allowed, Unit::Milliseconds, Bar::AtMost(1.0)),
        row(what, philae, "floor", floor, Unit::Milliseconds, Bar::None),
        row(what, philae, "Comet", comet, Unit::Milliseconds, Bar::None),
    ];
    rows.into_iter().flatten().collect()
}

fn memory(samples: &Samples) -> Vec<Row> {
    let limited = |what: &str, measure, limit| {
        let philae = samples.median(Peer::Philae, measure);
        row(what, philae, "limit", Some(limit), Unit::Bytes, Bar::AtMost(1.0))
    };
    let rows = [
        limited("memory, idle", Measure::Idle, 30.0 * MIB),
        limited("memory, an idle subscriber", Measure::IdleSubscriber, 10.0 * 1024.0),
        limited("growth, 10 never reading", Measure::StalledGrowth, 16.0 * MIB),
    ];
    rows.into_iter().flatten().collect()
}

fn seen(samples: &Samples) -> Vec<Row> {
    let of = |measure| samples.median(Peer::Philae, measure);
    let (full, empty) = (of(Measure::FullSubmissions), of(Measure::EmptySubmissions));
    let rows = [
        row("submissions, full index", full, "empty index", empty, Unit::PerSecond, Bar::AtLeast(0.85)),
        row(
            "start, full index",
            of(Measure::FullStart),
            "limit",
            Some(2000.0),
            Unit::Milliseconds,
            Bar::AtMost(1.0),
        ),
    ];
    rows.into_iter().flatten().collect()
}

fn filters(samples: &Samples) -> Vec<Row> {
    let of = |measure| samples.median(Peer::Philae, measure);
    let filtered = Measure::FilteredDeliveries { subscribers: 500 };
    let many = Measure::Submissions { authors: 64 };
    let (quiet, hostile) =
        (Measure::LatencyP99 { subscribers: 100 }, Measure::BesidesHostile { subscribers: 100 });
    let rows = [
        row(
            "submissions, schema asked for",
            of(many),
            "not asked for",
            of(Measure::UncheckedSubmissions),
            Unit::PerSecond,
            Bar::AtLeast(0.9),
        ),
        row(
            "deliveries, 500 subscribers, 5 filters",
            of(filtered),
            "no filters",
            of(Measure::Deliveries { subscribers: 500 }),
            Unit::PerSecond,
            Bar::AtLeast(0.9),
        ),
        row(
            "deliveries, 500 subscribers, 5 filters",
            of(filtered),
            "Comet",
            samples.median(Peer::Comet, filtered),
            Unit::PerSecond,
            Bar::AtLeast(20.0),
        ),
        row(
            "latency p99 beside 20 hostile subscribers",
            of(hostile),
            "without them",
            of(quiet),
            Unit::Milliseconds,
            Bar::AtMost(1.25),
        ),
    ];
    rows.into_iter().flatten().collect()
}

fn handlers(samples: &Samples) -> Vec<Row> {
    let of = |measure| samples.median(Peer::Philae, measure);
    let limited = |what, measure, limit, unit, bar| row(what, of(measure), "limit", Some(limit), unit, bar);
    let (quiet, busy) =
        (Measure::BesidesNone { subscribers: 100 }, Measure::BesidesBusy { subscribers: 100 });
    let field = |name, printing, bar| {
        let (what, other) = ("CPU an event, a field printed", Measure::FieldCpu(printing));
        let philae = of(Measure::FieldCpu(Printing::Handler));
        row(what, philae, name, samples.median(Peer::Comet, other), Unit::Milliseconds, bar)
    };
    let (met, none) = (Bar::AtMost(1.0), Bar::None);
    let rows = [
        limited(
            "backlog, one handler with state",
            Measure::Drained,
            5000.0,
            Unit::PerSecond,
            Bar::AtLeast(1.0),
        ),
        limited(
            "last of 20 handlers after the ack, p50",
            Measure::LastOfTwenty,
            5.0,
            Unit::Milliseconds,
            met,
        ),
        limited(
            "last of 20 handlers after the ack, p99",
            Measure::LastOfTwentyP99,
            5.0,
            Unit::Milliseconds,
            none,
        ),
        row(
            "latency p99 beside 5 busy handlers",
            of(busy),
            "without them",
            of(quiet),
            Unit::Milliseconds,
            Bar::AtMost(1.3),
        ),
        field("Comet's plugin", Printing::Plugin, Bar::AtMost(0.1)),
        field("Comet's --cmd, Python", Printing::Python, Bar::AtMost(0.02)),
        field("Comet's --cmd, sed", Printing::Sed, Bar::None),
    ];
    rows.into_iter().flatten().collect()
}

/// A row, if both sides were measured.
fn row(
    what: &str,
    philae: Option<f64>,
    against: &'static str,
    other: Option<f64>,
    unit: Unit,
    bar: Bar,
) -> Option<Row> {
    Some(Row { what: what.to_owned(), philae: philae?, against, other: other?, unit, bar })
}

impl Row {
    fn ratio(&self) -> f64 {
        self.philae / self.other
    }

    fn to_json(&self) -> Value {
        let (unit, bar) = (self.unit.name(), self.bar.to_string());
        json!({
            "what": self.what, "ratio": self.ratio(), "bar": bar, "met": self.bar.is_met(self.ratio()),
            "philae": self.philae, "other": self.other, "against": self.against, "unit": unit,
        })
    }
}

impl Bar {
    fn is_met(self, ratio: f64) -> Option<bool> {
        match self {
            Self::AtLeast(least) => Some(ratio >= least),
            Self::AtMost(most) => Some(ratio <= most),
            Self::None => None,
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::PerSecond => "per second",
            Self::Milliseconds => "ms",
            Self::Bytes => "bytes",
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{value:.0} /s"),
            Self::Milliseconds => format!("{value:.3} ms"),
            Self::Bytes if value < MIB => format!("{:.1} KiB", value / 1024.0),
            Self::Bytes => format!("{:.1} MiB", value / MIB),
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, ">= {least}"),
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::None => Ok(()),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "   ratio  bar              {:>14} {:>14}  what / against", "philae", "other")?;
        for row in &self.rows {
            let verdict = match row.bar.is_met(row.ratio()) {
                Some(true) => "met",
                Some(false) => "MISSED",
                None => "",
            };
            let (philae, other) = (row.unit.show(row.philae), row.unit.show(row.other));
            let bar = format!("{} {verdict}", row.bar);
            let (ratio, Row { what, against, .. }) = (row.ratio(), row);
            let digits = if ratio < 0.1 { 4 } else { 2 };
            writeln!(f, "{ratio:>8.digits$}  {bar:<15} {philae:>15} {other:>14}  {what} / {against}")?;
        }
        self.faults.iter().try_for_each(|fault| writeln!(f, "fault: {fault}"))
    }
}
