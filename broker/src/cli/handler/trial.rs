//! What the commands that try a handler have in common: finding it, loading it, and telling of each packet.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::user_folder::user_folder;
use crate::cli::{EXIT_FAILED, EXIT_UNAVAILABLE};
use crate::config::EXIT_CONFIG;
use crate::host::{Host, HostOptions};
use crate::plain::{excerpt, json_line};
use crate::workbench::{Called, Handed, Mock, Rig, RigError};

/// Finds and loads a handler, and says on standard error what is worth knowing.
///
/// # Errors
/// The exit code; what is wrong has been said.
pub(super) fn load(path: &Path, mock: Option<Arc<Mock>>) -> Result<(Handed, Rig), ExitCode> {
    let failed = |words: &dyn std::fmt::Display| {
        tell!("philae: {words}");
        ExitCode::from(EXIT_FAILED)
    };
    let handed = Handed::find(path).map_err(|error| failed(&error))?;
    // Compiled code is kept from one trial to the next; apart from any broker's.
    let cache = user_folder("XDG_CACHE_HOME", ".cache", "handlers");
    let options = HostOptions { max_calls: 1, ..HostOptions::new(cache) };
    let host = Host::start(&options).map_err(|error| {
        tell!("philae: cannot run handlers: {error}");
        ExitCode::from(EXIT_UNAVAILABLE)
    })?;
    let rig = Rig::load(&handed, &host, mock).map_err(|error| match error {
        RigError::Settings(faults) => {
            tell!("{faults}");
            ExitCode::from(EXIT_CONFIG)
        }
        RigError::Load(error) => failed(&format_args!("{} does not load: {error}", handed.module.display())),
        RigError::Unreadable { .. } | RigError::Filters(_) | RigError::Thread(_) => failed(&error),
    })?;
    if !rig.is_enabled() {
        tell!("philae: its settings say enabled = false; a broker would not load it");
    }
    Ok((handed, rig))
}

/// Reads the answers of `--http-mock`.
///
/// # Errors
/// The exit code; what is wrong has been said.
pub(super) fn mock(file: Option<&PathBuf>) -> Result<Option<Mock>, ExitCode> {
    let Some(file) = file else { return Ok(None) };
    let read = fs::read_to_string(file).map_err(|error| error.to_string());
    let mock = read.and_then(|text| Mock::parse("line", &text).map_err(|error| error.to_string()));
    mock.map(Some).map_err(|why| {
        tell!("philae: cannot use the answers in '{}': {}", file.display(), excerpt(&why));
        ExitCode::from(EXIT_CONFIG)
    })
}

/// Tells of one packet.
pub(super) fn tell(called: &Called, as_json: bool, out: &mut impl Write) -> io::Result<()> {
    if as_json {
        return writeln!(out, "{}", json_line(&called.json()));
    }
    called.lines().iter().try_for_each(|line| writeln!(out, "{line}"))
}
