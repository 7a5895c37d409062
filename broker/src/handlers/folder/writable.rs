//! Whether the broker's own user could replace its handlers.
//!
//! A handler that gets out of its sandbox has the rights of the broker's user. If that user can write the handlers
//! folder, it can also grant itself whatever it likes, for good. So: deploy as one user, serve as another.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

/// The bit of a folder's mode that lets only its owner and a file's rename or remove that file.
const STICKY: u32 = 0o1000;

/// Whether the user whom the broker runs as could write a folder, a file in it, or a folder that it lies in, and so put
/// another in its place. One that cannot be looked at counts as not writable.
#[must_use]
pub fn writable_by_self(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let is_open = |path: &Path| Facts::of(path).is_some_and(Facts::are_open);
    let is_replaceable = |path: &Path| Facts::of(path).is_some_and(Facts::let_replace);
    let files = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
    is_open(&folder)
        || folder.ancestors().skip(1).any(is_replaceable)
        || files.into_iter().any(|file| is_open(&file.path()))
}

/// What decides whether something can be written by us.
#[derive(Debug, Clone, Copy)]
struct Facts {
    access: Result<(), Errno>,
    is_own: bool,
    is_sticky: bool,
}

impl Facts {
    fn of(path: &Path) -> Option<Self> {
        let data = fs::metadata(path).ok()?;
        Some(Self {
            access: accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS),
            is_own: data.uid() == rustix::process::geteuid().as_raw(),
            is_sticky: data.mode() & STICKY != 0,
        })
    }

    /// Whoever owns it may give himself the right, unless the disk is read-only.
    fn are_open(self) -> bool {
        self.access.is_ok() || (self.is_own && self.access != Err(Errno::ROFS))
    }

    /// Whether what lies in a folder of these facts, and is not ours, could be put aside.
    fn let_replace(self) -> bool {
        self.are_open() && (self.is_own || !self.is_sticky)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: Result<(), Errno> = Err(Errno::ACCESS);

    fn facts(access: Result<(), Errno>, is_own: bool, is_sticky: bool) -> Facts {
        Facts { access, is_own, is_sticky }
    }

    #[test]
    fn a_folder_of_our_own_is_writable_and_a_missing_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(writable_by_self(folder.path()));
        assert!(!writable_by_self(&folder.path().join("gone")));
    }

    #[test]
    fn an_owner_may_write_whatever_the_mode_says() {
        assert!(facts(Ok(()), false, false).are_open());
        assert!(facts(DENIED, true, false).are_open());
        assert!(!facts(DENIED, false, false).are_open());
        assert!(!facts(Err(Errno::ROFS), true, false).are_open());
    }

    #[test]
    fn a_sticky_folder_of_others_protects_what_lies_in_it() {
        assert!(facts(Ok(()), false, false).let_replace());
        assert!(!facts(Ok(()), false, true).let_replace());
        assert!(facts(DENIED, true, true).let_replace());
    }
}
