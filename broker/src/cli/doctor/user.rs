//! The user who runs the broker, and what may be done as him.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};
use rustix::process::{getegid, geteuid, getgroups};

use crate::handlers::replaceable;

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    /// Its name, or its number if it has none.
    pub(super) name: String,
    pub(super) id: u32,
    groups: Vec<u32>,
}

/// Something that may be done with a file or folder, as the bit of a mode that permits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    Read = 4,
    Write = 2,
    /// To go through a folder.
    Enter = 1,
}

impl User {
    /// A user by name or number, as the system knows it.
    ///
    /// # Errors
    /// There is no such user, or the system cannot be asked.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        if name.starts_with('-') {
            return Err(format!("there is no user '{name}'"));
        }
        let id =
            asked("-u", name)?.parse().map_err(|_| format!("the number of user '{name}' is not known"))?;
        let groups = asked("-G", name)?.split_whitespace().filter_map(|group| group.parse().ok()).collect();
        Ok(Self { name: asked("-un", name).unwrap_or_else(|_| name.to_owned()), id, groups })
    }

    /// The user of a number, or the one who calls.
    ///
    /// # Errors
    /// As [`named`](Self::named).
    pub(super) fn of(id: Option<u32>) -> Result<Self, String> {
        match id {
            Some(id) if id != geteuid().as_raw() => {
                // A number that nobody has is a user all the same.
                Ok(Self::named(&id.to_string()).unwrap_or(Self {
                    name: id.to_string(),
                    id,
                    groups: Vec::new(),
                }))
            }
            Some(_) | None => Ok(Self::own()),
        }
    }

    /// The one who calls.
    pub(super) fn own() -> Self {
        let id = geteuid().as_raw();
        let mut groups = vec![getegid().as_raw()];
        groups.extend(getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
        Self { name: asked("-un", &id.to_string()).unwrap_or_else(|_| id.to_string()), id, groups }
    }

    /// Whether it is the one who calls.
    pub(super) fn is_caller(&self) -> bool {
        self.id == geteuid().as_raw()
    }

    /// Whether it may do something with what is there.
    pub(super) fn may(&self, path: &Path, right: Right) -> bool {
        if self.is_caller() {
            let access = match right {
                Right::Read => Access::READ_OK,
                Right::Write => Access::WRITE_OK,
                Right::Enter => Access::EXEC_OK,
            };
            return accessat(CWD, path, access, AtFlags::EACCESS).is_ok();
        }
        if right == Right::Write && is_read_only(path) {
            return false;
        }
        let Ok(data) = fs::metadata(path) else { return false };
        self.id == 0 || self.bits(data.uid(), data.gid(), data.mode()) & right as u32 != 0
    }

    /// The first folder on the way to a path that it cannot go through.
    pub(super) fn barred_by(&self, path: &Path) -> Option<PathBuf> {
        let path = path.canonicalize().ok()?;
        let mut above: Vec<_> = path.ancestors().skip(1).collect();
        above.reverse();
        above.into_iter().find(|folder| !self.may(folder, Right::Enter)).map(Path::to_owned)
    }

    /// What it could write and so put something else in the place of a file, or of a folder or a file in it: that itself, or
    /// a folder that it lies in. Whoever owns something may give himself the right.
    pub(super) fn could_replace(&self, path: &Path) -> Option<PathBuf> {
        replaceable(path, self.id, |file| self.could_write(file))
    }

    fn could_write(&self, path: &Path) -> bool {
        let is_own = || fs::metadata(path).is_ok_and(|data| data.uid() == self.id);
        self.may(path, Right::Write) || (is_own() && !is_read_only(path))
    }

    fn bits(&self, owner: u32, group: u32, mode: u32) -> u32 {
        match () {
            () if owner == self.id => mode >> 6,
            () if self.groups.contains(&group) => mode >> 3,
            () => mode,
        }
    }
}

/// Whether the file system that something lies on is mounted read-only, whatever modes say.
pub(super) fn is_read_only(path: &Path) -> bool {
    statvfs(path).is_ok_and(|volume| volume.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// What the system says of a user: it knows those of directories in the network too.
fn asked(what: &str, name: &str) -> Result<String, String> {
    let output = Command::new("id").args([what, "--", name]).output();
    let output = output.map_err(|error| format!("cannot ask for user '{name}': {error}"))?;
    let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() { Ok(told) } else { Err(format!("there is no user '{name}'")) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn nobody() -> User {
        User { name: "x".to_owned(), id: 12_345_678, groups: vec![7] }
    }

    #[test]
    fn the_nearest_of_owner_group_and_others_decides() {
        let user = nobody();
        assert_eq!(user.bits(12_345_678, 7, 0o407), 0o4, "an owner has the owner's bits, be they fewer");
        assert_eq!(user.bits(1, 7, 0o740) & 0o7, 0o4);
        assert_eq!(user.bits(1, 1, 0o742) & 0o7, 0o2);
    }

    #[test]
    fn what_others_may_write_could_be_replaced_and_what_is_above_a_sticky_folder_not() {
        let folder = tempfile::tempdir().unwrap();
        let (open, file) = (folder.path().join("open"), folder.path().join("open/file"));
        fs::create_dir(&open).unwrap();
        fs::write(&file, "").unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for (path, bits) in [(folder.path(), 0o755), (open.as_path(), 0o755), (file.as_path(), 0o644)] {
            mode(path, bits);
        }
        assert_eq!(nobody().could_replace(&file), None);
        assert!(nobody().may(&file, Right::Read) && !nobody().may(&file, Right::Write));
        mode(&open, 0o777);
        assert_eq!(nobody().could_replace(&file), Some(open.canonicalize().unwrap()));
        mode(&open, 0o1777);
        assert_eq!(nobody().could_replace(&file), None);
        mode(folder.path(), 0o700);
        assert_eq!(nobody().barred_by(&file), Some(folder.path().canonicalize().unwrap()));
    }

    #[test]
    fn a_user_that_there_is_not_is_named() {
        assert!(User::named("no such user").is_err_and(|error| error.contains("'no such user'")));
        assert!(User::named("--help").is_err());
        assert_eq!(User::named("0").unwrap().id, 0);
    }
}
