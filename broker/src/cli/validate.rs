//! `philae validate`: what a broker would say of packets, without one.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::files::{Named, print};
use crate::checks::schema::{MAX_FAULTS, Version};
use crate::checks::{Finding, Report};
use crate::plain::{excerpt, json_line};

/// Check packets as a broker checks an author's: encoding, well-formedness, identifier, structure of VOEvent 2.0.
///
/// Exits with 0 when all are valid, and with 1 otherwise.
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    /// Files with one VOEvent each; "-" is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print a JSON object a file: file, encoding, well_formed, version, valid, faults [line, element, what]
    #[arg(long)]
    json: bool,

    /// Print nothing of files that are valid
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn main(args: &ValidateArgs) -> ExitCode {
    print(|out| validate(args, out))
}

/// Tells of each file; whether all are valid.
fn validate(args: &ValidateArgs, out: &mut impl Write) -> io::Result<bool> {
    let mut all_valid = true;
    for file in &args.files {
        let file = Named(file);
        let bytes = match file.read() {
            Ok(bytes) => bytes,
            Err(error) => {
                out.flush()?;
                tell!("{file}: cannot read it: {error}");
                all_valid = false;
                continue;
            }
        };
        let report = Report::of(&bytes);
        all_valid &= report.is_valid();
        if report.is_valid() && args.quiet {
            continue;
        }
        match args.json {
            true => writeln!(out, "{}", json_line(&as_json(&file.name(), &report)))?,
            false => tell(file, &report, out)?,
        }
    }
    Ok(all_valid)
}

fn tell(file: Named<'_>, report: &Report, out: &mut impl Write) -> io::Result<()> {
    if report.is_valid() {
        return writeln!(out, "{file}: valid {}", Version::V2_0);
    }
    for Finding { line, what, .. } in &report.findings {
        let what = excerpt(what);
        match line {
            Some(line) => writeln!(out, "{file}:{line}: {what}")?,
            None => writeln!(out, "{file}: {what}")?,
        }
    }
    if report.findings.len() >= MAX_FAULTS {
        writeln!(out, "{file}: there may be more; these are the first {MAX_FAULTS}")?;
    }
    Ok(())
}

fn as_json(name: &str, report: &Report) -> Value {
    let fault = |Finding { line, element, what }: &Finding| json!({ "line": line, "element": element, "what": excerpt(what) });
    json!({
        "file": name,
        "encoding": report.encoding.map(|encoding| encoding.to_string()),
        "well_formed": report.is_well_formed,
        "version": report.version.map(Version::number),
        "valid": report.is_valid(),
        "faults": report.findings.iter().map(fault).collect::<Vec<_>>(),
    })
}
