//! What the workbench is handed: a module, or a project's folder with one in it.
//!
//! In a project's folder stands the module `NAME.wasm` once it is built, with `NAME.toml` beside it, and sample packets in
//! `packets/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::handlers::{HandlerName, NameError};

/// Where a project keeps its sample packets.
const PACKETS: &str = "packets";

/// A handler's files, as somebody named them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handed {
    /// The name that a broker would know it by.
    pub(crate) name: HandlerName,
    /// The module.
    pub(crate) module: PathBuf,
    /// Where its settings are, if it has any.
    pub(crate) settings: PathBuf,
    /// The sample packets of the project, if it was a project that was named.
    pub(crate) samples: Option<PathBuf>,
}

/// Why what was handed is no handler.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandedError {
    /// It cannot be read.
    #[error("cannot read '{path}': {error}", path = .path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A folder without a module.
    #[error("there is no .wasm file in '{folder}'; make one with 'philae handler build {folder}'", folder = .0.display())]
    NotBuilt(PathBuf),
    /// A folder with many.
    #[error("there are several .wasm files in '{folder}' ({names}); name one of them", folder = .folder.display())]
    Several {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        names: String,
    },
    /// A module under a name that no broker would take.
    #[error("a broker would not take '{path}': {error}", path = .path.display())]
    Name {
        /// Its path.
        path: PathBuf,
        /// What a name is.
        error: NameError,
    },
}

impl Handed {
    /// Finds the module that a path leads to.
    ///
    /// # Errors
    /// If it leads to none, or to several.
    pub(crate) fn find(path: &Path) -> Result<Self, HandedError> {
        let unreadable = |error| HandedError::Unreadable { path: path.to_owned(), error };
        if !fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Self::of(path.to_owned(), None);
        }
        let mut modules = Vec::new();
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path();
            if file.extension().is_some_and(|ending| ending == "wasm") && file.is_file() {
                modules.push(file);
            }
        }
        modules.sort();
        let samples = Some(path.join(PACKETS)).filter(|folder| folder.is_dir());
        let own = path.canonicalize().ok().and_then(|full| Some(path.join(full.file_name()?)));
        let own = own.map(|own| own.with_extension("wasm")).filter(|own| modules.contains(own));
        match (own, modules.as_slice()) {
            (Some(module), _) => Self::of(module, samples),
            (None, [module]) => Self::of(module.clone(), samples),
            (None, []) => Err(HandedError::NotBuilt(path.to_owned())),
            (None, several) => {
                let names = several.iter().filter_map(|file| file.file_name());
                let names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
                Err(HandedError::Several { folder: path.to_owned(), names: names.join(", ") })
            }
        }
    }

    fn of(module: PathBuf, samples: Option<PathBuf>) -> Result<Self, HandedError> {
        let stem = module.file_stem().unwrap_or_default().to_string_lossy();
        let name =
            HandlerName::parse(&stem).map_err(|error| HandedError::Name { path: module.clone(), error })?;
        Ok(Self { name, settings: module.with_extension("toml"), module, samples })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_one_module_in_it_or_the_one_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alert");
        fs::create_dir_all(path.join("packets")).unwrap();
        assert!(matches!(Handed::find(&path), Err(HandedError::NotBuilt(_))));
        fs::write(path.join("burst.wasm"), "").unwrap();
        assert_eq!(Handed::find(&path).unwrap().name.as_str(), "burst");
        fs::write(path.join("other.wasm"), "").unwrap();
        assert!(
            matches!(Handed::find(&path), Err(HandedError::Several { names, .. }) if names.contains("other"))
        );
        fs::write(path.join("alert.wasm"), "").unwrap();
        let handed = Handed::find(&path).unwrap();
        assert_eq!((handed.name.as_str(), handed.samples), ("alert", Some(path.join("packets"))));
    }

    #[test]
    fn a_file_is_a_module_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Alert 1.wasm");
        fs::write(&path, "").unwrap();
        let error = Handed::find(&path).unwrap_err().to_string();
        assert!(error.ends_with("begins with a letter or digit"), "{error}");
    }
}
