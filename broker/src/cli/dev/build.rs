//! One build: of a project by the workbench, or of whatever a script builds.
//!
//! Once it is built, settings and module come into their place together; a module that is not new does not take the place of
//! itself. A failure is told, and what runs goes on.
//!
//! ```text
//! project ──> compiler ──┬─ fails, or the module is the same: it stays
//!                        └─ NAME.toml, if it is to be copied ──> NAME.wasm ──> OUT
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::settings::{self, Copied};
use super::shipped;
use super::sources::Root;
use super::tell;
use super::units::Unit;
use crate::workbench::{BuildError, Means, Output, Project, build};

/// The folder, in that of modules, with settings as they were copied last.
const COPIED: &str = ".built";

/// Builds a unit and puts it in its place; `changed` are the files that differ from the last time, if there was one.
pub(super) fn build_unit(unit: &Unit, changed: Option<&[PathBuf]>, root: &Root, means: &Means) {
    match unit {
        Unit::Script { script, .. } => build_by_script(unit.name(), script, root, means),
        Unit::Project(project) => {
            let own = project.settings();
            // Nothing that a compiler reads.
            let is_settled = changed.is_some_and(|files| files.iter().all(|file| Some(file) == own.as_ref()));
            if !is_settled {
                build_project(project, changed.is_none(), root, means);
            } else if let Err(error) = settle(project, &root.out) {
                tell::failure(unit.name(), &format!(": its settings cannot be copied: {error}"));
            }
        }
    }
}

fn build_project(project: &Project, is_first: bool, root: &Root, means: &Means) {
    let name = project.name.as_str();
    // The first may take long, since compilers have libraries to build.
    let begin = |words: &str| match is_first {
        true => tell::words(name, words),
        false => tell::aside(name, &format!(": {words}")),
    };
    let built = match build(project, &root.out, means, begin) {
        Ok(built) => built,
        Err(BuildError::Stopped) => return,
        Err(BuildError::Missing(missing)) => {
            let (language, missing) = (project.language, missing.line("philae dev --install"));
            return tell::trouble(name, &format!(" is in {language}, and {missing}"));
        }
        Err(error) => return tell::failure(name, &format!(": {error}; what runs goes on")),
    };
    let place = || {
        settle(project, &root.out).map_err(|error| error.to_string())?;
        let is_new = fs::read(&built.module).ok().as_ref() != Some(&built.bytes);
        if is_new { built.place().map_err(|error| error.to_string()) } else { Ok(()) }
    };
    let (size, seconds) = (built.bytes.len() as f64 / 1e3, built.took.as_secs_f64());
    match place() {
        Ok(()) => tell::built(name, &format!(" built in {seconds:.1} s, {size:.1} kB")),
        Err(error) => tell::failure(name, &format!(": it cannot take its place: {error}")),
    }
}

fn settle(project: &Project, out: &Path) -> io::Result<()> {
    let name = project.name.as_str();
    match settings::copy(project, out, &out.join(COPIED))? {
        Copied::Nothing => {}
        Copied::Anew => tell::aside(name, ": its settings are copied"),
        Copied::Kept => {
            let copy = out.join(format!("{name}.toml"));
            tell::trouble(name, &format!(": {} was changed by hand and stays", copy.display()));
        }
    }
    Ok(())
}

fn build_by_script(name: &str, script: &Path, root: &Root, means: &Means) {
    let mut command = Command::new(script);
    let start = Instant::now();
    let ended = means.processes.run(command.arg("--out").arg(&root.out), Output::Errors);
    let built = match ended {
        _ if means.processes.is_stopped() => return,
        Ok(status) if status.success() => shipped::enable(root.folder(), &root.out, &root.saved),
        Ok(status) => Err(io::Error::other(status.to_string())),
        Err(error) => Err(error),
    };
    match built {
        Ok(()) => tell::built(name, &format!(" built in {:.1} s", start.elapsed().as_secs_f64())),
        Err(error) => {
            let text =
                format!(": they are not built ({error}); the broker goes on with those that are there");
            tell::failure(name, &text);
        }
    }
}
