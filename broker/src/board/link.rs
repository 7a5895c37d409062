//! A link to an upstream broker, as it stands.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use super::lock;
use crate::admission::Verdict;

/// A link, noted by the task that keeps it up.
#[derive(Debug)]
pub(crate) struct Link {
    upstream: String,
    events: AtomicU64,
    duplicates: AtomicU64,
    refused: AtomicU64,
    said: Mutex<Said>,
}

/// What changes seldom.
#[derive(Debug, Clone)]
struct Said {
    standing: Standing,
    since: Timestamp,
    last_event: Option<Timestamp>,
    last_heartbeat: Option<Timestamp>,
    trouble: Option<String>,
}

/// Whether a link is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// It is being made.
    Connecting,
    /// It is up.
    Connected,
    /// It was lost, and will be tried again.
    Waiting,
}

/// A link at one moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LinkNow {
    /// Where the upstream broker is.
    pub(crate) upstream: String,
    /// Whether the link is up.
    pub(crate) state: Standing,
    /// Since when it stands so.
    pub(crate) since: Timestamp,
    /// When the last packet came.
    pub(crate) last_event: Option<Timestamp>,
    /// When the last sign of life came.
    pub(crate) last_heartbeat: Option<Timestamp>,
    /// Events that came over it and were new.
    pub(crate) events: u64,
    /// Packets that were known already.
    pub(crate) duplicates: u64,
    /// Packets that were not taken.
    pub(crate) refused: u64,
    /// Why it was lost, if it is not up.
    pub(crate) trouble: Option<String>,
}

impl Link {
    pub(super) fn new(upstream: String) -> Self {
        let said = Said {
            standing: Standing::Connecting,
            since: Timestamp::now(),
            last_event: None,
            last_heartbeat: None,
            trouble: None,
        };
        Self {
            upstream,
            events: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            said: Mutex::new(said),
        }
    }

    /// It is up.
    pub(crate) fn connected(&self) {
        let mut said = lock(&self.said);
        (said.standing, said.since, said.trouble) = (Standing::Connected, Timestamp::now(), None);
    }

    /// It is not, and why.
    pub(crate) fn lost(&self, why: String) {
        let mut said = lock(&self.said);
        if said.standing != Standing::Waiting {
            (said.standing, said.since) = (Standing::Waiting, Timestamp::now());
        }
        said.trouble = Some(why);
    }

    /// The upstream gave a sign of life.
    pub(crate) fn heartbeat(&self) {
        lock(&self.said).last_heartbeat = Some(Timestamp::now());
    }

    /// A packet came over it, and what became of it.
    pub(crate) fn judged(&self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Accepted { .. } => &self.events,
            Verdict::Duplicate { .. } => &self.duplicates,
            Verdict::Refused { .. } | Verdict::Unwanted { .. } | Verdict::NotAccepted { .. } => &self.refused,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        lock(&self.said).last_event = Some(Timestamp::now());
    }

    pub(super) fn now(&self) -> LinkNow {
        let Said { standing, since, last_event, last_heartbeat, trouble } = lock(&self.said).clone();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LinkNow {
            upstream: self.upstream.clone(),
            state: standing,
            since,
            last_event,
            last_heartbeat,
            events: read(&self.events),
            duplicates: read(&self.duplicates),
            refused: read(&self.refused),
            trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_tells_since_when_it_is_lost_and_why_at_last() {
        let link = Link::new("broker.example.org:8099".to_owned());
        link.connected();
        assert_eq!((link.now().state, link.now().trouble), (Standing::Connected, None));
        link.lost("it closed".to_owned());
        let first = link.now();
        link.lost("it is not there".to_owned());
        let second = link.now();
        assert_eq!((second.state, second.since), (Standing::Waiting, first.since));
        assert_eq!(second.trouble.as_deref(), Some("it is not there"));
    }

    #[test]
    fn packets_are_counted_by_what_became_of_them() {
        let link = Link::new("a".to_owned());
        let ivorn = || "ivo://a.b/c#d".to_owned();
        link.judged(&Verdict::Accepted { ivorn: ivorn(), seq: crate::store::Seq(1), fault: None });
        link.judged(&Verdict::Duplicate { ivorn: ivorn(), seq: crate::store::Seq(1) });
        link.judged(&Verdict::Refused { ivorn: None, reason: String::new() });
        let now = link.now();
        assert_eq!((now.events, now.duplicates, now.refused), (1, 1, 1));
        assert!(now.last_event.is_some() && now.last_heartbeat.is_none());
    }
}
