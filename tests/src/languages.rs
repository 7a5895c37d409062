//! Shipped handlers in other languages than Rust: built from source by the workbench, held against what is expected of them,
//! and run in a broker.
//!
//! What is built stands in `languages/NAME/` of cargo's target folder, each handler with the settings it comes with.
//! Compilers and what they keep are shared by all tests, under the lock of [`Toolchains`].

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::handler_site::{HandlerSite, install};
use crate::philae::binary;
use crate::target;
use crate::toolchains::Toolchains;
use crate::wait::wait_for;

/// How long a large module may be compiled, on a machine that is busy.
const LOADING: Duration = Duration::from_secs(300);

/// The folder of a shipped handler's sources.
#[must_use]
pub fn project(name: &str) -> PathBuf {
    root().join("handlers").join(name)
}

/// Builds a shipped handler, once in this process; where its module is then, with its settings beside it.
///
/// # Errors
/// It does not build, with the compiler's words; or its compiler cannot be had.
pub fn build(name: &str) -> Result<PathBuf> {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let toolchains = Toolchains::lock()?;
    if let Some(module) = BUILT.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Ok(module.clone());
    }
    let folder = target::folder()?.join("languages").join(name);
    // Settings that are there stay, and those may be of another day.
    match fs::remove_file(folder.join(format!("{name}.toml"))) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut command = handler(&toolchains.folder)?;
    command.arg("build").arg(project(name)).args(["--install", "--tools"]).arg(&toolchains.folder);
    let output = command.arg("--out").arg(&folder).output().context("cannot start philae")?;
    ensure!(output.status.success(), "{name} does not build:\n{}", told(&output));
    let module = folder.join(format!("{name}.wasm"));
    BUILT.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), module.clone());
    Ok(module)
}

/// Holds a shipped handler against its `expected.txt`: on its own `packets/`, or else on those of the tests.
///
/// # Errors
/// It does not build, or what it does differs; the error shows where.
pub fn hold_to_expected(name: &str) -> Result<()> {
    let (module, project) = (build(name)?, project(name));
    let own = project.join("packets");
    let packets = if own.is_dir() { own } else { root().join("tests/fixtures") };
    let mut command = handler(&target::folder()?.join("workbench-tools"))?;
    command.arg("test").arg(module).arg(packets).arg("--expect").arg(project.join("expected.txt"));
    let output = command.output().context("cannot start philae")?;
    ensure!(output.status.success(), "{name} does something else:\n{}", told(&output));
    Ok(())
}

/// Starts a broker with a shipped handler under these settings, and waits until it runs or it is told why it does not.
///
/// # Errors
/// It does not build, or the broker does not come up.
pub fn site(name: &str, settings: &str) -> Result<HandlerSite> {
    let module = fs::read(build(name)?)?;
    let site = HandlerSite::prepared(|folder| install(folder, name, settings, &module))?;
    let look = || {
        let standing = site.standing(name)?;
        let has_trouble = standing.get("trouble").is_some_and(Value::is_string);
        Ok((has_trouble || standing.get("state").is_some_and(|state| state == "running")).then_some(()))
    };
    wait_for(LOADING, "the handler to be loaded", look).with_context(|| site.philae.log())?;
    Ok(site)
}

/// `philae handler`, free of the tester's home; compilers keep what they have built among the tools.
fn handler(tools: &Path) -> Result<Command> {
    let home = tools.join("home");
    fs::create_dir_all(&home)?;
    let mut command = Command::new(binary()?);
    command.arg("handler").env("HOME", &home).env("XDG_CACHE_HOME", home.join("cache"));
    command.env_remove("XDG_DATA_HOME").env_remove("RUST_LOG").stdin(Stdio::null());
    Ok(command)
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
