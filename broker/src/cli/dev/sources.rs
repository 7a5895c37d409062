//! What `philae dev` builds, and where it puts it.
//!
//! | DIR | is built |
//! |---|---|
//! | a clone of Philae | its `handlers/` |
//! | a folder with a `build.sh` | by the script; projects in sub-folders without `Cargo.toml`, by the workbench |
//! | a project | that one |
//! | a folder of projects | those in sub-folders |
//! | any other | nothing: its modules run as they are |
//!
//! What it is stays so; which projects are in it is looked up anew each time. Quick compilers come first.

use std::fs;
use std::path::{Path, PathBuf};

use vtp::Digest;

use super::units::{Found, MANIFEST, Unit, is_made};

/// The script that builds handlers, in their folder.
const SCRIPT: &str = "build.sh";

/// Where handlers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sources {
    /// There are none.
    None,
    /// Modules, and settings, in a folder.
    Built(PathBuf),
    /// What is built.
    Root(Root),
}

/// A folder with sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    folder: PathBuf,
    kind: Kind,
    /// The folder for modules and settings.
    pub(super) out: PathBuf,
    /// The folder for packets that a handler saves.
    pub(super) saved: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Script,
    Project,
    Projects,
}

impl Sources {
    /// The folder that was named; else the clone that this is called in, if it is one.
    pub(super) fn find(named: Option<&Path>, here: &Path, data_dir: &Path) -> Self {
        let folder = named.unwrap_or(here);
        let handlers = folder.join("handlers");
        let folder = match (is_of_clone(&handlers), named) {
            (true, _) => handlers,
            (false, Some(folder)) => folder.to_owned(),
            (false, None) => return Self::None,
        };
        // Compilers work in other folders, and projects are told by where they really are.
        let folder = folder.canonicalize().unwrap_or(folder);
        let beside = |what: &str| {
            let mut name = data_dir.file_name().unwrap_or_default().to_owned();
            name.push(what);
            data_dir.with_file_name(name)
        };
        let root = |kind, out: &str| Root {
            folder: folder.clone(),
            kind,
            out: beside(out),
            saved: beside("-saved"),
        };
        // Another folder's handlers are not to run with these.
        let own =
            if is_of_clone(&folder) { "-handlers" } else { &format!("-handlers-{}", own_name(&folder)) };
        if folder.join(SCRIPT).is_file() {
            return Self::Root(root(Kind::Script, own));
        }
        let kinds = [Kind::Project, Kind::Projects].map(|kind| root(kind, own));
        let found = kinds.into_iter().find(|root| !root.look().is_empty());
        found.map_or_else(|| Self::Built(folder.clone()), Self::Root)
    }

    /// The folder that the broker is to watch.
    pub(super) fn folder(&self) -> Option<&Path> {
        match self {
            Self::None => None,
            Self::Built(folder) | Self::Root(Root { out: folder, .. }) => Some(folder),
        }
    }
}

impl Root {
    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks at what is there now.
    pub(super) fn look(&self) -> Found {
        let mut found = Found::default();
        if self.kind == Kind::Project {
            found.take(&self.folder);
            return found;
        }
        let mut folders = sub_folders(&self.folder);
        folders.sort();
        if self.kind == Kind::Script {
            folders.retain(|folder| !folder.join(MANIFEST).exists());
        }
        folders.iter().for_each(|folder| found.take(folder));
        if self.kind == Kind::Script {
            let apart = found.projects().map(|project| project.folder.clone()).collect();
            found.units.push(Unit::Script { script: self.folder.join(SCRIPT), apart });
        }
        found.units.sort_by_key(Unit::slowness);
        found
    }
}

fn sub_folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    folders.filter(|path| !is_made(path)).collect()
}

/// Whether a folder is that of the handlers of a clone.
fn is_of_clone(folder: &Path) -> bool {
    let is_beside_manifest = folder.parent().is_some_and(|clone| clone.join(MANIFEST).is_file());
    is_beside_manifest && folder.ends_with("handlers") && folder.join(SCRIPT).is_file()
}

/// A folder's name with what tells it from others of that name.
fn own_name(folder: &Path) -> String {
    let digest = Digest::of(folder.as_os_str().as_encoded_bytes()).to_string();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}-{digest:.8}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[&str]) {
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
    }

    fn look(folder: &Path) -> Found {
        match Sources::find(Some(folder), Path::new("/"), Path::new("/data")) {
            Sources::Root(root) => root.look(),
            Sources::None | Sources::Built(_) => Found::default(),
        }
    }

    fn names(found: &Found) -> Vec<&str> {
        found.units.iter().map(Unit::name).collect()
    }

    #[test]
    fn a_clone_stands_for_its_handlers_and_nothing_else_is_built_unless_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (here, data) = (folder.path(), folder.path().join("data"));
        assert_eq!(Sources::find(None, here, &data), Sources::None);
        assert_eq!(Sources::find(Some(here), here, &data), Sources::Built(here.canonicalize().unwrap()));
        write(here, &["handlers/build.sh"]);
        assert_eq!(Sources::find(None, here, &data), Sources::None, "this is no clone");
        write(here, &["Cargo.toml"]);
        let found = Sources::find(None, here, &data);
        assert_eq!(found.folder(), Some(here.join("data-handlers").as_path()));
        assert_eq!(Sources::find(Some(here), Path::new("/"), &data), found);
        assert_eq!(Sources::find(Some(&here.join("handlers")), Path::new("/"), &data), found);
        write(here, &["others/build.sh"]);
        assert_ne!(Sources::find(Some(&here.join("others")), here, &data).folder(), found.folder());
    }

    #[test]
    fn a_project_is_built_alone_and_a_folder_of_projects_one_by_one_the_slow_last() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        write(here, &["a/handler.py", "b/handler.js", "c/main.go", "d/handler.c", "e/README.md", ".f/a.c"]);
        assert_eq!(names(&look(here)), ["d", "c", "b", "a"]);
        assert_eq!(names(&look(&here.join("b"))), ["b"]);
        let outs = [here.join("b"), here.to_owned()].map(|folder| {
            Sources::find(Some(&folder), here, Path::new("/data")).folder().unwrap().to_owned()
        });
        assert_ne!(outs[0], outs[1], "handlers of one folder do not run with those of another");
    }

    #[test]
    fn what_is_ambiguous_is_told_and_the_rest_is_built() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &["a/a.c", "a/b.py", "b/b.c", "c/c.c", "c/b.toml"]);
        let found = look(folder.path());
        assert_eq!(names(&found), ["b"]);
        assert!(
            found.left_out[0].contains("a' is left out: it has sources in several languages (c, python)")
        );
        assert!(found.left_out[1].contains("c' is left out: its handler is called 'b', as that of"));
    }

    #[test]
    fn a_script_builds_crates_and_the_workbench_what_stands_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        write(here, &["build.sh", "Cargo.toml", "a/Cargo.toml", "a/tool.py", "b/handler.py", "c/handler.c"]);
        let found = look(here);
        assert_eq!((names(&found), found.left_out.len()), (vec!["c", "handlers", "b"], 0));
        let script = &found.units[1];
        let of_script = ["a/Cargo.toml", "c", "b", "target", "a/.git"]
            .map(|path| !script.passes_over(&here.canonicalize().unwrap().join(path)));
        assert_eq!(of_script, [true, false, false, false, false]);
    }

    #[test]
    fn a_workspace_of_crates_is_a_folder_of_projects() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &["a/Cargo.toml"]);
        fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = ['a']\n").unwrap();
        assert_eq!(names(&look(folder.path())), ["a"]);
    }
}
