//! Which events of a log a command is about: the same options for all commands that read one.
//!
//! [`SelectionArgs`] are flattened into a command's own; [`SelectionArgs::open`] begins to read what they select, oldest
//! first, from a broker that runs or from its store at rest. What is said twice, or cannot be, is a usage error that names
//! the option. How the log is read is `archive`'s affair.

mod bound;

use std::path::PathBuf;
use std::process::ExitCode;

use super::archive;
use crate::archive::Log;
use crate::store::Wanted;
use bound::Bound;

/// Which events are meant; all that are kept, unless said.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which events (all that are kept, unless said)")]
pub(super) struct SelectionArgs {
    /// The data folder of the broker, whether that runs or not [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// From this time on, or from this number in the log: 2026-04-06T12:00:00Z, 2026-04-06, 2h (ago), 4711
    #[arg(long, value_name = "TIME|SEQ", visible_alias = "since", value_parser = Bound::parse)]
    from: Option<Bound>,

    /// Before this time, or up to this number in the log
    #[arg(long, value_name = "TIME|SEQ", visible_alias = "until", value_parser = Bound::parse)]
    to: Option<Bound>,

    /// Of those, the last N
    #[arg(long, value_name = "N")]
    last: Option<u64>,
}

impl SelectionArgs {
    /// Begins to read what is selected.
    ///
    /// # Errors
    /// The exit code; what is wrong has been said.
    pub(super) fn open(&self) -> Result<Log, ExitCode> {
        archive::open(self.data_dir.as_ref(), &self.wanted())
    }

    fn wanted(&self) -> Wanted {
        let (from, since) = self.from.map_or((None, None), Bound::split);
        let (to, until) = self.to.map_or((None, None), Bound::split);
        Wanted { from, to, since, until, last: self.last, limit: None }
    }
}
