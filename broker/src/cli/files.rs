//! Files on the command line or standard input, and what commands say of them.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Read, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;

use super::EXIT_FAILED;
use crate::plain::plain;

/// A file that was named, or standard input where `-` stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a>(pub(super) &'a PathBuf);

impl Named<'_> {
    /// All that is in it.
    pub(super) fn read(self) -> io::Result<Bytes> {
        if !self.is_input() {
            return fs::read(self.0).map(Bytes::from);
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    /// What it is called, as it is: for JSON, and for what makes it plain itself.
    pub(super) fn name(self) -> String {
        if self.is_input() { "standard input".to_owned() } else { self.0.display().to_string() }
    }

    fn is_input(self) -> bool {
        self.0.as_os_str() == "-"
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.name()))
    }
}

/// What a path is called, fit for a terminal: the names of files may be strangers'.
pub(super) fn plain_name(path: &Path) -> String {
    plain(&path.display().to_string())
}

/// The whole path, since compilers work in other folders.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Prints a text, and ends with 0 if all of it could be written.
pub(super) fn print_all(text: impl AsRef<[u8]>) -> ExitCode {
    print(|out| out.write_all(text.as_ref()).map(|()| true))
}

/// Prints what is told, and ends with 0 if all is as it was asked for, with 1 if not.
pub(super) fn print(tell: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<bool>) -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    match tell(&mut out).and_then(|is_good| out.flush().map(|()| is_good)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            // Nobody reads what we print any more: no fault of ours, yet not all was told.
            if error.kind() != io::ErrorKind::BrokenPipe {
                tell!("philae: cannot write: {error}");
            }
            ExitCode::from(EXIT_FAILED)
        }
    }
}
