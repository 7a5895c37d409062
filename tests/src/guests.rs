//! Handlers as WebAssembly, built from source: those that ship (`handlers/`) and those of the tests (`tests/guests/`).
//!
//! `handlers/build.sh` builds them, and says how; here a file lock lets one process build while others wait. What it
//! builds stands in `guests/` of cargo's target folder, and is made anew when sources have changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::target;

/// The handlers that ship, by name.
pub const SHIPPED: [&str; 5] = ["print-event", "save-event", "grb-latest", "webhook", "observable"];

/// The module of a guest, by the name of its crate, such as `hello`.
///
/// # Errors
/// The guests do not build, with the compiler's words, or what would be needed for it; or there is none of that name.
pub fn module(name: &str) -> Result<PathBuf> {
    let path = folder()?.join(format!("{name}.wasm"));
    ensure!(path.is_file(), "there is no guest {name:?} in handlers/ or tests/guests/");
    Ok(path)
}

/// The bytes of a handler that was built against version 1.0.0 of the interface, see `tests/guests/first-version`.
///
/// # Errors
/// Its files cannot be read.
pub fn first_version() -> Result<Vec<u8>> {
    let folder = project().join("tests/guests/first-version");
    with_world(wat::parse_file(folder.join("guest.wat"))?, &folder.join("handler.wit"))
}

/// A core module as a handler of today's interface.
///
/// # Errors
/// The interface cannot be read.
pub fn of_world(module: Vec<u8>) -> Result<Vec<u8>> {
    with_world(module, &project().join("wit/handler.wit"))
}

/// A core module that says of itself to be a handler of the interface in a file.
fn with_world(mut module: Vec<u8>, file: &Path) -> Result<Vec<u8>> {
    let mut interface = Resolve::default();
    let package = interface.push_file(file)?;
    let world = interface.select_world(&[package], None)?;
    embed_component_metadata(&mut module, &interface, world, StringEncoding::UTF8)?;
    Ok(module)
}

/// The settings that a shipped handler comes with.
#[must_use]
pub fn settings(name: &str) -> PathBuf {
    project().join("handlers").join(name).join(format!("{name}.toml"))
}

/// The folder in which all guests stand, brought up to date once in this process.
///
/// # Errors
/// They do not build.
pub fn folder() -> Result<&'static Path> {
    static FOLDER: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = FOLDER.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn build() -> Result<PathBuf> {
    let target = target::folder()?;
    let folder = target.join("guests");
    fs::create_dir_all(&folder)?;
    let lock = File::create(target.join("guests.lock"))?;
    lock.lock().context("cannot lock guests.lock")?;
    let handlers = project().join("handlers");
    let mut command = Command::new(handlers.join("build.sh"));
    command.arg("--out").arg(&folder).arg(&handlers).arg(project().join("tests/guests"));
    command.env("CARGO_TERM_QUIET", "true");
    let output = command.env("CARGO_TARGET_DIR", &target).output().context("cannot run handlers/build.sh")?;
    ensure!(output.status.success(), "guests do not build:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(folder)
}

/// The folder of the project.
fn project() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
