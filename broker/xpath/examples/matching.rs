//! Matches an expression against files: prints the value and what it cost for each, and what is wrong otherwise.
//!
//! ```sh
//! cargo run -p bounded-xpath --example matching -- '//Param[@name="SC_Lat" and @value>600]' packet.xml
//! ```
//!
//! It ends with 0 if any file matched, with 1 if none did, and with 2 if the expression was refused.

use std::io::Write as _;
use std::process::ExitCode;

use bounded_xpath::{Context, Expression, Index, Limits};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let text = arguments.next().unwrap_or_default();
    let limits = Limits::default();
    let mut out = std::io::stdout().lock();
    let expression = match Expression::compile(&text, &limits) {
        Ok(expression) => expression,
        Err(error) => {
            let _ = writeln!(out, "{text}\n{:>width$} {error}", '^', width = error.position());
            return ExitCode::from(2);
        }
    };
    let mut any = false;
    for file in arguments {
        let told = match report(&expression, &file, &limits) {
            Ok((matches, told)) => {
                any |= matches;
                told
            }
            Err(fault) => fault,
        };
        let _ = writeln!(out, "{file}: {told}");
    }
    if any { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether the expression matches a file, and what there is to say about it.
fn report(expression: &Expression, file: &str, limits: &Limits) -> Result<(bool, String), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let document = roxmltree::Document::parse(&text).map_err(|error| error.to_string())?;
    let index = Index::new(&document);
    let mut budget = limits.budget();
    let value =
        expression.evaluate(&index, Context::RootElement, &mut budget).map_err(|error| error.to_string())?;
    let verdict = if value.to_boolean() { "match" } else { "no match" };
    Ok((value.to_boolean(), format!("{verdict}, {value} ({} units of work)", budget.spent())))
}
