//! What a call leaves behind besides its verdict: lines, numbers, packets.
//!
//! All of it is collected in memory within the call's limits. Lines are told on even if the call failed, since that is
//! when somebody reads them; packets are not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::error::CallFailure;
use super::limits::Limits;
use super::state::StateChange;
use crate::grants::Denied;
use crate::plain;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For whoever is writing the handler.
    Debug,
    /// What the handler did.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something failed.
    Error,
}

/// A line that a handler wrote, fit for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// The text, without its end.
    pub text: String,
}

/// A number for the status page.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name: small letters, digits and underscores.
    pub name: String,
    /// What is to be done with it.
    pub change: MetricChange,
}

/// What is to be done with a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricChange {
    /// To be added to a counter.
    Count(u64),
    /// What a gauge shows.
    Gauge(f64),
}

/// What a call came to.
#[derive(Debug)]
pub struct Outcome {
    /// Whether the event was handled.
    pub verdict: Result<(), CallFailure>,
    /// The state's changes, sorted by key; none unless the event was handled.
    pub state: Vec<StateChange>,
    /// The packets to be published, in order; none unless the event was handled.
    pub published: Vec<Bytes>,
    /// What it wrote.
    pub log: Vec<LogLine>,
    /// Bytes of lines that were left out because there was too much.
    pub left_out_bytes: u64,
    /// Numbers for the status page, by name.
    pub metrics: Vec<Metric>,
    /// What it asked for and was not granted, each thing once.
    pub denied: Vec<Denied>,
    /// How long the call took, without waiting for its turn.
    pub took: Duration,
    /// The linear memory it had in the end.
    pub memory_bytes: usize,
}

/// Lines, up to a limit.
#[derive(Debug)]
pub(super) struct Lines {
    lines: Vec<LogLine>,
    room_bytes: usize,
    left_out_bytes: u64,
}

/// What a line costs besides its text.
const LINE_BYTES: usize = 32;

impl Lines {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { lines: Vec::new(), room_bytes: limits.log_bytes, left_out_bytes: 0 }
    }

    /// Adds a text, a line for each of its lines.
    pub(super) fn write(&mut self, level: Level, text: &str) {
        let mut rest = Some(text);
        while let Some(text) = rest {
            // Sixteen million empty lines are looked at no longer than there is room.
            let Some(room) = self.room_bytes.checked_sub(LINE_BYTES) else {
                self.left_out_bytes += text.len() as u64;
                return;
            };
            let (line, others) =
                text.split_once('\n').map_or((text, None), |(line, rest)| (line, Some(rest)));
            let line = line.strip_suffix('\r').unwrap_or(line);
            let (kept, left) = line.split_at(line.floor_char_boundary(room));
            self.left_out_bytes += left.len() as u64;
            self.room_bytes = room - kept.len();
            self.lines.push(LogLine { level, text: plain::plain(kept) });
            rest = others;
        }
    }

    pub(super) fn into_parts(self) -> (Vec<LogLine>, u64) {
        (self.lines, self.left_out_bytes)
    }

    /// The last line of a level.
    pub(super) fn last(&self, level: Level) -> Option<&str> {
        self.lines.iter().rev().find(|line| line.level == level).map(|line| line.text.as_str())
    }
}

/// Numbers by name, up to a limit.
#[derive(Debug)]
pub(super) struct Metrics {
    by_name: BTreeMap<String, MetricChange>,
    most: usize,
}

impl Metrics {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { by_name: BTreeMap::new(), most: limits.metrics }
    }

    pub(super) fn record(&mut self, name: String, change: MetricChange) {
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if !is_name || (self.by_name.len() >= self.most && !self.by_name.contains_key(&name)) {
            return;
        }
        let change = match (self.by_name.get(&name), change) {
            (Some(MetricChange::Count(before)), MetricChange::Count(by)) => {
                MetricChange::Count(before.saturating_add(by))
            }
            (_, change) => change,
        };
        self.by_name.insert(name, change);
    }

    pub(super) fn into_list(self) -> Vec<Metric> {
        self.by_name.into_iter().map(|(name, change)| Metric { name, change }).collect()
    }
}

/// Bytes that a command writes, up to a limit, shared between its streams and the call.
#[derive(Debug, Clone)]
pub(super) struct Written(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    room_bytes: usize,
    left_out_bytes: u64,
}

impl Written {
    pub(super) fn new(limits: &Limits) -> Self {
        let kept = Kept { bytes: Vec::new(), room_bytes: limits.log_bytes, left_out_bytes: 0 };
        Self(Arc::new(Mutex::new(kept)))
    }

    pub(super) fn write(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, left) = bytes.split_at(bytes.len().min(kept.room_bytes));
        kept.bytes.extend_from_slice(taken);
        kept.room_bytes -= taken.len();
        kept.left_out_bytes += left.len() as u64;
    }

    /// Moves what was written into a call's lines.
    pub(super) fn pour(&self, level: Level, lines: &mut Lines) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = std::mem::take(&mut kept.bytes);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if !text.is_empty() {
            lines.write(level, text);
        }
        lines.left_out_bytes += std::mem::take(&mut kept.left_out_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(log_bytes: usize) -> Lines {
        Lines::new(&Limits { log_bytes, ..Limits::default() })
    }

    fn texts(lines: Lines) -> (Vec<String>, u64) {
        let (lines, left_out) = lines.into_parts();
        (lines.into_iter().map(|line| line.text).collect(), left_out)
    }

    #[test]
    fn a_text_is_as_many_lines_as_it_has() {
        let mut lines = lines(1_000);
        lines.write(Level::Info, "one\r\n\ntwo\u{1b}[2J");
        assert_eq!(texts(lines), (vec!["one".to_owned(), String::new(), "two\u{fffd}[2J".to_owned()], 0));
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let mut lines = lines(LINE_BYTES + 5);
        lines.write(Level::Info, "éééé\nmore");
        lines.write(Level::Info, "words");
        assert_eq!(texts(lines), (vec!["éé".to_owned()], 4 + 4 + 5));
    }

    #[test]
    fn counters_add_up_and_gauges_replace() {
        let mut metrics = Metrics::new(&Limits { metrics: 2, ..Limits::default() });
        for (name, change) in [
            ("a", MetricChange::Count(2)),
            ("a", MetricChange::Count(3)),
            ("b", MetricChange::Gauge(1.0)),
            ("b", MetricChange::Gauge(2.0)),
            ("c", MetricChange::Count(1)),
            ("No", MetricChange::Count(1)),
        ] {
            metrics.record(name.to_owned(), change);
        }
        let list: Vec<_> = metrics.into_list().into_iter().map(|one| (one.name, one.change)).collect();
        let expected = [("a".to_owned(), MetricChange::Count(5)), ("b".to_owned(), MetricChange::Gauge(2.0))];
        assert_eq!(list, expected);
    }
}
