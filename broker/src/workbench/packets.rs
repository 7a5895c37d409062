//! Packets that are named on a command line: files, and folders with all that is in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders within folders that are gone into; links may lead in a circle.
const DEPTH: u32 = 32;

/// The files that some paths stand for: a file, or `-`, for itself; a folder for the `.xml` files in it and in the folders
/// in it, sorted.
///
/// # Errors
/// The first folder that cannot be read.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, DEPTH, &mut all).map_err(|error| (path.clone(), error))?;
        } else {
            all.push(path.clone());
        }
    }
    Ok(all)
}

fn walk(folder: &Path, depth: u32, all: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut inner =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    inner.sort();
    for path in inner {
        if path.is_dir() {
            if depth > 0 {
                walk(&path, depth - 1, all)?;
            }
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
            all.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_packets_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("a")).unwrap();
        for name in ["a/2.xml", "a/1.XML", "a/notes.txt", "b.xml"] {
            fs::write(path(name), "").unwrap();
        }
        let found = files(&[folder.path().to_owned(), "-".into(), path("a/notes.txt")]).unwrap();
        let expected = [path("a/1.XML"), path("a/2.xml"), path("b.xml"), "-".into(), path("a/notes.txt")];
        assert_eq!(found, expected);
    }
}
