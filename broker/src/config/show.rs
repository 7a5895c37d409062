//! A configuration as the file that would make it: every option with its value and where that comes from.
//!
//! What is shown can be read again, and comes to the same configuration. What is off by being absent stands behind a
//! '#', as in the example.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::amount::display_duration;
use super::{At, Config, EndpointRules, Given, Key, Rule, Verbosity};
use crate::checks::Policy;
use crate::net::allow::AllowList;

/// The networks that everyone is in, as the example writes them.
const EVERYONE: [&str; 2] = ["0.0.0.0/0", "::/0"];

impl Config {
    /// The file that makes this configuration; `given` is what it was made of, and says where each value stands.
    #[must_use]
    pub fn to_toml(&self, given: &Given) -> String {
        let mut text = String::new();
        for key in Key::ALL {
            let (mark, value) = self.shown(key);
            let source = given.source(key).unwrap_or_else(|| "default".to_owned());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{mark}{} = {value}  # {source}", key.name());
        }
        for endpoint in &self.endpoints {
            text.push_str(&table(endpoint));
        }
        text
    }

    /// What stands before the key, and its value.
    fn shown(&self, key: Key) -> (&'static str, String) {
        let (receive, broadcast, admin) = (&self.receive, &self.broadcast, self.admin.as_ref());
        let value = match key {
            Key::LocalIvo => return optional(self.local_ivo.as_ref().map(|ivoid| quoted(ivoid.stream()))),
            Key::Receive => list(&receive.endpoints),
            Key::ReceiveAllow => return networks(&receive.allow),
            Key::ReceiveMaxConnections => receive.max_connections.to_string(),
            Key::ReceiveMaxPerAddress => receive.max_per_address.to_string(),
            Key::ReceiveCheck => quoted(self.receive_check.name()),
            Key::MaxEventSize => quoted(&self.max_event_size.to_string()),
            Key::Broadcast => list(&broadcast.endpoints),
            Key::BroadcastAllow => return networks(&broadcast.allow),
            Key::BroadcastMaxConnections => broadcast.max_connections.to_string(),
            Key::BroadcastMaxPerAddress => broadcast.max_per_address.to_string(),
            Key::BroadcastTestInterval => time(self.delivery.test_interval.unwrap_or_default()),
            Key::MaxBehind => self.delivery.max_behind.to_string(),
            Key::AckTimeout => time(self.delivery.ack_timeout),
            Key::Subscribe => list(&self.subscribe.endpoints),
            Key::Filter => list(&self.subscribe.filters),
            Key::SubscribeCheck => quoted(self.subscribe.check.name()),
            Key::Handlers => list(self.handlers.folders.iter().map(|path| path.display())),
            Key::Cmd => list(self.handlers.commands.iter().map(|path| path.display())),
            Key::PrintEvent => self.handlers.print_event.to_string(),
            Key::SaveEvent => self.handlers.save_event.is_some().to_string(),
            Key::SaveEventDirectory => {
                return optional(self.handlers.save_event.as_deref().map(path));
            }
            Key::DataDir => path(&self.store.data_dir),
            Key::Retention => self.store.retention.map_or_else(|| quoted("forever"), time),
            Key::MinFree => quoted(&self.store.min_free.to_string()),
            Key::Admin => {
                let named = admin.filter(|admin| admin.is_named);
                return optional(named.map(|admin| quoted(&admin.endpoint.to_string())));
            }
            Key::NoAdmin => admin.is_none().to_string(),
            Key::AdminAllow => {
                return admin.map_or_else(|| ("#", list(EVERYONE)), |admin| networks(&admin.allow));
            }
            Key::AdminName => list(admin.map(|admin| &*admin.names).unwrap_or_default()),
            Key::AdminTokenFile => {
                return optional(admin.and_then(|admin| admin.token_file.as_deref()).map(path));
            }
            Key::Grace => time(self.grace),
            Key::Verbose => level(self.verbosity).to_string(),
            Key::LogFormat => quoted(self.log_format.name()),
            Key::NoSandbox => self.no_sandbox.to_string(),
        };
        ("", value)
    }
}

/// A value that may be absent, for which there is no text that says so.
fn optional(value: Option<String>) -> (&'static str, String) {
    value.map_or_else(|| ("#", quoted("")), |value| ("", value))
}

fn networks(allow: &AllowList) -> (&'static str, String) {
    match allow {
        AllowList::Everyone => ("#", list(EVERYONE)),
        AllowList::Only(networks) => ("", list(networks)),
    }
}

fn table(endpoint: &EndpointRules) -> String {
    let at = match &endpoint.at {
        At::Receive(at) | At::Broadcast(at) => at.to_string(),
        At::Subscribe(at) => at.to_string(),
    };
    let mut text = format!("\n[[endpoint]]\nat = {}\n", quoted(&at));
    let rules = &endpoint.rules;
    let check = endpoint.check.map(|policy: Policy| quoted(policy.name()));
    let refuse = (!rules.refuse.is_empty()).then(|| all(&rules.refuse));
    let accept = (!rules.accept.is_empty()).then(|| all(&rules.accept));
    for (key, value) in [("check", check), ("refuse", refuse), ("accept", accept)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

fn all(rules: &[Rule]) -> String {
    format!("[{}]", rules.iter().map(rule).collect::<Vec<_>>().join(", "))
}

fn rule(rule: &Rule) -> String {
    let mut keys = Vec::new();
    let mut texts = |key: &str, values: Vec<&str>| {
        if !values.is_empty() {
            keys.push(format!("{key} = {}", list(values)));
        }
    };
    texts("ivoid", rule.ivoid.iter().map(String::as_str).collect());
    texts("role", rule.role.iter().map(|role| role.name()).collect());
    texts("xpath", rule.xpath.iter().map(|condition| condition.text()).collect());
    keys.extend(rule.larger_than_bytes.map(|bytes| format!("larger-than = {bytes}")));
    format!("{{ {} }}", keys.join(", "))
}

const fn level(verbosity: Verbosity) -> i8 {
    match verbosity {
        Verbosity::Warn => -1,
        Verbosity::Info => 0,
        Verbosity::Debug => 1,
        Verbosity::Trace => 2,
    }
}

fn time(time: Duration) -> String {
    if time.is_zero() { "0".to_owned() } else { quoted(&display_duration(time)) }
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn list(values: impl IntoIterator<Item = impl ToString>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| quoted(&value.to_string())).collect();
    format!("[{}]", values.join(", "))
}

/// A text between quotes, with what TOML does not take as it is written in its escapes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
