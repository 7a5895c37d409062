//! Compilers of other languages for `philae handler build`, in a folder of cargo's target folder that all tests share.
//!
//! The command itself gets them from PyPI with `--install`; here a file lock lets one test do so while others wait. What
//! cargo builds for a project is kept with what it has built for the guests.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::{guests, target};

/// The folder of compilers, and the lock that holds while it may be added to.
#[derive(Debug)]
pub struct Toolchains {
    /// The folder, for `--tools`.
    pub folder: PathBuf,
    _lock: File,
}

impl Toolchains {
    /// Waits until no other test adds to the folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn lock() -> Result<Self> {
        let target = target::folder()?;
        let folder = target.join("workbench-tools");
        fs::create_dir_all(&folder)?;
        let lock = File::create(target.join("workbench-tools.lock"))?;
        lock.lock().context("cannot lock workbench-tools.lock")?;
        Ok(Self { folder, _lock: lock })
    }

    /// The same, with what cargo has built for the guests: the standard library may take minutes.
    ///
    /// # Errors
    /// The guests do not build.
    pub fn with_rust() -> Result<Self> {
        guests::folder()?;
        let toolchains = Self::lock()?;
        let shared = toolchains.folder.join("rust");
        if !shared.exists() {
            symlink(target::folder()?.join("guests-build"), shared)?;
        }
        Ok(toolchains)
    }

    /// The same, with the node and npm of the system, which the workbench does not get for itself.
    ///
    /// # Errors
    /// They are not there, and cannot be installed.
    pub fn with_node() -> Result<Self> {
        let toolchains = Self::lock()?;
        if !(answers("node") && answers("npm")) {
            // On Debian as root, such as in a container, the packages can be had. Elsewhere this fails and changes nothing.
            for arguments in
                [&["update"][..], &["install", "--yes", "--no-install-recommends", "nodejs", "npm"]]
            {
                let _ = Command::new("apt-get").args(arguments).stdout(Stdio::null()).status();
            }
        }
        ensure!(
            answers("node") && answers("npm"),
            "there is no node or no npm: install Debian's packages nodejs and npm"
        );
        Ok(toolchains)
    }
}

fn answers(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
