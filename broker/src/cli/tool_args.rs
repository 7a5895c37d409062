//! Flags of commands that build: where compilers are, and whether they are got.

use std::path::PathBuf;

use super::files::absolute;
use super::user_folder::user_folder;
use crate::workbench::{Means, Processes, Tools};

#[derive(Debug, clap::Args)]
pub(super) struct ToolArgs {
    /// Get compilers that are missing from PyPI or npm
    #[arg(long)]
    install: bool,

    /// The folder for compilers and what they keep [default: philae/tools in the user's data folder]
    #[arg(long, value_name = "DIR")]
    tools: Option<PathBuf>,
}

impl ToolArgs {
    /// What builds are made with.
    pub(super) fn means(&self, processes: Processes) -> Means {
        let own = || user_folder("XDG_DATA_HOME", ".local/share", "tools");
        let tools = Tools::new(self.tools.as_deref().map_or_else(own, absolute));
        Means { tools, may_install: self.install, processes }
    }
}
