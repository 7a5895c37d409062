//! A disk of a few MiB that a test can fill: a tmpfs in a mount namespace of its own, which nothing else sees.
//!
//! The namespace is held by a process that leaves when this value is dropped, or when the test dies. A broker enters
//! it, as often as it is started; the test reaches in by the holder's root. It needs root, or a system on which users
//! may make namespaces.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::philae;

const HOLD: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec cat >/dev/null"#;

/// The disk, and the process that holds it.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Child,
    folder: TempDir,
    is_root: bool,
}

impl SmallDisk {
    /// Makes a disk of so many MiB; none, with a line in the test's output, where the system does not let us.
    ///
    /// # Errors
    /// There is no temporary folder to mount it on.
    pub fn make(size_mib: u32) -> Result<Option<Self>> {
        for (is_root, flags) in [(true, "-m"), (false, "-rm")] {
            let folder = tempfile::tempdir()?;
            let mut command = Command::new("unshare");
            command.args([flags, "sh", "-c", HOLD, "sh", &format!("{size_mib}m")]).arg(folder.path());
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let Ok(mut holder) = command.spawn() else { break };
            let mut said = String::new();
            if let Some(output) = holder.stdout.take() {
                BufReader::new(output).read_line(&mut said)?;
            }
            let disk = Self { holder, folder, is_root };
            if said == "mounted\n" {
                return Ok(Some(disk));
            }
        }
        eprintln!(
            "NO SMALL DISK: this system lets us mount none, neither as root nor in a namespace of our own"
        );
        Ok(None)
    }

    /// The folder on which the disk is mounted, as whoever has entered the namespace sees it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command that runs Philae where the disk is, to be given to [`Philae::start_by`](philae::Philae::start_by).
    ///
    /// # Errors
    /// Philae does not build.
    pub fn philae(&self) -> Result<Command> {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !self.is_root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg(philae::binary()?);
        Ok(command)
    }

    /// Adds so many KiB to the file that takes the room.
    ///
    /// # Errors
    /// The disk is full: [`io::ErrorKind::StorageFull`].
    pub fn fill(&self, kib: usize) -> io::Result<()> {
        let mut file = File::options().append(true).create(true).open(self.filler())?;
        file.write_all(&vec![b'x'; kib * 1024])
    }

    /// Takes all the room there is.
    ///
    /// # Errors
    /// The file cannot be written for another reason.
    pub fn fill_up(&self) -> Result<()> {
        for kib in [256, 4] {
            let full = std::iter::repeat_with(|| self.fill(kib)).find_map(io::Result::err);
            let full = full.context("it is never full")?;
            ensure!(full.kind() == io::ErrorKind::StorageFull, "cannot fill the disk: {full}");
        }
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// Nothing had been filled.
    pub fn make_room(&self) -> io::Result<()> {
        fs::remove_file(self.filler())
    }

    /// The same folder, as whoever has not entered the namespace reaches it.
    #[must_use]
    pub fn inside(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder().strip_prefix("/").unwrap_or(self.folder()))
    }

    fn filler(&self) -> PathBuf {
        self.inside().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Both fail only for a child that has been waited for already.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
