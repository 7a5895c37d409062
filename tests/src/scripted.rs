//! Handlers in languages that come with an interpreter: what is built takes tens of seconds to compile before it is first called.
//!
//! So one test at a time compiles, nothing waits less than minutes, and what one command has compiled the next one and the
//! broker find: they share a folder of compiled code, as an engine of the same version and settings may.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::handler_site::HandlerSite;
use crate::philae::{Philae, binary};
use crate::target;
use crate::wait::wait_for;

/// Far more than compiling an interpreter takes, for a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(15);

/// Waits until no other test of this process compiles.
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
    let output = command.env_remove("XDG_DATA_HOME").env_remove("RUST_LOG").stdin(Stdio::null()).output()?;
    let told = || [output.stdout.clone(), output.stderr.clone()].concat();
    ensure!(output.status.success(), "{arguments:?}:\n{}", String::from_utf8_lossy(&told()));
    Ok(output)
}

/// Starts a broker in which a module runs, under a name and these settings, and waits until it does or says why not.
///
/// # Errors
/// The broker does not come up.
pub fn site(name: &str, settings: &str, module: &Path) -> Result<HandlerSite> {
    let site = HandlerSite::prepared(|_| Ok(()))?;
    share_compiled(site.handlers().parent().context("the folder of handlers stands alone")?)?;
    site.install(name, settings, &fs::read(module)?)?;
    // Its sandbox has what was granted when it started.
    let site = site.restarted(Philae::kill)?;
    wait(&site, name, "its loading", |standing| {
        ["revision", "trouble"].iter().any(|key| standing.get(key).is_some_and(|value| !value.is_null()))
    })?;
    Ok(site)
}

/// Waits until what is known of a handler is as `reached` wants it.
///
/// # Errors
/// It does not come to be so.
pub fn wait(site: &HandlerSite, name: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Result<Value> {
    let look = || site.standing(name).map(|standing| reached(&standing).then_some(standing));
    wait_for(PATIENCE, what, look).with_context(|| site.philae.log())
}

/// The home of all commands, kept from one run to the next.
fn home() -> Result<PathBuf> {
    let home = target::folder()?.join("workbench-tools/home");
    fs::create_dir_all(&home)?;
    Ok(home)
}

/// Puts what is compiled already where a broker looks for it; its store is there, and would not begin in a folder of something else.
fn share_compiled(site: &Path) -> Result<()> {
    let to = site.join("data/compiled");
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(home()?.join("cache/philae/handlers"))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
