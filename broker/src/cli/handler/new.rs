//! `philae handler new`: a project to begin with.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::clone::clone_at_hand;
use crate::cli::files::print;
use crate::cli::{EXIT_FAILED, EXIT_USAGE};
use crate::handlers::HandlerName;
use crate::plain::excerpt;
use crate::workbench::{Language, new_project};

/// Make a project with a handler that works, its settings, a sample packet and what is expected of it
///
/// Nothing is fetched. The handler says of each event with a position how far that is from the plane of the Galaxy.
#[derive(Debug, clap::Args)]
pub(super) struct NewArgs {
    /// The handler's name, and that of its folder
    #[arg(value_name = "NAME")]
    name: String,

    /// What it is written in: rust, c, zig, go, assemblyscript, javascript or python
    #[arg(long, value_name = "LANG", value_parser = Language::named)]
    lang: Language,

    /// Make its folder in this one
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub(super) fn main(args: &NewArgs) -> ExitCode {
    let name = match HandlerName::parse(&args.name) {
        Ok(name) => name,
        Err(error) => {
            tell!("philae: '{}' is no name: {error}", excerpt(&args.name));
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match new_project(&name, args.lang, &args.dir, clone_at_hand(&args.dir).as_deref()) {
        Ok(project) => {
            let project = project.display();
            print(|out| {
                writeln!(out, "made {project}, a handler in {}; now build and test it:\n", args.lang)?;
                writeln!(out, "    cd {project}")?;
                writeln!(out, "    philae handler build")?;
                writeln!(out, "    philae handler test --expect expected.txt")?;
                Ok(true)
            })
        }
        Err(error) => {
            tell!("philae: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}
