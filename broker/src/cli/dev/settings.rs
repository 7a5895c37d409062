//! The settings of projects, beside the modules that run.
//!
//! They are copied when there are none, and anew when they are saved, as long as nobody has changed the copy by hand: what was
//! copied last is kept aside, to tell.

use std::fs;
use std::io;
use std::path::Path;

use crate::workbench::Project;

/// What became of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copied {
    /// The copy was as it should be, or there is nothing to copy.
    Nothing,
    /// They were copied.
    Anew,
    /// They differ, and the copy was changed by hand.
    Kept,
}

/// Brings the copy in `out` up to date; `aside` has what was copied last.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn copy(project: &Project, out: &Path, aside: &Path) -> io::Result<Copied> {
    let Some(own) = project.settings() else { return Ok(Copied::Nothing) };
    let name = format!("{}.toml", project.name);
    let (copy, last) = (out.join(&name), aside.join(&name));
    let own = fs::read(own)?;
    let is = match (read(&copy)?, read(&last)?) {
        (Some(copied), _) if copied == own => Copied::Nothing,
        (Some(copied), last) if last.as_ref() != Some(&copied) => return Ok(Copied::Kept),
        _ => Copied::Anew,
    };
    fs::create_dir_all(aside)?;
    if is == Copied::Anew {
        write(&copy, &own)?;
    }
    // Noted once it is there: if this fails, the copy is what is wanted all the same.
    write(&last, &own)?;
    Ok(is)
}

/// Writes a file whole or not at all, since the broker may read it meanwhile.
///
/// # Errors
/// It cannot be written.
pub(super) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    // No name of a module or of settings: nobody takes it for one.
    let part = path.with_extension("toml.part");
    let written = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_copied_anew_until_somebody_changes_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let (own, copied) = (folder.path().join("alert/alert.toml"), folder.path().join("alert.toml"));
        fs::create_dir(folder.path().join("alert")).unwrap();
        fs::write(folder.path().join("alert/a.c"), "").unwrap();
        let project = Project::open(&folder.path().join("alert"), None).unwrap();
        let copy = || copy(&project, folder.path(), &folder.path().join(".aside")).unwrap();
        assert_eq!(copy(), Copied::Nothing, "it has none");
        for text in ["one", "two"] {
            fs::write(&own, text).unwrap();
            assert_eq!((copy(), copy()), (Copied::Anew, Copied::Nothing));
            assert_eq!(fs::read_to_string(&copied).unwrap(), text);
        }
        fs::write(&copied, "by hand").unwrap();
        fs::write(&own, "three").unwrap();
        assert_eq!((copy(), fs::read_to_string(&copied).unwrap().as_str()), (Copied::Kept, "by hand"));
        fs::remove_file(&copied).unwrap();
        assert_eq!(copy(), Copied::Anew);
    }
}
