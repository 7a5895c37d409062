//! `philae handler`: what an operator sees of handlers and orders them, through the running broker's socket; and handlers
//! on the workbench, without a broker.

mod build;
pub(super) mod denied;
pub(super) mod inspect;
mod new;
mod run;
mod show;
mod test;
mod trial;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::ask::{AskError, ask, follow};
use super::files::print;
use super::{EXIT_FAILED, archive, runtime};
use crate::control::Request;
use crate::plain::json_line;

/// See what handlers do, and order them; or try one without a broker
///
/// Those that ask or order go to the broker that runs on the data folder, as its user.
#[derive(Debug, Args)]
pub(super) struct HandlerArgs {
    #[command(subcommand)]
    command: HandlerCommand,

    /// The data folder of the broker [default: as philae run]
    #[arg(long, value_name = "DIR", global = true, visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum HandlerCommand {
    #[command(flatten)]
    Workbench(WorkbenchCommand),
    #[command(flatten)]
    Ask(AskCommand),
}

/// What needs no broker.
#[derive(Debug, Subcommand)]
enum WorkbenchCommand {
    New(new::NewArgs),
    Build(build::BuildArgs),
    Inspect(inspect::InspectArgs),
    Test(test::TestArgs),
    Run(run::RunArgs),
}

#[derive(Debug, Subcommand)]
enum AskCommand {
    /// List all handlers: state, lag, calls, failures, time per call
    List,
    /// Show all that is known of a handler, and the numbers that it reports
    Show {
        /// The handler
        name: String,
    },
    /// Show the last lines that a handler logged
    Logs {
        /// The handler
        name: String,
        /// Go on with those to come
        #[arg(short, long)]
        follow: bool,
    },
    /// Events that a handler could not handle
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Call a handler no more for the time being; its events wait
    Pause {
        /// The handler
        name: String,
    },
    /// Call it again
    Resume {
        /// The handler
        name: String,
    },
    /// Look at the handlers' folders now
    Reload,
}

#[derive(Debug, Subcommand)]
enum QuarantineCommand {
    /// List the cases of one handler, or of all
    List {
        /// The handler
        name: Option<String>,
    },
    /// Show one case: why, what the handler logged, the packet
    Show {
        /// The handler
        name: String,
        /// The event's number in the log
        seq: u64,
    },
    /// Call the handler again for one event, or for all in its quarantine
    Retry {
        /// The handler
        name: String,
        /// The event's number in the log
        seq: Option<u64>,
    },
    /// Take one event out of quarantine for good, or all
    Drop {
        /// The handler
        name: String,
        /// The event's number in the log
        #[arg(required_unless_present = "all")]
        seq: Option<u64>,
        /// All of them
        #[arg(long, conflicts_with = "seq")]
        all: bool,
    },
}

impl AskCommand {
    fn request(&self) -> Request {
        match self {
            Self::List => Request::List,
            Self::Show { name } => Request::Handler { name: name.clone() },
            Self::Logs { name, follow } => Request::Logs { name: name.clone(), follow: *follow },
            Self::Pause { name } => Request::Pause { name: name.clone() },
            Self::Resume { name } => Request::Resume { name: name.clone() },
            Self::Reload => Request::Reload,
            Self::Quarantine(command) => match command {
                QuarantineCommand::List { name } => Request::Quarantine { name: name.clone(), limit: None },
                QuarantineCommand::Show { name, seq } => Request::Show { name: name.clone(), seq: *seq },
                QuarantineCommand::Retry { name, seq } => Request::Retry { name: name.clone(), seq: *seq },
                QuarantineCommand::Drop { name, seq, .. } => Request::Drop { name: name.clone(), seq: *seq },
            },
        }
    }
}

pub(super) fn main(args: &HandlerArgs) -> ExitCode {
    match &args.command {
        HandlerCommand::Workbench(WorkbenchCommand::New(new)) => new::main(new),
        HandlerCommand::Workbench(WorkbenchCommand::Build(build)) => build::main(build, args.json),
        HandlerCommand::Workbench(WorkbenchCommand::Inspect(inspect)) => {
            inspect::main(inspect, args.data_dir.as_ref(), args.json)
        }
        HandlerCommand::Workbench(WorkbenchCommand::Test(test)) => {
            test::main(test, args.data_dir.as_ref(), args.json)
        }
        HandlerCommand::Workbench(WorkbenchCommand::Run(run)) => run::main(run, args.json),
        HandlerCommand::Ask(command) => ask_broker(args, command),
    }
}

fn ask_broker(args: &HandlerArgs, command: &AskCommand) -> ExitCode {
    let folder = match archive::data_folder(args.data_dir.as_ref()) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    let request = command.request();
    let done = runtime::block_on(async {
        if let Request::Logs { follow: true, .. } = request {
            // Whoever follows ends it, or reads no more.
            let mut code = ExitCode::SUCCESS;
            let show = |line: &Value| {
                code = print(|out| show::line(line, args.json, out).map(|()| true));
                code == ExitCode::SUCCESS
            };
            let followed = tokio::select! {
                followed = follow(&folder, &request, show) => followed,
                _ = runtime::asked_to_end() => Ok(()),
            };
            return followed.map(|()| code);
        }
        let answer = ask(&folder, &request).await?;
        let code = print(|out| {
            if args.json {
                writeln!(out, "{}", json_line(&answer))?;
            } else {
                show::answer(&request, &answer, out)?;
            }
            Ok(true)
        });
        match answer.get("failed").and_then(Value::as_array) {
            Some(failed) if !failed.is_empty() => Err(AskError::Failed),
            Some(_) | None => Ok(code),
        }
    });
    match done {
        Ok(Ok(code)) => code,
        Ok(Err(AskError::Failed)) => ExitCode::from(EXIT_FAILED),
        Ok(Err(error)) => {
            tell!("philae: {error}");
            error.exit_code()
        }
        Err(error) => {
            tell!("philae: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}
