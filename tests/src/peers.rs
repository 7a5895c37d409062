//! Real peers for Philae: Comet, its author `comet-sendvo`, the subscriber pygcn, and lxml, with which Comet filters.
//!
//! Nothing here imitates them: they are the released Python packages, in a virtual environment that the first
//! test to need one makes under the target folder and later ones share. Peers run on loopback, each in a
//! temporary folder of its own, and end with the value that stands for them, or with the test if it is killed.
//! All calls block.
//!
//! ```text
//! comet_sendvo ──▶ Comet::receive_port    Comet::broadcast_port ──▶ Pygcn, or another Comet's `remotes`
//! ```

mod comet;
pub mod libxml;
mod lxml;
mod pygcn;
mod sendvo;
pub(crate) mod venv;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Result, anyhow};

pub use comet::{Comet, CometOptions};
pub use lxml::Lxml;
pub use pygcn::Pygcn;
pub use sendvo::{Sent, sendvo};

/// How long a Python program may take to come up, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(30);

/// Twisted caches its list of plugins beside them: written at once, no two peers write it later.
const RECIPE: venv::Recipe = venv::Recipe {
    name: "peers-venv",
    requirements_in: "peers",
    requirements: &["requirements-build.txt", "requirements.txt"],
    first_run: Some("twistd"),
};

/// The virtual environment in which the peers are installed.
#[derive(Debug)]
pub struct Peers {
    folder: PathBuf,
    scripts: PathBuf,
    dbm: String,
}

impl Peers {
    /// The environment, made first if the target folder has none for the present requirement files.
    ///
    /// # Errors
    /// No usable Python, or the packages cannot be installed. The text says what to install.
    pub fn get() -> Result<&'static Self> {
        static PEERS: OnceLock<Result<Peers, String>> = OnceLock::new();
        let made = PEERS.get_or_init(|| {
            let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
            let venv = venv::open(&RECIPE).map_err(|error| format!("{error:#}"))?;
            Ok(Self { folder: venv.folder, scripts, dbm: venv.dbm })
        });
        made.as_ref().map_err(|error| anyhow!("cannot prepare the Python peers: {error}"))
    }

    /// The module behind Comet's event database, such as `dbm.ndbm`.
    ///
    /// With `dbm.dumb` Comet's cost of an event grows with the events it has seen: say so beside a benchmark.
    #[must_use]
    pub fn dbm(&self) -> &str {
        &self.dbm
    }

    /// A command for one of the programs in `tests/peers`.
    fn script(&self, name: &str) -> Command {
        self.python(&self.scripts.join(name))
    }

    /// A command for a program that a package has installed.
    fn installed(&self, name: &str) -> Command {
        self.python(&self.folder.join("bin").join(name))
    }

    fn python(&self, program: &Path) -> Command {
        let mut command = venv::command(&venv::python_in(&self.folder));
        // UTF-8 mode: Comet saves events in the encoding of the locale.
        command.arg(program).env("PYTHONUTF8", "1");
        command
    }
}
