//! Entering the broker's own sandbox, and telling of it once there is a log.

mod needs;

use crate::broker;
use crate::config::Config;
use crate::sandbox::{Hold, Reach};

/// How a process stands to the sandbox.
pub(super) enum Confined {
    /// It is held to this.
    To(Reach, Hold),
    /// It was asked not to enter.
    Unasked,
    /// It runs programs, which need all rights.
    Programs,
    /// It could not be entered, in these words.
    Refused(String),
}

impl Confined {
    /// Gives up what a broker with this configuration does not need, if it is to.
    pub(super) fn enter(config: &Config) -> Self {
        if config.no_sandbox {
            return Self::Unasked;
        }
        if !config.handlers.commands.is_empty() {
            return Self::Programs;
        }
        // The sandbox is the calling thread's and of those that it starts.
        let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads > 1 {
            return Self::Refused(format!("{threads} threads run already, and would keep all rights"));
        }
        let reach = needs::of(config, &broker::forbidden(config));
        match reach.enter() {
            Ok(hold) => Self::To(reach, hold),
            Err(error) => Self::Refused(error.to_string()),
        }
    }

    /// What handlers can be granted no more than, if there is such a bound.
    pub(super) fn reach(&self) -> Option<Reach> {
        match self {
            Self::To(reach, Hold::Full | Hold::Partial) => Some(reach.clone()),
            Self::To(_, Hold::None) | Self::Unasked | Self::Programs | Self::Refused(_) => None,
        }
    }

    /// Tells of it in one line.
    pub(super) fn tell(&self) {
        match self {
            Self::To(reach, hold @ (Hold::Full | Hold::Partial)) => {
                let (writes, reads) = (reach.written(), reach.read());
                let held = if *hold == Hold::Full { "wholly" } else { "as far as this kernel can" };
                tracing::info!(writes, reads, held, "sandboxed: the broker has given up all other folders");
            }
            Self::To(_, Hold::None) => {
                tracing::warn!(
                    "no sandbox: this kernel has no Landlock; the broker keeps its user's rights to files"
                );
            }
            Self::Refused(error) => {
                tracing::warn!(
                    error,
                    "no sandbox: it cannot be entered; the broker keeps its user's rights to files"
                );
            }
            Self::Programs => {
                tracing::warn!(
                    "no sandbox: the programs of --cmd need all rights, and so the broker keeps them"
                );
            }
            Self::Unasked => {
                tracing::info!("no sandbox: the broker was told to keep its user's rights to files")
            }
        }
    }
}
