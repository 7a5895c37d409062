//! What came of one packet: in lines for people, and in lines that are the same every time; `json` has it for scripts.
//!
//! ```text
//! grb.xml: handled  84 us  1.1 MiB            name, how it ended, time, memory
//!     event      ivo://... observation
//!     info       a line of its log
//!     state      count = 3
//!     publishes  ivo://... (812 bytes)
//!     http       POST https://... (94 bytes): 200
//!     refused    tcp 192.0.2.7:5432
//!     denied     it asked for TCP to 192.0.2.8:80; grant it with tcp = ["192.0.2.8:80"]
//!     count      bursts +1
//! ```
//! The lines that are the same every time leave out time and memory, and tell packets and bodies in full.

mod json;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use vtp::Packet;

use super::mock::Request;
use crate::host::{Level, MetricChange, Outcome, StateChange, StateValue};
use crate::pipeline::Unwanted;
use crate::plain::{excerpt, plain};

/// What came of one packet.
#[derive(Debug)]
pub(crate) struct Called {
    /// What the packet is called: its file, as a rule.
    pub(crate) name: String,
    /// Its identifier, empty if it could not be read.
    pub(crate) ivoid: String,
    /// Its role, empty if it could not be read.
    pub(crate) role: String,
    /// How it ended.
    pub(crate) ended: Ended,
}

/// How it ended with a packet.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It is no packet, or cannot be read.
    Unreadable(String),
    /// The handler does not want it.
    Unwanted(Unwanted),
    /// The handler was called.
    Called(Box<Trace>),
}

/// All that a call left behind.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) outcome: Outcome,
    pub(crate) requests: Vec<Request>,
    pub(crate) refused: Vec<String>,
}

impl Called {
    /// What is no packet, or cannot be read.
    pub(crate) fn unreadable(name: String, why: String) -> Self {
        Self { name, ivoid: String::new(), role: String::new(), ended: Ended::Unreadable(why) }
    }

    /// Whether the handler did what it should: it was called and handled the event, or did not want it.
    pub(crate) fn is_good(&self) -> bool {
        match &self.ended {
            Ended::Unreadable(_) => false,
            Ended::Unwanted(_) => true,
            Ended::Called(trace) => trace.outcome.verdict.is_ok(),
        }
    }

    /// The time and the linear memory of the call, if it was called and handled the event.
    pub(crate) fn spent(&self) -> Option<(Duration, usize)> {
        match &self.ended {
            Ended::Called(trace) if trace.outcome.verdict.is_ok() => {
                Some((trace.outcome.took, trace.outcome.memory_bytes))
            }
            Ended::Called(_) | Ended::Unreadable(_) | Ended::Unwanted(_) => None,
        }
    }

    /// The lines for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let spent = match &self.ended {
            Ended::Called(trace) => {
                format!("  {}  {}", time(trace.outcome.took), memory(trace.outcome.memory_bytes))
            }
            Ended::Unreadable(_) | Ended::Unwanted(_) => String::new(),
        };
        self.told(&self.name, &spent, false)
    }

    /// The lines that are the same every time, wherever the packet's file stands.
    pub(crate) fn stable_lines(&self) -> Vec<String> {
        let name =
            Path::new(&self.name).file_name().map_or(Cow::from(&self.name), |name| name.to_string_lossy());
        self.told(&name, "", true)
    }

    fn told(&self, name: &str, spent: &str, in_full: bool) -> Vec<String> {
        let mut lines = vec![format!("{}: {}{spent}", plain(name), self.verdict())];
        let mut add = |word: &str, text: String| lines.push(format!("    {word:<9}  {text}"));
        if !self.ivoid.is_empty() {
            add("event", format!("{} {}", plain(&self.ivoid), plain(&self.role)));
        }
        if let Ended::Called(trace) = &self.ended {
            trace.tell(in_full, &mut add);
        }
        lines
    }

    fn verdict(&self) -> String {
        match &self.ended {
            Ended::Unreadable(why) => format!("no packet: {}", excerpt(why)),
            Ended::Unwanted(why) => format!("not called, {}", unwanted(*why)),
            Ended::Called(trace) => match &trace.outcome.verdict {
                Ok(()) => "handled".to_owned(),
                Err(failure) => format!("failed: {failure}"),
            },
        }
    }
}

impl Trace {
    fn tell(&self, in_full: bool, add: &mut impl FnMut(&str, String)) {
        let Outcome { log, state, published, metrics, denied, left_out_bytes, .. } = &self.outcome;
        for line in log {
            add(level(line.level), line.text.clone());
        }
        if *left_out_bytes > 0 {
            add("log", format!("{left_out_bytes} bytes more were left out"));
        }
        for change in state {
            add("state", changed(change));
        }
        for packet in published {
            let name = Packet::parse(packet.clone()).map(|packet| plain(packet.ivorn())).unwrap_or_default();
            add("publishes", format!("{name} ({} bytes)", packet.len()));
            if in_full {
                String::from_utf8_lossy(packet).lines().for_each(|line| add("", plain(line)));
            }
        }
        for request in &self.requests {
            add("http", requested(request));
            if in_full {
                String::from_utf8_lossy(&request.asked.body).lines().for_each(|line| add("", plain(line)));
            }
        }
        for what in &self.refused {
            add("refused", format!("{}; nothing is reached here", plain(what)));
        }
        for denied in denied {
            add("denied", denied.to_string());
        }
        for metric in metrics {
            match metric.change {
                MetricChange::Count(by) => add("count", format!("{} +{by}", metric.name)),
                MetricChange::Gauge(value) => add("gauge", format!("{} {value}", metric.name)),
            }
        }
    }
}

fn unwanted(why: Unwanted) -> &'static str {
    match why {
        Unwanted::Role => "it does not want this role",
        Unwanted::Stream => "it does not want this stream",
        Unwanted::Filter => "none of its filters matches",
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

fn changed(change: &StateChange) -> String {
    let key = plain(&change.key);
    match &change.value {
        None => format!("{key} is removed"),
        Some(StateValue { bytes, expires }) => {
            let value = std::str::from_utf8(bytes).map(excerpt);
            let value = value.unwrap_or_else(|_| format!("{} bytes", bytes.len()));
            format!("{key} = {value}{}", if expires.is_some() { " (expires)" } else { "" })
        }
    }
}

fn requested(request: &Request) -> String {
    let Request { asked, status } = request;
    let end = match status {
        Some(status) => status.to_string(),
        None if asked.is_granted => "refused; no answer of --http-mock fits".to_owned(),
        None => "refused; not granted".to_owned(),
    };
    format!("{} {} ({} bytes): {end}", asked.method, excerpt(&asked.uri.to_string()), asked.body.len())
}

/// A time, for people.
pub(super) fn time(took: Duration) -> String {
    match took.as_micros() {
        micros @ 0..10_000 => format!("{micros} us"),
        micros @ 10_000..10_000_000 => format!("{} ms", micros / 1_000),
        micros => format!("{} s", micros / 1_000_000),
    }
}

/// An amount of memory, for people.
pub(super) fn memory(bytes: usize) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1_024),
        bytes => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
