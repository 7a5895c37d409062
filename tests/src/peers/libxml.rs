//! libxml2, through the lxml that Comet judges packets with: its verdict on many documents at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Peers;

/// What libxml2 says of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Whether it is well formed.
    pub well_formed: bool,
    /// Whether it is valid by the schema of VOEvent 2.0.
    pub valid: bool,
    /// The first fault, in libxml2's words.
    pub message: String,
}

/// Judges files, in their order; `folder` is for what passes between the processes.
///
/// # Errors
/// The peers cannot be installed, or the program fails.
pub fn judge(folder: &Path, files: &[PathBuf]) -> Result<Vec<Judged>> {
    let list = folder.join("files");
    let names: Vec<String> = files.iter().map(|file| format!("{}\n", file.display())).collect();
    fs::write(&list, names.concat())?;
    let output = Peers::get()?.script("libxml_judge.py").stdin(File::open(&list)?).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout)?;
    let judged: Vec<Judged> = told.lines().map(parse).collect::<Result<_>>()?;
    ensure!(judged.len() == files.len(), "{} verdicts for {} files", judged.len(), files.len());
    Ok(judged)
}

fn parse(line: &str) -> Result<Judged> {
    let value: Value = serde_json::from_str(line)?;
    let is = |name: &str| value.get(name).and_then(Value::as_bool).context("no verdict");
    let message = value.get("message").and_then(Value::as_str).context("no message")?.to_owned();
    Ok(Judged { well_formed: is("well_formed")?, valid: is("valid")?, message })
}
