//! What may be asked.

use serde::{Deserialize, Serialize};

/// A request, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Request {
    /// How all handlers stand.
    List,
    /// How one handler stands.
    Handler { name: String },
    /// The last lines of a handler, and those to come if they are to be followed.
    Logs { name: String, follow: bool },
    /// What is in quarantine, of one handler or of all.
    Quarantine { name: Option<String> },
    /// One case, with its packet.
    Show { name: String, seq: u64 },
    /// Calls a handler again for one event in its quarantine, or for all.
    Retry { name: String, seq: Option<u64> },
    /// Takes one event out of a handler's quarantine for good, or all.
    Drop { name: String, seq: Option<u64> },
    /// Calls a handler no more for the time being.
    Pause { name: String },
    /// Calls it again.
    Resume { name: String },
    /// Looks at the handlers' folders now.
    Reload,
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
        assert!(request(r#"{"do":"fly"}"#).is_err());
    }
}
