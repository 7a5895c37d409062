//! `philae bench languages`: what handlers cost in each language, as a table.

use std::env;
use std::io::Write;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::clone::clone_at_hand;
use crate::cli::files::print;
use crate::cli::tool_args::ToolArgs;
use crate::cli::{EXIT_UNAVAILABLE, runtime};
use crate::config::count;
use crate::plain::json_line;
use crate::scratch::Scratch;
use crate::workbench::{BuildError, Calls, CostError, Costed, Language, Means, Processes};

/// Compare the languages that handlers are written in: the project of `handler new`, built, loaded and called
///
/// Builds are timed the first time and again without a change, with what compilers have kept of earlier ones; loads when the
/// code must be compiled and when it is in the cache. A language without a compiler is told and left out; exits with 1 then.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LanguagesArgs {
    /// The languages [default: all]
    #[arg(value_name = "LANG", value_parser = Language::named)]
    languages: Vec<Language>,

    /// Calls for each sample packet
    #[arg(long, value_name = "COUNT", default_value = "300", value_parser = calls)]
    calls: usize,

    #[command(flatten)]
    tools: ToolArgs,
}

fn calls(text: &str) -> Result<usize, String> {
    count(text, &(1..=1_000_000)).map(|count| count as usize).map_err(|error| error.to_string())
}

/// A row, or why there is none.
type Row = (Language, Result<(Costed, Calls), CostError>);

pub(in crate::cli) fn main(args: &LanguagesArgs, as_json: bool) -> ExitCode {
    let languages = if args.languages.is_empty() { Language::ALL.to_vec() } else { args.languages.clone() };
    let processes = Processes::shown();
    let (means, calls) = (args.tools.means(processes.clone()), args.calls);
    let work = move || -> Vec<Row> {
        let measured = languages.into_iter().map(|language| {
            tell!("philae: {language}");
            (language, measure(language, calls, &means))
        });
        measured.collect()
    };
    let rows = match runtime::until_asked_to_end(work, || processes.stop()) {
        Ok(rows) => rows,
        Err(error) => {
            tell!("philae: cannot start a thread: {error}");
            return ExitCode::from(EXIT_UNAVAILABLE);
        }
    };
    print(|out| {
        let is_whole = rows.iter().all(|(_, row)| row.is_ok());
        if as_json {
            writeln!(out, "{}", json_line(&Value::from_iter(rows.iter().map(object))))?;
        } else {
            write!(out, "{}", table(&rows))?;
        }
        Ok(is_whole)
    })
}

fn measure(language: Language, calls: usize, means: &Means) -> Result<(Costed, Calls), CostError> {
    let path = env::temp_dir();
    let scratch = match Scratch::make(&path, "philae-bench") {
        Ok(scratch) => scratch,
        Err(error) => return Err(BuildError::Unwritable { path, error }.into()),
    };
    let clone = clone_at_hand(scratch.path());
    let mut costed = Costed::prepare(language, scratch.path(), means, clone.as_deref())?;
    let called = runtime::block_on(costed.call(calls));
    let calls = called.unwrap_or_else(|error| Err(CostError::Call(error.to_string())))?;
    Ok((costed, calls))
}

fn table(rows: &[Row]) -> String {
    let mut text = "| language | first build | again | size | cold load | warm load | a call | memory |\n\
                    |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for (language, row) in rows {
        text.push_str(&match row {
            Ok((costed, calls)) => {
                let [first, again] = costed.builds.map(|took| took.as_secs_f64());
                let [cold, warm] = costed.loads.map(|took| took.as_secs_f64() * 1e3);
                let (kilobytes, kibibytes) = (costed.size_bytes as f64 / 1e3, calls.memory_bytes / 1024);
                format!(
                    "| {language} | {first:.1} s | {again:.1} s | {kilobytes:.1} kB | {cold:.0} ms | {warm:.1} ms | {} us | {kibibytes} KiB |\n",
                    calls.median.as_micros()
                )
            }
            Err(error) => format!("| {language} | {} |\n", error.to_string().lines().next().unwrap_or_default()),
        });
    }
    text
}

fn object((language, row): &Row) -> Value {
    match row {
        Ok((costed, calls)) => {
            let [first, again] = costed.builds.map(|took| took.as_secs_f64());
            let [cold, warm] = costed.loads.map(|took| took.as_secs_f64() * 1e3);
            json!({
                "language": language.name(), "first_build_s": first, "again_s": again, "bytes": costed.size_bytes,
                "cold_load_ms": cold, "warm_load_ms": warm, "call_us": calls.median.as_secs_f64() * 1e6,
                "memory_bytes": calls.memory_bytes,
            })
        }
        Err(error) => json!({ "language": language.name(), "error": error.to_string() }),
    }
}
