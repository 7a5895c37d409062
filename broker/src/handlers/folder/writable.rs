//! Whether the broker's own user could replace its handlers.
//!
//! A handler that gets out of its sandbox has the rights of the broker's user. If that user can write the handlers
//! folder, it can also grant itself whatever it likes, for good. So: deploy as one user, serve as another.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

/// The bit of a folder's mode that lets only its owner and a file's rename or remove that file.
const STICKY: u32 = 0o1000;
/// Links in a row that are followed, as Linux does.
const MAX_LINKS: usize = 40;

/// Whether the user whom the broker runs as could put another in the place of a folder, or of a file in it. What cannot be
/// looked at counts as not writable.
#[must_use]
pub fn writable_by_self(folder: &Path) -> bool {
    let id = rustix::process::geteuid().as_raw();
    replaceable(folder, id, |path| Facts::of(path).is_some_and(Facts::are_open)).is_some()
}

/// What a user could write and so put something else in the place of a file, or of a folder or a file in it: that itself, or
/// a folder on the way to it. Links lead on: whoever may write where one points, replaces it as well.
pub fn replaceable(path: &Path, id: u32, could_write: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let canonical = path.canonicalize().ok()?;
    let files = fs::read_dir(&canonical).into_iter().flatten().flatten().map(|file| file.path());
    let files: Vec<_> = files.collect();
    let within = std::iter::once(&canonical).chain(&files).find(|file| could_write(file));
    let could_put_aside = |(file, folder): &(PathBuf, PathBuf)| {
        let is_of = |path: &Path| fs::symlink_metadata(path).is_ok_and(|data| data.uid() == id);
        let is_sticky = fs::metadata(folder).is_ok_and(|data| data.mode() & STICKY != 0);
        could_write(folder) && (!is_sticky || is_of(folder) || is_of(file))
    };
    let links = files.iter().filter(|file| file.is_symlink()).map(PathBuf::as_path);
    let mut ways = std::iter::once(path).chain(links).flat_map(way);
    let on_the_way = || Some(ways.find(could_put_aside)?.1);
    within.cloned().or_else(on_the_way)
}

/// What is gone through to a file: each thing with the folder that it lies in, of the path as it stands, of every link that
/// it leads to, and of where it ends.
fn way(path: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut stops = Vec::from_iter(std::path::absolute(path));
    while let Some(Ok(to)) = stops.last().filter(|_| stops.len() < MAX_LINKS).map(fs::read_link) {
        let above = stops.last().and_then(|link| link.parent()).unwrap_or(Path::new("/"));
        stops.push(above.join(to));
    }
    stops.extend(path.canonicalize());
    let pairs = |stop: PathBuf| -> Vec<_> {
        let pair = |(file, folder): (&Path, &Path)| (file.to_owned(), folder.to_owned());
        stop.ancestors().zip(stop.ancestors().skip(1)).map(pair).collect()
    };
    stops.into_iter().flat_map(pairs).collect()
}

/// What decides whether something can be written by us.
#[derive(Debug, Clone, Copy)]
struct Facts {
    access: Result<(), Errno>,
    is_own: bool,
}

impl Facts {
    fn of(path: &Path) -> Option<Self> {
        let data = fs::metadata(path).ok()?;
        Some(Self {
            access: accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS),
            is_own: data.uid() == rustix::process::geteuid().as_raw(),
        })
    }

    /// Whoever owns it may give himself the right, unless the disk is read-only.
    fn are_open(self) -> bool {
        self.access.is_ok() || (self.is_own && self.access != Err(Errno::ROFS))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const DENIED: Result<(), Errno> = Err(Errno::ACCESS);

    fn facts(access: Result<(), Errno>, is_own: bool) -> Facts {
        Facts { access, is_own }
    }

    /// What somebody who owns nothing could replace who may write what everybody may.
    fn by_a_stranger(path: &Path) -> Option<PathBuf> {
        let may_write = |path: &Path| fs::metadata(path).is_ok_and(|data| data.mode() & 0o002 != 0);
        replaceable(path, 12_345_678, may_write)
    }

    #[test]
    fn a_folder_of_our_own_is_writable_and_a_missing_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert!(writable_by_self(folder.path()));
        assert!(!writable_by_self(&folder.path().join("gone")));
    }

    #[test]
    fn an_owner_may_write_whatever_the_mode_says() {
        assert!(facts(Ok(()), false).are_open());
        assert!(facts(DENIED, true).are_open());
        assert!(!facts(DENIED, false).are_open());
        assert!(!facts(Err(Errno::ROFS), true).are_open());
    }

    #[test]
    fn a_linked_handler_is_replaced_where_the_link_ends_unless_the_folder_there_is_sticky() {
        let above = tempfile::tempdir().unwrap();
        let (handlers, elsewhere) = (above.path().join("handlers"), above.path().join("elsewhere"));
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for folder in [&handlers, &elsewhere] {
            fs::create_dir(folder).unwrap();
            mode(folder, 0o755);
        }
        let module = elsewhere.join("a.wasm");
        fs::write(&module, "").unwrap();
        mode(&module, 0o644);
        symlink(&module, handlers.join("a.wasm")).unwrap();
        assert_eq!(by_a_stranger(&handlers), None);
        mode(&elsewhere, 0o777);
        assert_eq!(by_a_stranger(&handlers), Some(elsewhere.clone()));
        mode(&elsewhere, 0o1777);
        assert_eq!(by_a_stranger(&handlers), None);
    }

    #[test]
    fn a_link_on_the_way_is_replaced_by_who_may_write_its_folder() {
        let above = tempfile::tempdir().unwrap();
        let (open, handlers) = (above.path().join("open"), above.path().join("handlers"));
        for folder in [&open, &handlers] {
            fs::create_dir(folder).unwrap();
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(&handlers, open.join("link")).unwrap();
        assert_eq!(by_a_stranger(&open.join("link")), None);
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(by_a_stranger(&open.join("link")), Some(open));
    }
}
