//! A site with a folder of handlers: a broker that runs them, and what its operator sees.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{PATIENCE, packet, submit_acked};
use crate::guests;
use crate::philae::Philae;
use crate::tool::{Left, philae};
use crate::wait::wait_for;

/// A broker, its data folder and its folder of handlers. Dropping it kills the broker.
#[derive(Debug)]
pub struct HandlerSite {
    folder: TempDir,
    /// The broker that runs there.
    pub philae: Philae,
}

impl HandlerSite {
    /// Starts a broker with guests in its folder, by name and settings.
    ///
    /// # Errors
    /// A guest does not build, or the broker does not come up.
    pub fn start(handlers: &[(&str, &str)]) -> Result<Self> {
        Self::prepared(|folder| {
            handlers.iter().try_for_each(|(name, settings)| {
                install(folder, name, settings, &fs::read(guests::module(name)?)?)
            })
        })
    }

    /// Starts a broker on a folder of handlers that was filled before.
    ///
    /// # Errors
    /// The folder cannot be filled, or the broker does not come up.
    pub fn prepared(fill: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(HANDLERS))?;
        fill(&folder.path().join(HANDLERS))?;
        let philae = begin(folder.path())?;
        Ok(Self { folder, philae })
    }

    /// Ends the broker by `end`, and starts another in its place.
    ///
    /// # Errors
    /// The end fails, or the broker does not come up again.
    pub fn restarted(self, end: impl FnOnce(Philae) -> Result<()>) -> Result<Self> {
        let Self { folder, philae } = self;
        end(philae)?;
        let philae = begin(folder.path())?;
        Ok(Self { folder, philae })
    }

    /// Where its handlers are.
    #[must_use]
    pub fn handlers(&self) -> PathBuf {
        self.folder.path().join(HANDLERS)
    }

    /// Puts a module and its settings there under a name.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn install(&self, name: &str, settings: &str, module: &[u8]) -> Result<()> {
        install(&self.handlers(), name, settings, module)
    }

    /// The same with a guest, by the name of its crate.
    ///
    /// # Errors
    /// It does not build, or cannot be written.
    pub fn install_guest(&self, name: &str, settings: &str, guest: &str) -> Result<()> {
        self.install(name, settings, &fs::read(guests::module(guest)?)?)
    }

    /// Submits packets with these numbers.
    ///
    /// # Errors
    /// One was not acknowledged.
    pub fn submit(&self, numbers: impl IntoIterator<Item = usize>) -> Result<()> {
        let to = self.philae.receive()?;
        numbers.into_iter().try_for_each(|number| submit_acked(to, &packet(number, 0)).map(drop))
    }

    /// What `philae handler` says with these arguments.
    ///
    /// # Errors
    /// It cannot be started, or does not end.
    pub fn handler(&self, arguments: &[&str]) -> Result<Left> {
        let data = self.folder.path().join(DATA).display().to_string();
        philae(&[&["handler", "--data-dir", &data], arguments].concat())
    }

    /// What is known of all handlers, by `philae handler list --json`.
    ///
    /// # Errors
    /// It says something else.
    pub fn standings(&self) -> Result<Vec<Value>> {
        let left = self.handler(&["list", "--json"])?;
        let listed: Value = serde_json::from_str(&left.out()).with_context(|| left.err())?;
        Ok(listed.get("handlers").and_then(Value::as_array).cloned().unwrap_or_default())
    }

    /// What is known of one; null if nothing is.
    ///
    /// # Errors
    /// As [`standings`](Self::standings).
    pub fn standing(&self, name: &str) -> Result<Value> {
        let is_it = |handler: &Value| handler.get("name").is_some_and(|known| known == name);
        Ok(self.standings()?.into_iter().find(is_it).unwrap_or_default())
    }

    /// Waits until what is known of a handler is as `reached` wants it, and returns it.
    ///
    /// # Errors
    /// It does not come to be so.
    pub fn wait_for(&self, name: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Result<Value> {
        let look = || self.standing(name).map(|standing| reached(&standing).then_some(standing));
        wait_for(PATIENCE, what, look).with_context(|| self.philae.log())
    }
}

const HANDLERS: &str = "handlers";
const DATA: &str = "data";

fn begin(folder: &Path) -> Result<Philae> {
    let handlers = folder.join(HANDLERS).display().to_string();
    Philae::start_in(&folder.join(DATA), &["--handlers", &handlers])
}

/// Puts a handler into a folder: first its settings, then, whole, its module.
///
/// # Errors
/// They cannot be written.
pub fn install(folder: &Path, name: &str, settings: &str, module: &[u8]) -> Result<()> {
    fs::write(folder.join(format!("{name}.toml")), settings)?;
    let part = folder.join(format!(".{name}.part"));
    fs::write(&part, module)?;
    Ok(fs::rename(part, folder.join(format!("{name}.wasm")))?)
}
