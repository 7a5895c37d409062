//! `philae dev`: a broker on this machine alone, with local defaults and the handlers of a folder, and what to try with it.
//!
//! The broker starts first and waits for nothing; handlers are built beside it, and built again when their sources are saved. It
//! runs what is built as it runs any module in a folder that it watches.
//!
//! ```text
//! Sources ── look ──> units ── stamps ──> Watch ── due ──> build ──> OUT ── the broker's own watch ──> it runs
//! ```

mod build;
mod builds;
mod settings;
mod shipped;
mod sources;
mod tell;
mod units;
mod watch;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::files::absolute;
use super::logging::Style;
use super::run;
use super::run_args::{self, RunArgs};
use super::tool_args::ToolArgs;
use crate::config::EXIT_CONFIG;
use crate::net::endpoint::ADMIN_PORT;
use builds::Builds;
use sources::{Root, Sources};

/// Run a broker on this machine alone, with handlers that are built again when they are saved
///
/// DIR is a handler's project, a folder of projects, a folder with a build.sh that is called with --out FOLDER, a clone of
/// Philae, or a folder of .wasm files, which run as they are. Without DIR in a clone of Philae, those that ship are built.
/// Projects are told as by "philae handler build". Files outside of them are not watched.
///
/// What is built goes into a folder beside dev's data, whose name is printed. A project's settings, NAME.toml, are copied there
/// if there are none, and again when they are saved, unless the copy was changed by hand: then it stays.
/// Times in the log are UTC. NO_COLOR turns its colours off.
#[derive(Debug, clap::Args)]
pub(super) struct DevArgs {
    /// The folder with handlers, or their sources [default: handlers/ of the clone]
    #[arg(value_name = "DIR", conflicts_with = "no_handlers")]
    folder: Option<PathBuf>,

    /// Port on 127.0.0.1 on which authors submit
    #[arg(long, value_name = "PORT", default_value_t = 8098)]
    receive_port: u16,

    /// Port on 127.0.0.1 on which subscribers listen
    #[arg(long, value_name = "PORT", default_value_t = 8099)]
    broadcast_port: u16,

    /// Keep events in this directory [default: "philae-dev" beside that of `philae run`]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    #[command(flatten)]
    tools: ToolArgs,

    /// Build and run no handlers
    #[arg(long)]
    no_handlers: bool,

    /// Log more: -v connections, -vv frames
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

pub(super) fn main(args: &DevArgs) -> ExitCode {
    let environment = run_args::environment();
    let beside = || environment.data_dir().map(|folder| folder.with_file_name("philae-dev"));
    // Whole, since what is printed is for another terminal.
    let data_dir = args.data_dir.clone().or_else(beside).map(|folder| absolute(&folder));
    let sources = match &data_dir {
        Some(data_dir) if !args.no_handlers => sources(args, data_dir),
        Some(_) | None => Sources::None,
    };
    let run_args = RunArgs {
        local_ivo: Some("ivo://philae.dev/broker".to_owned()),
        receive: vec![format!("127.0.0.1:{}", args.receive_port)],
        broadcast: vec![format!("127.0.0.1:{}", args.broadcast_port)],
        data_dir: data_dir.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
        handlers: sources.folder().iter().map(|folder| folder.to_string_lossy().into_owned()).collect(),
        verbose: args.verbose,
        // Handlers come while it runs, and what they are granted with them.
        no_sandbox: true,
        ..RunArgs::default()
    };
    let config = match run_args::load(&run_args, &environment) {
        Ok(config) => config,
        Err(faults) => {
            tell!("{faults}");
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let data_dir = data_dir.unwrap_or_default();
    run::run(&config, Style::Dev, || {
        say(&invitation(args));
        start(sources, &data_dir, &args.tools)
    })
}

/// Where handlers come from; what is built has a folder to come into before the broker looks there.
fn sources(args: &DevArgs, data_dir: &Path) -> Sources {
    let named = args.folder.as_deref().map(absolute);
    let sources = Sources::find(named.as_deref(), &absolute(Path::new(".")), data_dir);
    if let Sources::Root(Root { out, .. }) = &sources
        && let Err(error) = fs::create_dir_all(out)
    {
        tell!("handlers: cannot make the folder {}: {error}", out.display());
        return Sources::None;
    }
    sources
}

/// Has handlers built, if they are to be, and tells of them.
fn start(sources: Sources, data_dir: &Path, tools: &ToolArgs) -> Option<Builds> {
    match sources {
        Sources::None => {
            say("No handlers: they are built in a clone of Philae, or in a folder: philae dev DIR\n");
            None
        }
        Sources::Built(folder) => {
            say(&watching(&folder, data_dir));
            None
        }
        Sources::Root(root) => {
            say(&format!(
                "The handlers in {} are being built, which may take some minutes the first time, and again when they are \
                 saved. {}",
                quoted(root.folder()),
                watching(&root.out, data_dir)
            ));
            let started = Builds::start(root, tools);
            started
                .map_err(|error| tell::failure("philae", &format!(": cannot start a thread: {error}")))
                .ok()
        }
    }
}

fn invitation(args: &DevArgs) -> String {
    let (program, receive, broadcast) = (program(), args.receive_port, args.broadcast_port);
    format!(
        "A broker runs on this machine. In a second terminal, watch its events:\n\n    \
         {program} tap 127.0.0.1:{broadcast}\n\nand in a third, send it one:\n\n    \
         {program} send 127.0.0.1:{receive} tests/fixtures/grb.xml\n\nHow it does is shown at http://127.0.0.1:{ADMIN_PORT}/, unless another broker's page is there.\n\n\
         Ctrl-C stops it.\n"
    )
}

fn watching(folder: &Path, data_dir: &Path) -> String {
    let (program, folder, data_dir) = (program(), quoted(folder), quoted(data_dir));
    format!(
        "What they log stands here for each event. See how they do:\n\n    \
         {program} handler list --data-dir {data_dir}\n\nA handler of your own runs from the next event on when it is there:\n\n    \
         cp NAME.wasm {folder}/\n"
    )
}

fn program() -> String {
    std::env::current_exe().map_or_else(|_| "philae".into(), |path| quoted(&path))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Says something to whoever reads; nobody need do so.
fn say(text: &str) {
    say!("{text}");
}
