//! The streams that have spoken, and when.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::event;
use crate::plain::excerpt;
use crate::store::Entry;

/// Streams that are kept; whoever makes more pushes out those that have been silent the longest.
const KEPT: usize = 512;

/// Streams by name.
#[derive(Debug, Default)]
pub(super) struct Streams(HashMap<Box<str>, Spoken>);

#[derive(Debug, Clone)]
struct Spoken {
    events: u64,
    last: Timestamp,
    last_ivoid: Box<str>,
    role: Box<str>,
}

/// A stream at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StreamNow {
    /// Its name: an identifier without the local part.
    pub(crate) stream: String,
    /// Events since the broker started, and the last ones before.
    pub(crate) events: u64,
    /// When the last was accepted.
    pub(crate) last: Timestamp,
    /// The identifier of the last.
    pub(crate) last_ivoid: String,
    /// Its role.
    pub(crate) last_role: String,
}

impl Streams {
    /// Notes an event.
    pub(super) fn add(&mut self, entry: &Entry) {
        let stream = event::stream(&entry.ivoid);
        if !self.0.contains_key(stream) && self.0.len() >= KEPT {
            self.make_room();
        }
        let (last_ivoid, role) = (excerpt(&entry.ivoid).into(), excerpt(&entry.role).into());
        let spoken = Spoken { events: 1, last: entry.received, last_ivoid, role };
        match self.0.get_mut(stream) {
            Some(known) => *known = Spoken { events: known.events + 1, ..spoken },
            None => drop(self.0.insert(stream.into(), spoken)),
        }
    }

    pub(super) fn now(&self) -> Vec<StreamNow> {
        let mut all: Vec<_> = self.0.iter().map(|(name, spoken)| spoken.now(name)).collect();
        all.sort_by(|a, b| (b.last, &a.stream).cmp(&(a.last, &b.stream)));
        all
    }

    fn make_room(&mut self) {
        let mut times: Vec<_> = self.0.values().map(|spoken| spoken.last).collect();
        let middle = times.len() / 2;
        if middle < times.len() {
            let (_, median, _) = times.select_nth_unstable(middle);
            let median = *median;
            self.0.retain(|_, spoken| spoken.last > median);
        }
    }
}

impl Spoken {
    fn now(&self, stream: &str) -> StreamNow {
        StreamNow {
            stream: excerpt(stream),
            events: self.events,
            last: self.last,
            last_ivoid: self.last_ivoid.to_string(),
            last_role: self.role.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn entry(seq: u64, ivoid: &str) -> Arc<Entry> {
        let received = Timestamp::from_second(seq as i64).unwrap();
        Arc::new(Entry { received, ivoid: ivoid.into(), ..Entry::sample(seq, "") })
    }

    #[test]
    fn the_one_that_spoke_last_comes_first() {
        let mut streams = Streams::default();
        for (seq, ivoid) in [(1, "ivo://a/x#1"), (2, "ivo://b/y#1"), (3, "ivo://a/x#2")] {
            streams.add(&entry(seq, ivoid));
        }
        let now = streams.now();
        assert_eq!(
            (now[0].stream.as_str(), now[0].events, now[0].last_ivoid.as_str()),
            ("ivo://a/x", 2, "ivo://a/x#2")
        );
        assert_eq!(now[1].stream, "ivo://b/y");
    }

    #[test]
    fn whoever_makes_many_streams_costs_no_more() {
        let mut streams = Streams::default();
        for seq in 1..=10 * KEPT as u64 {
            streams.add(&entry(seq, &format!("ivo://a/{seq}#1")));
            assert!(streams.0.len() <= KEPT);
        }
        assert_eq!(streams.now()[0].stream, format!("ivo://a/{}", 10 * KEPT));
    }
}
