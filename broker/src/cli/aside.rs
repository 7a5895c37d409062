//! What commands say beside their answer: how far they are, what was not as it should be, that something is done.
//!
//! Nobody need read it. Where it cannot be written, since the pipe is closed or the disk full, the command goes on with its
//! work, and its exit code speaks. An answer itself is printed by [`print`](super::files::print), which ends there.

use std::fmt;
use std::io::{self, Write};

/// Says a line on standard error, if it can be written.
macro_rules! tell {
    ($($words:tt)*) => { $crate::cli::aside::line(format_args!($($words)*), ::std::io::stderr()) };
}

/// Says a line on standard output, if it can be written.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::aside::line(format_args!($($words)*), ::std::io::stdout()) };
}

/// Writes a line, at once, so that those of several threads do not mix.
pub(super) fn line(words: fmt::Arguments<'_>, mut to: impl Write) {
    let _: io::Result<()> = to.write_all(format!("{words}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_written_whole_and_nobody_need_read_it() {
        let mut out = Vec::new();
        line(format_args!("{} of {}", 1, 2), &mut out);
        assert_eq!(out, b"1 of 2\n");
        line(format_args!("nobody reads this"), Closed);
    }
}
