//! What may be asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checks::Policy;
use crate::store::{Seq, Wanted};

/// A request, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// How the broker does.
    Status,
    /// How all handlers stand.
    List,
    /// How one handler stands.
    Handler { name: String },
    /// The last lines of a handler, and those to come if they are to be followed.
    Logs { name: String, follow: bool },
    /// What is in quarantine, of one handler or of all.
    Quarantine {
        name: Option<String>,
        #[serde(default)]
        limit: Option<usize>,
    },
    /// One case, with its packet.
    Show { name: String, seq: u64 },
    /// Calls a handler again for one event in its quarantine, or for all.
    Retry { name: String, seq: Option<u64> },
    /// Calls a handler for an event of the log once more, and drops what it publishes.
    Replay { name: String, seq: u64 },
    /// Takes one event out of a handler's quarantine for good, or all.
    Drop { name: String, seq: Option<u64> },
    /// Calls a handler no more for the time being.
    Pause { name: String },
    /// Calls it again.
    Resume { name: String },
    /// Looks at the handlers' folders now.
    Reload,
    /// Makes the index anew from the log.
    Reindex,
    /// What is kept, and the entries at these places.
    Pick { places: Vec<u64> },
    /// The latest events in short, the newest first.
    Latest { limit: usize },
    /// Takes packets that follow into the log, as history.
    Import { check: String },
    /// Entries of the log, by place and by time; all that are kept, unless said.
    Events {
        #[serde(default)]
        from: Option<u64>,
        #[serde(default)]
        to: Option<u64>,
        #[serde(default)]
        since: Option<Timestamp>,
        #[serde(default)]
        until: Option<Timestamp>,
        #[serde(default)]
        last: Option<u64>,
        #[serde(default)]
        limit: Option<u64>,
    },
}

impl Request {
    /// The request for a part of the log.
    pub(crate) fn events(wanted: &Wanted) -> Self {
        let Wanted { from, to, since, until, last, limit } = *wanted;
        Self::Events { from: from.map(|seq| seq.0), to: to.map(|seq| seq.0), since, until, last, limit }
    }

    /// The request to take packets.
    pub(crate) fn import(policy: Policy) -> Self {
        Self::Import { check: policy.name().to_owned() }
    }

    /// Whether the answer may rightly take long: until handlers have been called, or much has been read.
    pub(crate) fn takes_long(&self) -> bool {
        match self {
            Self::Retry { .. } | Self::Replay { .. } | Self::Drop { .. } | Self::Quarantine { .. } => true,
            Self::Status
            | Self::List
            | Self::Handler { .. }
            | Self::Logs { .. }
            | Self::Show { .. }
            | Self::Pause { .. }
            | Self::Resume { .. }
            | Self::Reload
            | Self::Reindex
            | Self::Pick { .. }
            | Self::Latest { .. }
            | Self::Import { .. }
            | Self::Events { .. } => false,
        }
    }

    /// The part of the log that is asked for, if one is.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let Self::Events { from, to, since, until, last, limit } = *self else { return None };
        Some(Wanted { from: from.map(Seq), to: to.map(Seq), since, until, last, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_documented() {
        let request = |line: &str| serde_json::from_str::<Request>(line);
        assert_eq!(request(r#"{"do":"list"}"#).unwrap(), Request::List);
        assert_eq!(
            request(r#"{"do":"handler","name":"a"}"#).unwrap(),
            Request::Handler { name: "a".to_owned() }
        );
        let logs = Request::Logs { name: "a".to_owned(), follow: true };
        assert_eq!(request(r#"{"do":"logs","name":"a","follow":true}"#).unwrap(), logs);
        let retry = Request::Retry { name: "a".to_owned(), seq: None };
        assert_eq!(request(r#"{"do":"retry","name":"a","seq":null}"#).unwrap(), retry);
        let wanted = Wanted { last: Some(9), ..Wanted::default() };
        assert_eq!(request(r#"{"do":"events","last":9}"#).unwrap(), Request::events(&wanted));
        assert_eq!(Request::events(&wanted).wanted(), Some(wanted));
        assert_eq!(request(r#"{"do":"import","check":"flag"}"#).unwrap(), Request::import(Policy::Flag));
        assert!(request(r#"{"do":"fly"}"#).is_err());
    }
}
