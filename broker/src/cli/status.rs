//! `philae status`: how a running broker does, in a page of text.

mod tell;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::ask::{AskError, ask};
use super::files::print;
use super::{EXIT_FAILED, archive, runtime};
use crate::control::Request;
use crate::plain::json_line;

/// Say how a running broker does: upstreams, streams, subscribers, handlers, store
///
/// It asks the broker that runs on the data folder, as its user. Exits with 1 if something does not do what it is for, and
/// with 69 if no broker runs there.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// The data folder of the broker [default: as philae run]
    #[arg(long, value_name = "DIR", visible_alias = "eventdb")]
    data_dir: Option<PathBuf>,

    /// Print all of it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(args: &StatusArgs) -> ExitCode {
    let folder = match archive::data_folder(args.data_dir.as_ref()) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    match runtime::block_on(ask(&folder, &Request::Status)) {
        Ok(Ok(status)) => print(|out| {
            let told = if args.json { vec![json_line(&status)] } else { tell::lines(&status) };
            told.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            Ok(!is_failing(&status))
        }),
        Ok(Err(error)) => failed(&error),
        Err(error) => {
            tell!("philae: {error}");
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn failed(error: &AskError) -> ExitCode {
    tell!("philae: {error}");
    error.exit_code()
}

/// Whether a stage of it does not do what it is for.
fn is_failing(status: &Value) -> bool {
    let stages = status.get("health").and_then(Value::as_object);
    stages.into_iter().flatten().any(|(_, stage)| stage.get("state").is_some_and(|state| state == "failing"))
}
