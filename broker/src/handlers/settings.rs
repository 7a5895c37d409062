//! What `NAME.toml` says of a handler: its text in, [`Settings`] or all faults at once out.
//!
//! Settings prove that every key was understood and is within its bounds, and that what is granted can be granted: a
//! folder that is there and is none of the broker's own, a host and a port that can be connected to. Settings compare
//! equal when nothing changed. They say nothing of the module; what it makes of its own table, `init` says.
//!
//! ```text
//! text ──> Reader: entries by key, tables ──> check ──> Settings
//!            └──────────── faults ──────────────┴─────> SettingsFaults: file:line: key: what is wrong; remedy
//! ```

mod check;
mod folders;
mod free;
mod key;
mod reader;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::config::Faults;
use crate::event::Role;
use crate::grants::Grants;
use reader::Reader;

pub use folders::Forbidden;
pub(crate) use free::to_json;

/// Settings with every key, its meaning and its default.
pub const EXAMPLE: &str = include_str!("settings/example.toml");

/// All that an operator decides about a handler; `Default` is what holds without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `enabled`: whether it is loaded at all; true unless said.
    pub enabled: bool,
    /// The events that it is called for.
    pub wants: Wants,
    /// `start`: where in the log it begins if it was never here before; `latest` unless said.
    pub start: Start,
    /// `concurrency`: how many events it is called for at once, 1 to 64; 1 unless said, which keeps their order.
    pub concurrency: u32,
    /// What happens when it fails.
    pub retry: Retry,
    /// `[config]`: its own settings, sorted by key; a string as it is, anything else as JSON.
    pub config: Vec<(String, String)>,
    /// What it may use up.
    pub limits: Limits,
    /// What it may reach: `[grants]`, nothing unless said.
    pub grants: Grants,
}

/// The events that a handler is called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wants {
    /// `roles`: the roles that it gets; empty if the file is silent, and what the handler says of itself holds.
    pub roles: Vec<Role>,
    /// `streams`: the beginnings of the identifiers that it gets; empty if the file is silent, as with the roles.
    pub streams: Vec<String>,
    /// `filter`: sound XPath expressions, one of which an event must match; none is no such condition.
    pub filters: Vec<String>,
}

/// Where in the log a handler begins that was never here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the next event that comes.
    Latest,
    /// With the first that is kept.
    Earliest,
    /// With the first that was accepted at this time or later.
    At(Timestamp),
}

/// What happens when a handler fails, or asks to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// `attempts`: how often it is called for an event before that goes to quarantine, 1 to 1000; 8 unless said.
    pub attempts: u32,
    /// `first-wait`: the wait before the second call, 10 ms to 1 hour; 1 s unless said. Each further one is longer.
    pub first_wait: Duration,
    /// `longest-wait`: what no wait exceeds, 10 ms to 1 day; 5 minutes unless said, or the first wait if that is longer.
    pub longest_wait: Duration,
}

/// What a handler may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `memory`: of an instance, 1 MiB to 4 GiB; 64 MiB unless said.
    pub memory_bytes: u64,
    /// `time`: of a call, 1 ms to 10 minutes; 10 s unless said.
    pub time: Duration,
    /// `log`: lines of a call, 0 to 16 MiB; 64 KiB unless said.
    pub log_bytes: u64,
    /// `output`: what a call writes out, a command to its standard output or as packets; 0 to 64 MiB, 1 MiB unless said.
    pub output_bytes: u64,
    /// `state`: all keys and values that it keeps, 0 to 1 GiB; 16 MiB unless said.
    pub state_bytes: u64,
    /// `publish`: packets of a call, if publishing is granted, 0 to 1000; 8 unless said.
    pub publications: u32,
}

/// All that is wrong with a handler's settings, ordered by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFaults(Faults);

impl Settings {
    /// Reads the text of a settings file; `name` is what faults call it. Granted folders are looked at on the disk.
    ///
    /// # Errors
    /// All faults at once.
    pub fn parse(name: &str, text: &str, forbidden: &Forbidden) -> Result<Self, SettingsFaults> {
        let mut reader = Reader::read(name, text);
        let settings = check::settings(&mut reader, forbidden);
        reader.finish().map_or(Ok(settings), |faults| Err(SettingsFaults(faults)))
    }
}

impl Default for Settings {
    fn default() -> Self {
        check::settings(&mut Reader::read("", ""), &Forbidden::default())
    }
}

impl SettingsFaults {
    /// Each of them in a line of its own: file, line, key, what is wrong, remedy.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.lines()
    }
}

impl std::error::Error for SettingsFaults {}

impl fmt::Display for SettingsFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(f, "{line}")?;
        }
        let noun = if self.0.len() == 1 { "fault" } else { "faults" };
        write!(f, "{} {noun} in the settings; they do not take effect", self.0.len())
    }
}

#[cfg(test)]
mod tests;
