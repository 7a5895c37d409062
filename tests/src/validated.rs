//! What `philae validate --json` says of files.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::philae::run;

/// Files of one call: their names must fit into a command line.
const AT_ONCE: usize = 5_000;

/// What Philae says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// Whether it is well formed.
    pub well_formed: bool,
    /// Whether an author could submit it.
    pub valid: bool,
    /// What is wrong, each in its words.
    pub faults: Vec<String>,
}

impl Validated {
    /// Whether it is valid but for its identifier, which no schema judges.
    #[must_use]
    pub fn is_valid_by_schema(&self) -> bool {
        self.structure().next().is_none()
    }

    /// What is wrong, but for its identifier.
    pub fn structure(&self) -> impl Iterator<Item = &str> {
        let is_of_identifier =
            |what: &str| what.starts_with("Invalid IVOID: ") || what.starts_with("No per-event local ID: ");
        self.faults.iter().map(String::as_str).filter(move |what| !is_of_identifier(what))
    }
}

/// Validates files, in their order.
///
/// # Errors
/// `philae` cannot be run, or a file cannot be read.
pub fn validate(files: &[PathBuf]) -> Result<Vec<Validated>> {
    let mut validated = Vec::new();
    for files in files.chunks(AT_ONCE) {
        let names: Vec<&str> =
            files.iter().map(|file| file.to_str().context("a name")).collect::<Result<_>>()?;
        let output = run(&[&["validate", "--json"], names.as_slice()].concat())?;
        for line in String::from_utf8(output.stdout)?.lines() {
            validated.push(parse(line)?);
        }
    }
    ensure!(validated.len() == files.len(), "{} verdicts for {} files", validated.len(), files.len());
    Ok(validated)
}

fn parse(line: &str) -> Result<Validated> {
    let value: Value = serde_json::from_str(line)?;
    let is = |name: &str| value.get(name).and_then(Value::as_bool).context("no verdict");
    let faults = value.get("faults").and_then(Value::as_array).context("no faults")?;
    let what = |fault: &Value| Some(fault.get("what")?.as_str()?.to_owned());
    let faults = faults.iter().filter_map(what).collect();
    Ok(Validated { well_formed: is("well_formed")?, valid: is("valid")?, faults })
}
