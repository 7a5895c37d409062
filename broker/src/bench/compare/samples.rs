//! Samples: what was measured of whom, run by run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    Floor,
    Philae,
    Comet,
}

/// What is measured: rates a second, times in milliseconds, memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    /// Submissions, one connection each, with that many authors at once.
    Submissions { authors: usize },
    /// Deliveries to that many subscribers while 64 authors submit.
    Deliveries { subscribers: u64 },
    /// Deliveries of a backlog to one subscriber.
    Backlog,
    /// From connect to received, in the middle, with that many subscribers.
    Latency { subscribers: u64 },
    /// From connect to received, for 99 of 100, with that many subscribers and 100 events a second.
    LatencyP99 { subscribers: u64 },
    /// The same beside subscribers whose filters cost as much as filters can.
    BesidesHostile { subscribers: u64 },
    /// The same of a broker that could run handlers and has none.
    BesidesNone { subscribers: u64 },
    /// The same beside five handlers that never rest.
    BesidesBusy { subscribers: u64 },
    /// Events a second that a handler with state takes from a backlog.
    Drained,
    /// From the ack to the end of the last of twenty handlers, in the middle.
    LastOfTwenty,
    /// The same, for 99 of 100.
    LastOfTwentyP99,
    /// CPU time an event of a broker that prints a field of each.
    FieldCpu(Printing),
    /// Deliveries to that many subscribers that ask with five filters.
    FilteredDeliveries { subscribers: u64 },
    /// Submissions of 64 authors of whom no valid packets are asked.
    UncheckedSubmissions,
    /// Resident when nothing has happened yet.
    Idle,
    /// Resident memory that each idle subscriber adds.
    IdleSubscriber,
    /// Resident memory that subscribers which never read add.
    StalledGrowth,
    /// Submissions with 64 authors when the seen index is empty.
    EmptySubmissions,
    /// The same when it is full.
    FullSubmissions,
    /// From start to the first ack when the seen index is full.
    FullStart,
}

/// By what a broker prints a field of each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Printing {
    /// Philae's, in its sandbox.
    Handler,
    /// Comet's, in its own process.
    Plugin,
    /// A command in Python.
    Python,
    /// A command that is `sed`.
    Sed,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(super) struct Samples {
    of_peers: BTreeMap<(Peer, Measure), Vec<f64>>,
    syncs_per_second: Vec<f64>,
    sync_ms: Vec<f64>,
    faults: Vec<String>,
}

impl Samples {
    pub(super) fn add(&mut self, peer: Peer, measure: Measure, value: f64) {
        self.of_peers.entry((peer, measure)).or_default().push(value);
    }

    pub(super) fn add_disk(&mut self, syncs_per_second: f64, sync_ms: f64) {
        self.syncs_per_second.push(syncs_per_second);
        self.sync_ms.push(sync_ms);
    }

    /// Notes something that must not happen.
    pub(super) fn add_fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    pub(super) fn median(&self, peer: Peer, measure: Measure) -> Option<f64> {
        median(self.of_peers.get(&(peer, measure))?)
    }

    /// The disk's syncs a second.
    pub(super) fn syncs_per_second(&self) -> Option<f64> {
        median(&self.syncs_per_second)
    }

    /// How long one sync takes, in milliseconds.
    pub(super) fn sync_ms(&self) -> Option<f64> {
        median(&self.sync_ms)
    }

    /// Every value of every run, in the order of the runs.
    pub(super) fn to_json(&self) -> Value {
        let of_peers = self.of_peers.iter();
        let of_peers =
            of_peers.map(|((peer, measure), values)| (format!("{peer:?}: {measure:?}"), json!(values)));
        let of_disk = [
            ("Disk: syncs per second".to_owned(), json!(self.syncs_per_second)),
            ("Disk: sync, ms".to_owned(), json!(self.sync_ms)),
        ];
        Value::Object(of_peers.chain(of_disk).collect())
    }

    pub(super) fn faults(&self) -> &[String] {
        &self.faults
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_stands_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[9.0, 1.0, 5.0, 2.0]), Some(3.5));
    }
}
