//! Where an export goes: beside its place until it is whole, so that nothing half stands under its name.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};
use rustix::process::getpid;

/// The place of an export. Dropping it removes what was not put there.
#[derive(Debug)]
pub(crate) enum Place {
    /// Standard output.
    Output,
    /// A file or a folder.
    Path(Beside),
}

/// Something that is written beside its place.
#[derive(Debug)]
pub(crate) struct Beside {
    target: PathBuf,
    beside: PathBuf,
    may_replace: bool,
    is_taken: bool,
}

/// Why an export cannot go somewhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    /// Something stands there.
    #[error("'{}' is there already; choose another name, or replace it with --force", .0.display())]
    Taken(PathBuf),
    /// A folder stands there, which is never replaced.
    #[error("the folder '{}' is there already and not empty; choose another name", .0.display())]
    Folder(PathBuf),
    /// It has no name.
    #[error("'{}' is no name of a file or a folder to be made", .0.display())]
    Nameless(PathBuf),
}

impl Place {
    /// The place of that name, if it is free; a file may be replaced, and an empty folder.
    ///
    /// # Errors
    /// A [`PlaceError`].
    pub(crate) fn choose(target: &Path, is_folder: bool, may_replace: bool) -> Result<Self, PlaceError> {
        if target.as_os_str() == "-" {
            return Ok(Self::Output);
        }
        // Without the slash that tells a folder.
        let target: PathBuf = target.components().collect();
        let Some(name) = target.file_name() else { return Err(PlaceError::Nameless(target)) };
        if target.is_dir() {
            let is_empty = fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_none());
            if !(is_folder && is_empty) {
                return Err(PlaceError::Folder(target));
            }
        } else if target.symlink_metadata().is_ok() && (is_folder || !may_replace) {
            return Err(PlaceError::Taken(target));
        }
        let beside = format!(".{}.{}.part", name.to_string_lossy(), getpid().as_raw_nonzero());
        let beside = target.with_file_name(beside);
        let may_replace = may_replace || is_folder;
        Ok(Self::Path(Beside { target, beside, may_replace, is_taken: false }))
    }

    /// The file to write.
    pub(super) fn file(&mut self) -> io::Result<Box<dyn Write + Send>> {
        match self {
            Self::Output => Ok(Box::new(io::stdout())),
            Self::Path(place) => Ok(Box::new(File::create(&place.beside)?)),
        }
    }

    /// The folder to fill.
    pub(super) fn folder(&mut self) -> io::Result<PathBuf> {
        match self {
            Self::Output => Err(io::Error::other("a folder is no output")),
            Self::Path(place) => fs::create_dir(&place.beside).map(|()| place.beside.clone()),
        }
    }

    /// Puts what was written in its place.
    pub(super) fn take(mut self) -> io::Result<()> {
        match &mut self {
            Self::Output => io::stdout().flush(),
            Self::Path(place) => place.take(),
        }
    }
}

impl Beside {
    fn take(&mut self) -> io::Result<()> {
        // What is not on the disk must not have the name.
        let written = File::open(&self.beside)?;
        if self.beside.is_dir() {
            syncfs(&written)?;
        } else {
            written.sync_all()?;
        }
        let flags = if self.may_replace { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        match renameat_with(CWD, &self.beside, CWD, &self.target, flags) {
            // Some file systems cannot look and rename at once; it was looked before.
            Err(rustix::io::Errno::INVAL) => fs::rename(&self.beside, &self.target)?,
            renamed => renamed?,
        }
        self.is_taken = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.is_taken {
            // One of them is not there, or both.
            let _ = fs::remove_file(&self.beside);
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_kept_and_nothing_half_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x.tar");
        let mut place = Place::choose(&target, false, false).unwrap();
        place.file().unwrap().write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(place);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&target, "mine").unwrap();
        assert_eq!(Place::choose(&target, false, false).unwrap_err(), PlaceError::Taken(target.clone()));
        let mut place = Place::choose(&target, false, true).unwrap();
        place.file().unwrap().write_all(b"new").unwrap();
        place.take().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let taken = Place::choose(folder.path(), true, true).unwrap_err();
        assert_eq!(taken, PlaceError::Folder(folder.path().to_owned()));
    }

    #[test]
    fn what_came_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x.tar");
        let mut place = Place::choose(&target, false, false).unwrap();
        place.file().unwrap().write_all(b"ours").unwrap();
        fs::write(&target, "theirs").unwrap();
        assert_eq!(place.take().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
