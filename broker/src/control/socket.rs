//! Where the socket stands, however long the path of its folder: an address of the system's holds some hundred bytes, and
//! what is longer is reached through the folder, opened.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// The socket's name in the data folder.
const NAME: &str = "control.sock";
/// The bytes of a path that an address holds, with the zero behind it.
const ADDRESS_BYTES: usize = 108;

/// The socket's path as the system takes it, for as long as this is kept.
pub(super) struct Address {
    path: PathBuf,
    _folder: Option<OwnedFd>,
}

impl Address {
    /// That of the socket in a data folder.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let path = socket(folder);
        if path.as_os_str().len() < ADDRESS_BYTES {
            return Ok(Self { path, _folder: None });
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder, flags, Mode::empty())?;
        let path = format!("/proc/self/fd/{}/{NAME}", folder.as_raw_fd()).into();
        Ok(Self { path, _folder: Some(folder) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The socket's path as an operator knows it.
pub(crate) fn socket(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Connects to the broker that runs on a data folder.
///
/// # Errors
/// The system's: nobody listens there, or not for this user.
pub(crate) fn connect(folder: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(Address::of(folder)?.path())
}

/// Connects as [`connect`] does, without blocking.
///
/// # Errors
/// As [`connect`].
pub(crate) async fn connect_async(folder: &Path) -> io::Result<tokio::net::UnixStream> {
    tokio::net::UnixStream::connect(Address::of(folder)?.path()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn the_socket_of_a_folder_with_any_path_is_reached() {
        let root = tempfile::tempdir().unwrap();
        for length in [1, 60, 108, 250] {
            let folder = root.path().join("d".repeat(length));
            std::fs::create_dir(&folder).unwrap();
            assert_eq!(connect(&folder).unwrap_err().kind(), io::ErrorKind::NotFound);
            let _listener = UnixListener::bind(Address::of(&folder).unwrap().path()).unwrap();
            assert!(socket(&folder).exists());
            connect(&folder).unwrap();
        }
    }
}
