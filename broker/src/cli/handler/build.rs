//! `philae handler build`: from a project to a module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::cli::files::{absolute, print_all};
use crate::cli::tool_args::ToolArgs;
use crate::cli::{EXIT_FAILED, EXIT_UNAVAILABLE, runtime};
use crate::plain::json_line;
use crate::workbench::{BuildError, Built, Language, Processes, Project, build};

/// Build a project's handler with the compiler of its language
///
/// The language is told by the files: Cargo.toml, or .c, .zig, .go, .ts, .js or .py. Compilers are looked for in the path and
/// the project, then among those that --install got. Exits with 69 if there is none, after saying how to get it.
#[derive(Debug, clap::Args)]
pub(super) struct BuildArgs {
    /// The project's folder
    #[arg(value_name = "DIR", default_value = ".")]
    project: PathBuf,

    /// What it is written in, if its files do not tell
    #[arg(long, value_name = "LANG", value_parser = Language::named)]
    lang: Option<Language>,

    /// Put NAME.wasm into this folder, and NAME.toml unless one is there [default: the project's]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    tools: ToolArgs,
}

pub(super) fn main(args: &BuildArgs, as_json: bool) -> ExitCode {
    let project = match Project::open(&args.project, args.lang) {
        Ok(project) => project,
        Err(error) => {
            tell!("philae: {error}");
            return ExitCode::from(EXIT_FAILED);
        }
    };
    let processes = Processes::shown();
    let means = args.tools.means(processes.clone());
    let into = args.out.as_deref().map_or_else(|| project.folder.clone(), absolute);
    let of = project.clone();
    let work = move || -> Result<Built, BuildError> {
        let built = build(&of, &into, &means, |words| tell!("philae: {words}"))?;
        settle(&of, &into)?;
        built.place()?;
        Ok(built)
    };
    let built = match runtime::until_asked_to_end(work, || processes.stop()) {
        Ok(built) => built,
        Err(error) => {
            tell!("philae: cannot start a thread: {error}");
            return ExitCode::from(EXIT_UNAVAILABLE);
        }
    };
    match built {
        Ok(built) => print_all(told(&project, &built, as_json) + "\n"),
        Err(error) => {
            tell!("philae: {error}");
            ExitCode::from(match error {
                BuildError::Missing(_) | BuildError::Install { .. } => EXIT_UNAVAILABLE,
                BuildError::NoSource(_)
                | BuildError::Stopped
                | BuildError::Start { .. }
                | BuildError::Compiler { .. }
                | BuildError::Nothing { .. }
                | BuildError::NoHandler(_)
                | BuildError::World(_)
                | BuildError::Unwritable { .. } => EXIT_FAILED,
            })
        }
    }
}

/// Puts settings where there are none. They come before the module: a broker may be watching, and no handler is to run
/// without its own.
fn settle(project: &Project, into: &Path) -> Result<(), BuildError> {
    let path = into.join(format!("{}.toml", project.name));
    match project.settings() {
        Some(settings) if !path.exists() => {
            fs::copy(settings, &path).map(drop).map_err(|error| BuildError::Unwritable { path, error })
        }
        Some(_) | None => Ok(()),
    }
}

fn told(project: &Project, built: &Built, as_json: bool) -> String {
    let Built { module, bytes, shape, took, .. } = built;
    if as_json {
        let millis = took.as_millis();
        let object = json!({
            "module": module, "language": project.language.name(), "shape": shape.name(),
            "bytes": bytes.len(), "millis": millis,
        });
        return json_line(&object);
    }
    let (size, seconds) = (bytes.len() as f64 / 1e3, took.as_secs_f64());
    format!("{}: {}, {size:.1} kB, built in {seconds:.1} s", module.display(), shape.name())
}
