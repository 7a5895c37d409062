//! The flags of `philae run`, under the names of Comet and of today.
//!
//! A site's Comet command line works as it stands, whether it was written for the released 3.1.0 (`--receive
//! --receive-port=8198 --remote=HOST`) or for the unreleased successor (`--receive tcp:8198 --subscribe HOST`). The
//! flags are kept as text: [`load`] hands them with the file to [`crate::config`], which judges both alike and knows
//! the defaults. Those that stand in the help are held to the shipped example by a test.

mod load;

use std::path::PathBuf;

pub use load::{environment, given, load};

/// What a `--receive` or `--broadcast` without a value stands for until the port is known; no endpoint looks like it.
const BARE: &str = "(bare)";

/// Receive, keep and broadcast VOEvents.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct RunArgs {
    /// Read options from a TOML file, and rules on what passes single endpoints; flags win [default: no file]
    #[arg(long, value_name = "FILE", help_heading = "General")]
    pub config: Option<PathBuf>,

    /// The broker's own IVOA identifier, such as ivo://your.site/broker; needed to receive or broadcast
    #[arg(long, value_name = "IVOID", help_heading = "General")]
    pub local_ivo: Option<String>,

    /// How long to finish what was begun when told to stop [default: 10s]
    #[arg(long, value_name = "TIME", help_heading = "General")]
    pub grace: Option<String>,

    /// Log more: -v connections, -vv frames [default: lifecycle and accepted events]
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "General")]
    pub verbose: u8,

    /// Log lines as text, or json: an object a line, for programs [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "General")]
    pub log_format: Option<String>,

    /// Keep all rights to files, instead of giving up what is not needed, where Linux can hold the broker to that
    /// [default: false]
    #[arg(long, help_heading = "General")]
    pub no_sandbox: bool,

    /// Log less, as in Comet 3.1: warnings alone; takes back one -v
    #[arg(short, long, action = clap::ArgAction::Count, hide = true)]
    pub quiet: u8,

    /// Receive from authors on PORT, ADDRESS:PORT, tcp:PORT:interface=ADDRESS or unix:/path; repeatable
    /// [default: off; without a value: tcp:8098]
    #[arg(short, long, value_name = "ENDPOINT", num_args = 0..=1, default_missing_value = BARE)]
    #[arg(help_heading = "Receive")]
    pub receive: Vec<String>,

    /// Comet 3.1's port of a bare --receive; alone it implies one
    #[arg(long, value_name = "PORT", hide = true)]
    pub receive_port: Option<String>,

    /// Let only these networks submit, such as 10.0.0.0/8 or 10.0.0.0/255.0.0.0; repeatable [default: everyone]
    #[arg(long, value_name = "NET", num_args = 1.., help_heading = "Receive")]
    #[arg(visible_alias = "receive-whitelist", alias = "author-whitelist")]
    pub receive_allow: Vec<String>,

    /// Connections of authors at once on each endpoint [default: 1024]
    #[arg(long, value_name = "COUNT", help_heading = "Receive")]
    pub receive_max_connections: Option<String>,

    /// Connections of authors at once from one address [default: 256]
    #[arg(long, value_name = "COUNT", help_heading = "Receive")]
    pub receive_max_per_address: Option<String>,

    /// Ask of authors' packets: schema (valid VOEvent 2.0), flag (take and mark those that are not valid), well-formed
    /// [default: schema]
    #[arg(long, value_name = "CHECK", help_heading = "Receive")]
    pub receive_check: Option<String>,

    /// The largest event to accept, 1KiB to 64MiB [default: 1MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Receive")]
    pub max_event_size: Option<String>,

    /// Broadcast to subscribers on an endpoint, in the forms of --receive; repeatable
    /// [default: off; without a value: tcp:8099]
    #[arg(short, long, value_name = "ENDPOINT", num_args = 0..=1, default_missing_value = BARE)]
    #[arg(help_heading = "Broadcast")]
    pub broadcast: Vec<String>,

    /// Comet 3.1's port of a bare --broadcast; alone it implies one
    #[arg(long, value_name = "PORT", hide = true)]
    pub broadcast_port: Option<String>,

    /// Let only these networks subscribe; repeatable [default: everyone]
    #[arg(long, value_name = "NET", num_args = 1.., help_heading = "Broadcast")]
    #[arg(visible_alias = "broadcast-whitelist", alias = "subscriber-whitelist")]
    pub broadcast_allow: Vec<String>,

    /// Connections of subscribers at once on each endpoint [default: 4096]
    #[arg(long, value_name = "COUNT", help_heading = "Broadcast")]
    pub broadcast_max_connections: Option<String>,

    /// Connections of subscribers at once from one address [default: 256]
    #[arg(long, value_name = "COUNT", help_heading = "Broadcast")]
    pub broadcast_max_per_address: Option<String>,

    /// The time between test events, in seconds or as 10m, 1h; 0 sends none [default: 3600]
    #[arg(long, value_name = "TIME", help_heading = "Broadcast")]
    pub broadcast_test_interval: Option<String>,

    /// Disconnect a subscriber that lags more than this many events behind [default: 100000]
    #[arg(long, value_name = "COUNT", help_heading = "Broadcast")]
    pub max_behind: Option<String>,

    /// Disconnect a subscriber that leaves a delivery unacknowledged for this long [default: 120s]
    #[arg(long, value_name = "TIME", help_heading = "Broadcast")]
    pub ack_timeout: Option<String>,

    /// Subscribe to a broker at HOST, HOST:PORT or unix:/path; repeatable [default: none; port 8099]
    #[arg(long, value_name = "ENDPOINT", alias = "remote", help_heading = "Subscribe")]
    pub subscribe: Vec<String>,

    /// Ask those brokers only for events that match an XPath expression, or another; repeatable [default: all events]
    #[arg(long, value_name = "XPATH", allow_hyphen_values = true, help_heading = "Subscribe")]
    pub filter: Vec<String>,

    /// Ask the same of packets from those brokers [default: well-formed]
    #[arg(long, value_name = "CHECK", help_heading = "Subscribe")]
    pub subscribe_check: Option<String>,

    /// Run the handlers in this folder, each a .wasm file in a sandbox; repeatable [default: none]
    #[arg(long, value_name = "DIR", help_heading = "Handlers")]
    pub handlers: Vec<String>,

    /// Run a program for each event, with the packet on its standard input; repeatable. It has all the rights of the broker
    #[arg(long, value_name = "PATH", help_heading = "Handlers")]
    pub cmd: Vec<String>,

    /// Print each event to standard output
    #[arg(long, help_heading = "Handlers")]
    pub print_event: bool,

    /// Save each event as a file
    #[arg(long, help_heading = "Handlers")]
    pub save_event: bool,

    /// The directory that events are saved in [default: .]
    #[arg(long, value_name = "DIR", help_heading = "Handlers")]
    pub save_event_directory: Option<String>,

    /// Keep events in this directory
    /// [default: first of $STATE_DIRECTORY, else $XDG_STATE_HOME/philae, else ~/.local/state/philae]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb", help_heading = "Store")]
    pub data_dir: Option<String>,

    /// How long to keep events, such as 30d, or "forever" [default: 30d]
    #[arg(long, value_name = "TIME", help_heading = "Store")]
    pub retention: Option<String>,

    /// Accept no event with less free space on the disk [default: 64MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Store")]
    pub min_free: Option<String>,

    /// Serve the status page, its numbers and /metrics on this endpoint [default: 127.0.0.1:8100]
    #[arg(long, value_name = "ENDPOINT", help_heading = "Status page")]
    pub admin: Option<String>,

    /// Serve no status page
    #[arg(long, conflicts_with = "admin", help_heading = "Status page")]
    pub no_admin: bool,

    /// Let only these networks see it; repeatable [default: everyone who reaches the endpoint]
    #[arg(long, value_name = "NET", num_args = 1.., help_heading = "Status page")]
    pub admin_allow: Vec<String>,

    /// A name of this host by which browsers may ask for it; repeatable [default: localhost and addresses alone]
    #[arg(long, value_name = "NAME", help_heading = "Status page")]
    pub admin_name: Vec<String>,

    /// Take orders from whoever shows the token in this file, such as to pause a handler [default: no orders]
    #[arg(long, value_name = "FILE", help_heading = "Status page")]
    pub admin_token_file: Option<String>,
}

#[cfg(test)]
mod tests;
