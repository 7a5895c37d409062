//! What one folder holds: modules and settings by name, each with its stamp.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::Files;
use super::name::HandlerName;
use super::notice::Oddity;
use super::stamp::{Stamp, Standing};

/// The ending of a module.
const MODULE: &str = "wasm";
/// The ending of settings.
const SETTINGS: &str = "toml";
/// What begins the names of files that are not there yet, or not to be seen.
const PASSED_OVER: [char; 3] = ['.', '#', '~'];

/// What a folder held when it could last be read.
#[derive(Debug, Default)]
pub(super) struct Listing {
    modules: BTreeMap<HandlerName, (PathBuf, Stamp)>,
    settings: BTreeMap<HandlerName, (PathBuf, Stamp)>,
}

impl Listing {
    /// Looks into the folder. A file that cannot be looked at stays as it was, and so does all if the folder cannot.
    pub(super) fn read(&mut self, folder: &Path, odd: &mut BTreeMap<PathBuf, Oddity>) -> io::Result<()> {
        let paths: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        let before = std::mem::take(self);
        for path in paths {
            let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
            let (Some(stem), Some(ending)) = (text(path.file_stem()), text(path.extension())) else {
                continue;
            };
            let (is_module, known) = match ending.as_str() {
                MODULE => (true, &before.modules),
                SETTINGS => (false, &before.settings),
                _ => continue,
            };
            if stem.starts_with(PASSED_OVER) {
                continue;
            }
            let Ok(name) = HandlerName::parse(&stem) else {
                // The settings beside it are told by the same notice.
                if is_module {
                    odd.insert(path, Oddity::BadName);
                }
                continue;
            };
            let stamp = match Standing::at(&path) {
                Ok(Standing::File(stamp)) => stamp,
                Ok(Standing::Nothing) => continue,
                Ok(Standing::Other) => {
                    odd.insert(path, Oddity::NoFile);
                    continue;
                }
                Err(error) => {
                    odd.insert(path.clone(), Oddity::Unreadable(error.to_string()));
                    let Some((_, stamp)) = known.get(&name) else { continue };
                    *stamp
                }
            };
            let files = if is_module { &mut self.modules } else { &mut self.settings };
            files.insert(name, (path, stamp));
        }
        Ok(())
    }

    /// The handlers in it.
    pub(super) fn handlers(&self) -> impl Iterator<Item = Files> {
        self.modules.iter().map(|(name, (module, stamp))| {
            let settings = self.settings.get(name);
            Files {
                name: name.clone(),
                module: module.clone(),
                settings: settings.map(|(path, _)| path.clone()),
                module_stamp: *stamp,
                settings_stamp: settings.map(|(_, stamp)| *stamp),
            }
        })
    }

    /// Settings without a module beside them.
    pub(super) fn lone_settings(&self) -> impl Iterator<Item = PathBuf> {
        let lone = self.settings.iter().filter(|(name, _)| !self.modules.contains_key(*name));
        lone.map(|(_, (path, _))| path.clone())
    }
}
