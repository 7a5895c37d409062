//! Folders for a while: what is put into them is gone in the end, also when the work was stopped or failed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that is removed, with all that is in it, when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one in another folder, which is made if it is not there; its name begins with `prefix`.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn make(within: &Path, prefix: &str) -> io::Result<Self> {
        fs::create_dir_all(within)?;
        let path = within.join(format!("{prefix}-{:08x}", fastrand::u32(..)));
        fs::create_dir(&path).map(|()| Self(path))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of it disturbs nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_for_a_while_is_gone_in_the_end_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let within = folder.path().join("not/there/yet");
        let [one, other] = [(); 2].map(|()| Scratch::make(&within, ".work").unwrap());
        fs::create_dir(one.path().join("inside")).unwrap();
        fs::write(one.path().join("inside/file"), "").unwrap();
        let path = one.path().to_owned();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with(".work-"));
        drop(one);
        assert!(!path.exists() && other.path().is_dir());
    }
}
