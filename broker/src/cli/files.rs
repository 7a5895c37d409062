//! Files on the command line or standard input, and what commands say of them.

use std::fmt;
use std::fs;
use std::io::{self, BufWriter, Read, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;

use super::EXIT_FAILED;

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

    fn is_input(self) -> bool {
        self.0.as_os_str() == "-"
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_input() { f.write_str("standard input") } else { self.0.display().fmt(f) }
    }
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
