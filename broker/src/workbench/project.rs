//! Projects: folders with the source of one handler, which tell their name and their language.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::language::Language;
use crate::handlers::HandlerName;

/// Settings files of other tools.
const OTHERS: [&str; 4] = ["clippy", "pyproject", "rust-toolchain", "rustfmt"];

/// A project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// Its folder, resolved.
    pub(crate) folder: PathBuf,
    /// The name of its handler.
    pub(crate) name: HandlerName,
    /// What it is written in.
    pub(crate) language: Language,
}

/// Why a folder is no project.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProjectError {
    /// It cannot be read.
    #[error("cannot read the folder '{folder}': {error}", folder = .folder.display())]
    Unreadable {
        /// Its path.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Nothing in it is known.
    #[error(
        "'{folder}' has no source in a language that is known: Cargo.toml, or a file .c, .zig, .go, .ts, .js or .py; \
         make a project with 'philae handler new NAME --lang LANG'", folder = .0.display()
    )]
    NoLanguage(PathBuf),
    /// Several languages.
    #[error("'{folder}' has sources in several languages ({names}); say which with --lang", folder = .folder.display())]
    Several {
        /// Its path.
        folder: PathBuf,
        /// Their names.
        names: String,
    },
    /// Neither it nor its settings have a name for a handler.
    #[error("what is the handler called? Put its settings, NAME.toml, into '{folder}'", folder = .0.display())]
    NoName(PathBuf),
}

impl Project {
    /// Looks at a folder; `language` is what it is written in, if somebody knows.
    ///
    /// # Errors
    /// If it is no project, or more than one.
    pub(crate) fn open(folder: &Path, language: Option<Language>) -> Result<Self, ProjectError> {
        let unreadable = |error| ProjectError::Unreadable { folder: folder.to_owned(), error };
        let resolved = folder.canonicalize().map_err(unreadable)?;
        let mut files = Vec::new();
        for entry in fs::read_dir(&resolved).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
        let language = match language {
            Some(language) => language,
            None => language_of(folder, &files)?,
        };
        let name = name_of(&resolved, &files).ok_or_else(|| ProjectError::NoName(folder.to_owned()))?;
        Ok(Self { folder: resolved, name, language })
    }

    /// Its settings, if it has any.
    pub(crate) fn settings(&self) -> Option<PathBuf> {
        Some(self.folder.join(format!("{}.toml", self.name))).filter(|path| path.is_file())
    }

    /// The file that the language begins with, or the only one of the language; relative to the folder.
    pub(super) fn source(&self) -> Option<PathBuf> {
        let usual = Path::new(self.language.source());
        if self.folder.join(usual).is_file() {
            return Some(usual.to_owned());
        }
        match self.sources().as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        }
    }

    /// All files of the language in the folder itself, sorted; relative to it.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let told = entries.map(|entry| entry.path()).filter(|file| self.language.is_told_by(file));
        let mut names: Vec<_> = told.filter_map(|file| file.file_name().map(PathBuf::from)).collect();
        names.sort();
        names
    }
}

fn language_of(folder: &Path, files: &[PathBuf]) -> Result<Language, ProjectError> {
    let is_told = |language: &Language| files.iter().any(|file| language.is_told_by(file));
    let told: Vec<_> = Language::ALL.into_iter().filter(is_told).collect();
    match told.as_slice() {
        [] => Err(ProjectError::NoLanguage(folder.to_owned())),
        [one] => Ok(*one),
        several => {
            let names: Vec<_> = several.iter().map(|language| language.name()).collect();
            Err(ProjectError::Several { folder: folder.to_owned(), names: names.join(", ") })
        }
    }
}

/// The name of its settings; of several, or without any, that of the folder.
fn name_of(folder: &Path, files: &[PathBuf]) -> Option<HandlerName> {
    let named = |path: &Path| HandlerName::parse(path.file_stem()?.to_str()?).ok();
    let settings = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml"));
    let names = settings.filter_map(|file| named(file)).filter(|name| !OTHERS.contains(&name.as_str()));
    let names: Vec<_> = names.collect();
    let own = folder.file_name().and_then(|name| HandlerName::parse(name.to_str()?).ok());
    match names.as_slice() {
        [one] => Some(one.clone()),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(files: &[&str]) -> Result<Project, ProjectError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("project");
        fs::create_dir(&path).unwrap();
        for file in files {
            fs::write(path.join(file), "").unwrap();
        }
        Project::open(&path, None)
    }

    #[test]
    fn files_tell_language_and_name() {
        for (files, language, name) in [
            (&["Cargo.toml", "alert.toml"][..], Language::Rust, "alert"),
            (&["handler.py", "pyproject.toml"], Language::Python, "project"),
            (&["a.go", "go.mod", "x.toml", "y.toml"], Language::Go, "project"),
        ] {
            let project = open(files).unwrap();
            assert_eq!((project.language, project.name.as_str()), (language, name));
        }
    }

    #[test]
    fn what_is_no_project_is_told() {
        assert!(matches!(open(&["README.md"]), Err(ProjectError::NoLanguage(_))));
        assert!(
            matches!(open(&["a.c", "b.py"]), Err(ProjectError::Several { names, .. }) if names == "c, python")
        );
        assert!(matches!(Project::open(Path::new("/does/not"), None), Err(ProjectError::Unreadable { .. })));
    }
}
