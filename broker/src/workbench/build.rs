//! Building: from a project's folder to `NAME.wasm`, by the language's own compiler.
//!
//! The compiler works in the project's folder and writes into a folder aside, which is gone in the end, also of a build that
//! was stopped.
//! The module is looked at before it takes its place, which it does whole, so that nobody ever finds half of one, and what
//! is no handler never takes the place of one. When it does so, and with which settings, is left to whoever has it built.
//!
//! ```text
//! Project ──> toolchain ──> command ──> aside/NAME.wasm ──> world ──> inspect ──> place ──> NAME.wasm
//!               └── missing: what it is, and how to get it (install gets it)
//! ```

mod command;
mod install;
mod process;
mod renamed;
mod rust;
mod toolchain;
mod world;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::language::Language;
use super::project::Project;
use super::template::new_project;
use crate::handlers::HandlerName;
use crate::host::{self, LoadError, MAX_MODULE_BYTES, Shape};
use crate::scratch::Scratch;

pub(crate) use install::Tools;
pub(crate) use process::{Output, Processes};
use toolchain::{Missing, Toolchain};

/// How the names of folders for what is being built begin.
const ASIDE: &str = ".build";

/// What builds are made with.
#[derive(Clone)]
pub(crate) struct Means {
    /// Compilers besides those of the user.
    pub(crate) tools: Tools,
    /// Whether what is missing is got into the folder of tools, if it can be.
    pub(crate) may_install: bool,
    /// What runs them.
    pub(crate) processes: Processes,
}

/// A module that was built, for its place.
#[derive(Debug)]
pub(crate) struct Built {
    /// Where it is to stand.
    pub(crate) module: PathBuf,
    /// What it is.
    pub(crate) bytes: Vec<u8>,
    /// How it is run.
    pub(crate) shape: Shape,
    /// How long the compiler took.
    pub(crate) took: Duration,
    aside: Scratch,
}

impl Built {
    /// Puts the module into its place, that of an earlier one if there is one.
    ///
    /// # Errors
    /// It cannot be written; what stood there before still does.
    pub(crate) fn place(&self) -> Result<(), BuildError> {
        // From a folder within that one, so that it can be moved into its place.
        let whole = self.aside.path().join("whole");
        fs::write(&whole, &self.bytes).map_err(unwritable(&whole))?;
        fs::rename(&whole, &self.module).map_err(unwritable(&self.module))
    }
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// There is no compiler.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// What was to be installed could not be.
    #[error("cannot install {what}: {why}")]
    Install {
        /// What.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Somebody wants it no more.
    #[error("the build was stopped")]
    Stopped,
    /// The project has no file to begin with.
    #[error("which file is the handler? Call it '{0}'")]
    NoSource(&'static str),
    /// The compiler cannot be started.
    #[error("cannot start {program}: {error}", program = .program.display())]
    Start {
        /// Its path.
        program: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The compiler says no, and has said why.
    #[error("it does not build: {program} ended with {status}", program = .program.display())]
    Compiler {
        /// Its path.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// The compiler wrote no module.
    #[error("{program} ended well and wrote no module", program = .program.display())]
    Nothing {
        /// Its path.
        program: PathBuf,
    },
    /// What it wrote is no handler.
    #[error("what was built is no handler: {0}")]
    NoHandler(LoadError),
    /// It cannot be said of the module what it is written against.
    #[error("the module cannot be made a handler: {0}")]
    World(String),
    /// A file cannot be read or written.
    #[error("cannot write '{path}': {error}", path = .path.display())]
    Unwritable {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Builds a project's module, to be placed in a folder, its own or another; `tell` is told what is done.
///
/// # Errors
/// Why nothing was built.
pub(crate) fn build(
    project: &Project,
    into: &Path,
    Means { tools, may_install, processes }: &Means,
    mut tell: impl FnMut(&str),
) -> Result<Built, BuildError> {
    let toolchain = match Toolchain::find(project, tools) {
        Err(Missing { can_install: true, .. }) if *may_install => {
            tell(&format!("getting what {} needs into {}", project.language, tools.folder().display()));
            tools.install(project.language, processes)?;
            let toolchain = Toolchain::find(project, tools)?;
            if matches!(project.language, Language::C | Language::Zig | Language::Go) {
                tell("having it build what all programs share, this once");
                warm(&toolchain, project.language, tools, processes);
            }
            toolchain
        }
        found => found?,
    };
    tell(&format!("building {} with {}", project.name, toolchain.version));
    let aside = Scratch::make(into, ASIDE).map_err(unwritable(into))?;
    let written = aside.path().join(format!("{}.wasm", project.name));
    let start = Instant::now();
    let written = compile(project, &toolchain, processes, aside.path(), written)?;
    let took = start.elapsed();
    let bytes = match fs::read(&written) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BuildError::Nothing { program: toolchain.program });
        }
        Err(error) => return Err(unwritable(&written)(error)),
    };
    let bytes = if project.language == Language::Python { renamed::restore(bytes) } else { bytes };
    let bytes = world::stated(bytes)?;
    let seen = host::inspect(&bytes, MAX_MODULE_BYTES).map_err(BuildError::NoHandler)?;
    let module = into.join(format!("{}.wasm", project.name));
    Ok(Built { module, bytes, shape: seen.shape, took, aside })
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> BuildError + use<> {
    let path = path.to_owned();
    move |error| BuildError::Unwritable { path, error }
}

/// Has a compiler that has just come build its language's template: C libraries and the like take long, and then are kept.
/// Should that fail, whatever is built next says why.
fn warm(toolchain: &Toolchain, language: Language, tools: &Tools, processes: &Processes) -> Option<()> {
    let scratch = Scratch::make(tools.folder(), ASIDE).ok()?;
    let (aside, name) = (scratch.path(), HandlerName::parse("warm").ok()?);
    let project = Project::open(&new_project(&name, language, aside, None).ok()?, Some(language)).ok()?;
    compile(&project, toolchain, processes, aside, aside.join("warm.wasm")).ok().map(drop)
}

/// Runs the compiler; where the module is then.
fn compile(
    project: &Project,
    toolchain: &Toolchain,
    processes: &Processes,
    aside: &Path,
    out: PathBuf,
) -> Result<PathBuf, BuildError> {
    let (mut command, out) = command::command(project, toolchain, aside, out)?;
    let program = toolchain.program.clone();
    match processes.run(&mut command, Output::All) {
        Ok(status) if status.success() => Ok(out),
        _ if processes.is_stopped() => Err(BuildError::Stopped),
        Ok(status) => Err(BuildError::Compiler { program, status }),
        Err(error) => Err(BuildError::Start { program, error }),
    }
}
