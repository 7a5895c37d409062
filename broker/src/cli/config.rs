//! `philae config`: a broker's configuration, looked at without starting one.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::EXIT_FAILED;
use super::files::{plain_name, print_all};
use super::run_args::{self, RunArgs};
use crate::config::{Config, EXAMPLE, EXIT_CONFIG, Faults};
use crate::plain::plain;

/// Check, show or begin a configuration
///
/// `check` and `show` take every option of `philae run`, and open no port and no store.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say whether a broker could be started with this, or all that is wrong with it; exits with 78 then
    Check(Box<RunArgs>),
    /// Print what holds, flags over file over defaults, and where each value stands: a file for --config
    Show(Box<RunArgs>),
    /// Write a file with every option, its meaning and its default
    Init {
        /// Where to; a file that is there is left alone
        #[arg(long, value_name = "FILE", default_value = "philae.toml")]
        out: PathBuf,
    },
}

pub(super) fn main(args: &ConfigArgs) -> ExitCode {
    match &args.command {
        ConfigCommand::Check(args) => with(args, |config, _| summary(config)),
        ConfigCommand::Show(args) => with(args, Config::to_toml),
        ConfigCommand::Init { out } => init(out),
    }
}

/// Prints what is to be said of a sound configuration, or all its faults.
fn with(args: &RunArgs, say: impl Fn(&Config, &crate::config::Given) -> String) -> ExitCode {
    let given = run_args::given(args);
    match Config::check(given.clone(), &run_args::environment()) {
        Ok(config) => print_all(say(&config, &given)),
        Err(faults) => {
            tell!("{}", told(&faults));
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

fn told(faults: &Faults) -> String {
    faults.to_string().replace("; nothing was started", "")
}

/// One line that says what a broker with this configuration is.
pub(super) fn summary(config: &Config) -> String {
    let mut does = Vec::new();
    for (verb, endpoints) in [
        ("receives on", texts(&config.receive.endpoints)),
        ("broadcasts on", texts(&config.broadcast.endpoints)),
        ("subscribes to", texts(&config.subscribe.endpoints)),
        ("runs handlers in", texts(config.handlers.folders.iter().map(|folder| folder.display()))),
    ] {
        if !endpoints.is_empty() {
            does.push(format!("{verb} {}", endpoints.join(", ")));
        }
    }
    let name = config.local_ivo.as_ref().map_or("a broker without a name", |ivoid| ivoid.stream());
    let folder = config.store.data_dir.display();
    plain(&format!("sound: {name} {}, and keeps events in {folder}", does.join(", "))) + "\n"
}

fn texts(values: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

fn init(path: &Path) -> ExitCode {
    let written = File::create_new(path).and_then(|mut file| file.write_all(EXAMPLE.as_bytes()));
    let name = plain_name(path);
    match written {
        Ok(()) => print_all(format!("{name}: edit it, then philae config check --config {name}\n")),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            tell!("{name}: there is such a file, and it is left alone; name another with --out");
            ExitCode::from(EXIT_FAILED)
        }
        Err(error) => {
            tell!("{name}: cannot write it: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}
