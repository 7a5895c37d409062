//! What the broker is to do: flags and file in, one checked [`Config`] or all of its [`Faults`] out.
//!
//! A `Config` proves that every value was understood and is within its bounds, and that they fit each other. It opens
//! no port, reads no environment and touches no disk: whether a port is free and a directory writable shows when the
//! broker starts. Every option has the same name as a flag and as a key, and flags win; what holds at one endpoint alone
//! stands in a table of the file and has no flag.
//!
//! ```text
//! flags ──> Given ─┐ over                     ┌─> Config
//!                  ├──────> Given ──> check ──┤
//! file ───> Given ─┘                          └─> Faults: file:line: key: what is wrong; remedy
//! ```

mod amount;
mod check;
mod endpoint;
mod environment;
mod fault;
mod file;
mod given;
mod key;
mod reader;
mod show;
mod source;

use std::path::{Path, PathBuf};
use std::time::Duration;

use vtp::Ivoid;

use crate::checks::Policy;
use crate::net::allow::AllowList;
use crate::net::endpoint::{ConnectEndpoint, ListenEndpoint};

pub use crate::filter::rules::{Condition, Rule, Rules};
pub use amount::{AmountError, ByteSize};
pub(crate) use amount::{count, display_duration, duration};
pub use endpoint::{At, EndpointRules};
pub use environment::Environment;
pub use fault::{EXIT_CONFIG, Faults};
pub(crate) use fault::{Fault, Place};
pub(crate) use given::Entry;
pub use given::Given;
pub use key::Key;
pub(crate) use key::{Shape, nearest};
pub(crate) use source::{Source, mistyped};

/// The configuration that ships with the broker: every option, its meaning and its default.
pub const EXAMPLE: &str = include_str!("config/example.toml");

/// All that an operator decides; made by [`Config::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The broker's own identifier, without a local part; there is one whenever the broker receives or broadcasts.
    pub local_ivo: Option<Ivoid>,
    /// Where authors submit, and which.
    pub receive: Service,
    /// What is asked of authors' packets, where an endpoint has no rule of its own.
    pub receive_check: Policy,
    /// The largest packet that is accepted.
    pub max_event_size: ByteSize,
    /// Where subscribers connect, and which.
    pub broadcast: Service,
    /// What subscribers get, and what is asked of them.
    pub delivery: Delivery,
    /// The upstream brokers.
    pub subscribe: Subscribe,
    /// What holds at single endpoints, each named once.
    pub endpoints: Vec<EndpointRules>,
    /// What is done with events besides passing them on.
    pub handlers: Handlers,
    /// Where events are kept, and how long.
    pub store: Storage,
    /// Where the status page is served.
    pub admin: Option<Admin>,
    /// How long the broker drains before it stops.
    pub grace: Duration,
    /// How much it logs.
    pub verbosity: Verbosity,
    /// In what form.
    pub log_format: LogFormat,
    /// Whether it keeps all the rights of its user to files.
    pub no_sandbox: bool,
}

impl Config {
    /// What is asked of packets from authors at an endpoint.
    #[must_use]
    pub fn receive_check_at(&self, endpoint: &ListenEndpoint) -> Policy {
        self.check_at(|at| matches!(at, At::Receive(one) if one == endpoint)).unwrap_or(self.receive_check)
    }

    /// What is asked of packets from an upstream broker.
    #[must_use]
    pub fn subscribe_check_at(&self, endpoint: &ConnectEndpoint) -> Policy {
        self.check_at(|at| matches!(at, At::Subscribe(one) if one == endpoint))
            .unwrap_or(self.subscribe.check)
    }

    /// The rules on what comes in at an endpoint, or goes out.
    #[must_use]
    pub fn rules_at(&self, at: &At) -> Rules {
        let found = self.endpoints.iter().find(|endpoint| endpoint.at == *at);
        found.map(|endpoint| endpoint.rules.clone()).unwrap_or_default()
    }

    /// The folders in which the broker's Unix sockets lie.
    pub(crate) fn socket_folders(&self) -> impl Iterator<Item = &Path> {
        let served = self.receive.endpoints.iter().chain(&self.broadcast.endpoints);
        let listeners = served.chain(self.admin.as_ref().map(|admin| &admin.endpoint));
        let folders = listeners.filter_map(|endpoint| match endpoint {
            ListenEndpoint::Unix(path) => path.parent(),
            ListenEndpoint::Tcp { .. } => None,
        });
        // That of a bare name is the one that the broker works in.
        folders.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    }

    fn check_at(&self, is: impl Fn(&At) -> bool) -> Option<Policy> {
        self.endpoints.iter().find(|rules| is(&rules.at))?.check
    }
}

/// Listening for one kind of peer; no endpoint is no service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where to listen; no two clash.
    pub endpoints: Vec<ListenEndpoint>,
    /// Who may connect by TCP.
    pub allow: AllowList,
    /// How many connections at once, on each endpoint; never 0.
    pub max_connections: u32,
    /// How many of those from one address; never 0.
    pub max_per_address: u32,
}

/// What subscribers get, and what is asked of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The time between test events; `None` is no test events.
    pub test_interval: Option<Duration>,
    /// How many events a subscriber may lag behind before it is disconnected; never 0.
    pub max_behind: u64,
    /// How long a subscriber may leave a delivery unacknowledged; never 0.
    pub ack_timeout: Duration,
}

/// The brokers to subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// Where they are.
    pub endpoints: Vec<ConnectEndpoint>,
    /// The XPath expressions that each is sent; all of them sound.
    pub filters: Vec<String>,
    /// What is asked of their packets, where one has no rule of its own.
    pub check: Policy,
}

/// What is done with events besides passing them on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handlers {
    /// The folders of handlers.
    pub folders: Vec<PathBuf>,
    /// Programs to run for each event, with the broker's rights.
    pub commands: Vec<PathBuf>,
    /// Whether each event is printed to standard output.
    pub print_event: bool,
    /// Where each event is saved as a file, if it is.
    pub save_event: Option<PathBuf>,
}

/// Where events are kept, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// The directory of the store.
    pub data_dir: PathBuf,
    /// The age at which an event is removed; `None` is never.
    pub retention: Option<Duration>,
    /// The free space on disk below which no event is accepted.
    pub min_free: ByteSize,
}

/// Serving the status page, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// Where to listen.
    pub endpoint: ListenEndpoint,
    /// Whether that was said; else the broker does without, should somebody else listen there.
    pub is_named: bool,
    /// Who may connect by TCP.
    pub allow: AllowList,
    /// The names of this host by which the page may be asked for, besides localhost and addresses.
    pub names: Vec<String>,
    /// The file of the token that orders must carry; without one there are no orders.
    pub token_file: Option<PathBuf>,
}

/// How much is logged: this level and all above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// What degrades or fails; Comet's `--quiet`, -1 in the file.
    Warn,
    /// Also lifecycle and a line for each accepted event; the default, 0 in the file.
    Info,
    /// Also each connection; `-v`, 1 in the file.
    Debug,
    /// Also each frame; `-vv`, 2 in the file.
    Trace,
}

/// In what form lines are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For whoever reads them: time, level, message, `field=value`.
    Text,
    /// For programs: one JSON object a line, with the fields beside timestamp, level and message.
    Json,
}

impl LogFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// Its name in flags and file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

#[cfg(test)]
mod tests;
