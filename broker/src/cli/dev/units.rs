//! What `philae dev` builds at once: a project, or whatever a script builds.
//!
//! A unit tells its sources from what compilers and editors leave beside them. Where they are looked for is left to `sources`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::handlers::HandlerName;
use crate::workbench::{Language, Project, ProjectError};

/// Where a crate or a workspace says what it is.
pub(super) const MANIFEST: &str = "Cargo.toml";
/// Folders of what compilers and package managers make, besides those whose names begin with a dot.
const MADE: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// What is built at once.
#[derive(Debug, Clone)]
pub(super) enum Unit {
    /// Whatever a script builds from the folder that it stands in, but for the projects in other languages.
    Script { script: PathBuf, apart: BTreeSet<PathBuf> },
    /// A project.
    Project(Project),
}

/// What a folder holds now.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What is to be built, the quickest first.
    pub(super) units: Vec<Unit>,
    /// What looks like a project and is not built, and why.
    pub(super) left_out: Vec<String>,
}

impl Found {
    /// Whether there is nothing to build or to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.left_out.is_empty()
    }

    /// Takes in a folder, if it is a project.
    pub(super) fn take(&mut self, folder: &Path) {
        if is_workspace(folder) {
            return;
        }
        let why = match Project::open(folder, None) {
            Ok(project) => match self.of_name(&project.name) {
                None => return self.units.push(Unit::Project(project)),
                Some(first) => {
                    let (name, first) = (project.name.as_str(), first.folder.display());
                    format!("its handler is called '{name}', as that of '{first}'")
                }
            },
            Err(ProjectError::NoLanguage(_)) => return,
            Err(ProjectError::Several { names, .. }) => {
                format!("it has sources in several languages ({names}); a project has one")
            }
            Err(error @ (ProjectError::Unreadable { .. } | ProjectError::NoName(_))) => error.to_string(),
        };
        self.left_out.push(format!("'{}' is left out: {why}", folder.display()));
    }

    /// The projects among what is to be built.
    pub(super) fn projects(&self) -> impl Iterator<Item = &Project> {
        self.units.iter().filter_map(Unit::project)
    }

    fn of_name(&self, name: &HandlerName) -> Option<&Project> {
        self.projects().find(|project| project.name == *name)
    }
}

impl Unit {
    /// What it is called.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Script { .. } => "handlers",
            Self::Project(project) => project.name.as_str(),
        }
    }

    /// Where its sources are.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Script { script, .. } => script.parent().unwrap_or(Path::new(".")),
            Self::Project(project) => &project.folder,
        }
    }

    /// Whether a file or folder, at its place in the tree, is none of its sources.
    pub(super) fn passes_over(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Compilers write the second; editors keep what was there under the last.
        if is_made(path) || name == "Cargo.lock" || name.ends_with('~') {
            return true;
        }
        match self {
            Self::Script { apart, .. } => apart.contains(path),
            Self::Project(project) => path == project.folder.join(format!("{}.wasm", project.name)),
        }
    }

    fn project(&self) -> Option<&Project> {
        match self {
            Self::Script { .. } => None,
            Self::Project(project) => Some(project),
        }
    }

    /// The order in which compilers are called at first: those that take tens of seconds come last.
    pub(super) fn slowness(&self) -> u8 {
        match self.project().map(|project| project.language) {
            Some(Language::C | Language::Zig | Language::AssemblyScript) => 0,
            Some(Language::Go) => 1,
            Some(Language::Rust) | None => 2,
            Some(Language::JavaScript) => 3,
            Some(Language::Python) => 4,
        }
    }
}

/// Whether compilers, package managers or other tools keep it, and nobody writes it by hand.
pub(super) fn is_made(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || MADE.contains(&name.as_ref())
}

/// Whether a folder's manifest is that of a workspace alone.
fn is_workspace(folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
    let has = |table: &str| text.lines().any(|line| line.trim() == table);
    has("[workspace]") && !has("[package]")
}
