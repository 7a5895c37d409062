//! Where an export goes: beside its place until it is whole, so that nothing half stands under its name.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};

/// The place of an export. Dropping it removes what was not put there.
#[derive(Debug)]
pub(crate) enum Place {
    /// Standard output.
    Output,
    /// A pipe or a device, which is written to and stays what it is.
    Open(PathBuf),
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
    /// A folder stands where a file is to be.
    #[error("'{}' is a folder; choose another name, or let it end in / to fill it", .0.display())]
    NoFile(PathBuf),
    /// It has no name.
    #[error("'{}' is no name of a file or a folder to be made", .0.display())]
    Nameless(PathBuf),
}

impl Place {
    /// The place of that name, if it is free; a file may be replaced, and an empty folder. A link is followed.
    ///
    /// # Errors
    /// A [`PlaceError`].
    pub(crate) fn choose(target: &Path, is_folder: bool, may_replace: bool) -> Result<Self, PlaceError> {
        if target.as_os_str() == "-" {
            return Ok(Self::Output);
        }
        // Without the slash that tells a folder.
        let target: PathBuf = target.components().collect();
        if target.file_name().is_none() {
            return Err(PlaceError::Nameless(target));
        }
        let is_open = |found: &fs::Metadata| !found.is_file() && !found.is_dir();
        // Before the link is followed: that of standard output leads to a name that there is not.
        if !is_folder && fs::metadata(&target).is_ok_and(|found| is_open(&found)) {
            return Ok(Self::Open(target));
        }
        let target = fs::canonicalize(&target).unwrap_or(target);
        match target.symlink_metadata() {
            Ok(found) if found.is_dir() && is_folder => {
                if fs::read_dir(&target).map_or(true, |mut entries| entries.next().is_some()) {
                    return Err(PlaceError::Folder(target));
                }
            }
            Ok(found) if found.is_dir() => return Err(PlaceError::NoFile(target)),
            Ok(_) if is_folder || !may_replace => return Err(PlaceError::Taken(target)),
            Ok(_) | Err(_) => {}
        }
        // A name of its own: that of the target may be as long as a name can be.
        let beside = target.with_file_name(format!(".{:016x}.part", fastrand::u64(..)));
        let may_replace = may_replace || is_folder;
        Ok(Self::Path(Beside { target, beside, may_replace, is_taken: false }))
    }

    /// Whether somebody looks at what is written.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Self::Output) && io::stdout().is_terminal()
    }

    /// The file to write.
    pub(super) fn file(&mut self) -> io::Result<Box<dyn Write + Send>> {
        match self {
            Self::Output => Ok(Box::new(io::stdout())),
            Self::Open(path) => Ok(Box::new(File::options().write(true).open(path)?)),
            Self::Path(place) => Ok(Box::new(File::create_new(&place.beside)?)),
        }
    }

    /// The folder to fill.
    pub(super) fn folder(&mut self) -> io::Result<PathBuf> {
        match self {
            Self::Output | Self::Open(_) => Err(io::Error::other("a folder is no output")),
            Self::Path(place) => fs::create_dir(&place.beside).map(|()| place.beside.clone()),
        }
    }

    /// Puts what was written in its place.
    pub(super) fn take(mut self) -> io::Result<()> {
        match &mut self {
            Self::Output => io::stdout().flush(),
            Self::Open(_) => Ok(()),
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
        let path = folder.path().canonicalize().unwrap();
        assert_eq!(Place::choose(folder.path(), true, true).unwrap_err(), PlaceError::Folder(path.clone()));
        assert_eq!(Place::choose(folder.path(), false, true).unwrap_err(), PlaceError::NoFile(path));
    }

    #[test]
    fn a_link_is_followed_and_a_device_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["x.csv", "link.csv"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut place = Place::choose(&link, false, true).unwrap();
        place.file().unwrap().write_all(b"new").unwrap();
        place.take().unwrap();
        assert!(link.is_symlink() && fs::read(&file).unwrap() == b"new");
        let [device, to_device] = [Path::new("/dev/null"), &folder.path().join("null")];
        std::os::unix::fs::symlink(device, to_device).unwrap();
        for (path, is_forced) in [(device, false), (device, true), (to_device, true)] {
            let mut place = Place::choose(path, false, is_forced).unwrap();
            assert!(matches!(&place, Place::Open(_)));
            place.file().unwrap().write_all(b"gone").unwrap();
            place.take().unwrap();
        }
        let longest = folder.path().join(format!("{}.csv", "x".repeat(251)));
        let mut place = Place::choose(&longest, false, false).unwrap();
        place.file().unwrap().write_all(b"kept").unwrap();
        place.take().unwrap();
        assert_eq!(fs::read(longest).unwrap(), b"kept");
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
