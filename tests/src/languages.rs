//! Shipped handlers in other languages than Rust: built from source by the workbench, held against what is expected of them,
//! and run in a broker.
//!
//! What is built stands in `languages/NAME/` of cargo's target folder, each handler with the settings it comes with.
//! Compilers and what they keep are shared by all tests, under the lock of [`Toolchains`].
//!
//! What comes with an interpreter takes tens of seconds to compile before it is first called. So nothing waits less than minutes,
//! and what one command has compiled the next one and the broker find: they share a folder of compiled code, as an engine of the
//! same version and settings may.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use vtp::Digest;

use crate::client::submit_acked;
use crate::handler_site::HandlerSite;
use crate::philae::{Philae, binary};
use crate::target;
use crate::toolchains::Toolchains;
use crate::wait::wait_for;

/// Far more than compiling an interpreter takes, for a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(15);

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
    let [project, tools, out] = [project(name).as_path(), &toolchains.folder, &folder].map(text);
    handler(&["build", &project, "--install", "--tools", &tools, "--out", &out])?;
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
    let [module, packets, expected] = [module.as_path(), &packets, &project.join("expected.txt")].map(text);
    handler(&["test", &module, &packets, "--expect", &expected]).map(drop)
}

/// Starts a broker with a shipped handler under these settings, and waits until it runs or it is told why it does not.
///
/// # Errors
/// It does not build, or the broker does not come up.
pub fn site(name: &str, settings: &str) -> Result<HandlerSite> {
    let module = fs::read(build(name)?)?;
    let site = HandlerSite::prepared(|_| Ok(()))?;
    share_compiled(site.handlers().parent().context("the folder of handlers stands alone")?, &module)?;
    site.install(name, settings, &module)?;
    // Its sandbox has what was granted when it started.
    let site = site.restarted(Philae::kill)?;
    wait(&site, name, "the handler to be loaded", |standing| {
        let has_trouble = standing.get("trouble").is_some_and(Value::is_string);
        has_trouble || standing.get("state").is_some_and(|state| state == "running")
    })?;
    Ok(site)
}

/// Submits packets, waits until the handler has had them all, and tells its log.
///
/// # Errors
/// One was not acknowledged, or not handled.
pub fn log_of(site: &HandlerSite, name: &str, packets: &[impl AsRef<[u8]>]) -> Result<String> {
    let number = |standing: &Value, at: &str| standing.pointer(at).and_then(Value::as_u64);
    let before = number(&site.standing(name)?, "/counts/handled").unwrap_or_default();
    for packet in packets {
        submit_acked(site.philae.receive()?, packet.as_ref())?;
    }
    let handled = before + u64::try_from(packets.len())?;
    wait(site, name, "all to be handled", |standing| {
        number(standing, "/counts/handled") == Some(handled) && number(standing, "/lag") == Some(0)
    })?;
    Ok(site.handler(&["logs", name])?.out())
}

/// Settings that grant a folder; `rest` is how the handler sees it.
#[must_use]
pub fn granting(folder: &Path, rest: &str) -> String {
    format!("[grants]\nfolders = [{{ host = '{}', {rest} }}]", folder.display())
}

/// Waits until no other test of this process compiles what comes with an interpreter.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `philae handler` to its end, however long that takes, free of the tester's home.
///
/// # Errors
/// It cannot be started, or fails; the text has what it said.
pub fn handler(arguments: &[&str]) -> Result<Output> {
    let home = home()?;
    let mut command = Command::new(binary()?);
    command.arg("handler").args(arguments).env("HOME", &home).env("XDG_CACHE_HOME", home.join("cache"));
    command.env_remove("XDG_DATA_HOME").env_remove("RUST_LOG").stdin(Stdio::null());
    let output = command.output().context("cannot start philae")?;
    let told = || [output.stdout.clone(), output.stderr.clone()].concat();
    ensure!(output.status.success(), "{arguments:?}:\n{}", String::from_utf8_lossy(&told()));
    Ok(output)
}

fn wait(site: &HandlerSite, name: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Result<()> {
    let look = || Ok(reached(&site.standing(name)?).then_some(()));
    wait_for(PATIENCE, what, look).with_context(|| site.philae.log())
}

/// The home of all commands, kept from one run to the next.
fn home() -> Result<PathBuf> {
    let home = target::folder()?.join("workbench-tools/home");
    fs::create_dir_all(&home)?;
    Ok(home)
}

/// Puts what is compiled already of a module where a broker looks for it; its store is there, and would not begin in a folder of
/// something else.
fn share_compiled(site: &Path, module: &[u8]) -> Result<()> {
    let (from, to) = (home()?.join("cache/philae/handlers"), site.join("data/compiled"));
    fs::create_dir_all(&to)?;
    let revision = Digest::of(module).to_string();
    // There is no such folder before anything was compiled.
    for entry in fs::read_dir(&from).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&revision) && name.ends_with(".cwasm") {
            fs::copy(from.join(&name), to.join(&name))?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
