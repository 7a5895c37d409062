//! `philae filter`: what an expression says of packets, without a broker.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::EXIT_USAGE;
use super::files::{Named, print};
use crate::filter::{self, Expression, Trial};
use crate::plain::{json_line, plain};

/// Try an XPath expression on packets, as a broker evaluates a subscriber's filter.
///
/// A line a file: whether it matches, the value behind that, and how long it took. Exits with 0 if a file matched, with
/// 1 if none did, and with 2 if the expression is refused.
#[derive(Debug, clap::Args)]
pub(super) struct FilterArgs {
    /// The XPath 1.0 expression; its context is the VOEvent element
    #[arg(value_name = "XPATH", allow_hyphen_values = true)]
    expression: String,

    /// Files with one VOEvent each; "-" is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print a JSON object a file: file, match, value, micros, error
    #[arg(long)]
    json: bool,
}

pub(super) fn main(args: &FilterArgs) -> ExitCode {
    let expression = match filter::check(&args.expression) {
        Ok(expression) => expression,
        Err(error) => {
            tell!("philae: the expression is refused: {error}");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    print(|out| filter(args, &expression, out))
}

/// Tells of each file; whether any matches.
fn filter(args: &FilterArgs, expression: &Expression, out: &mut impl Write) -> io::Result<bool> {
    let mut any_match = false;
    for file in &args.files {
        let file = Named(file);
        let trial = file
            .read()
            .map_err(|error| format!("cannot read it: {error}"))
            .and_then(|bytes| filter::try_out(expression, &bytes).map_err(|error| error.to_string()));
        any_match |= trial.as_ref().is_ok_and(|trial| trial.is_match);
        if args.json {
            writeln!(out, "{}", json_line(&as_json(&file.name(), &trial)))?;
            continue;
        }
        match &trial {
            Ok(Trial { is_match, value, took }) => {
                let verdict = if *is_match { "match   " } else { "no match" };
                let micros = took.as_nanos() as f64 / 1e3;
                writeln!(out, "{file}: {verdict}  {micros:.1} us  {}", plain(value))?;
            }
            Err(error) => {
                out.flush()?;
                tell!("{file}: {}", plain(error));
            }
        }
    }
    Ok(any_match)
}

fn as_json(name: &str, trial: &Result<Trial, String>) -> Value {
    match trial {
        Ok(Trial { is_match, value, took }) => json!({
            "file": name,
            "match": is_match,
            "value": value,
            "micros": took.as_nanos() as f64 / 1e3,
            "error": null,
        }),
        Err(error) => json!({ "file": name, "match": null, "value": null, "micros": null, "error": error }),
    }
}
