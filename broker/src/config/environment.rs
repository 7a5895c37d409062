//! The environment as far as the configuration depends on it: where state is kept.
//!
//! It is a value, so that configuration stays a function; the command line fills it from the process.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The variables that name a default data directory.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `STATE_DIRECTORY`, set by systemd for a unit with `StateDirectory=`: one path, or several with colons between.
    pub state_directory: Option<OsString>,
    /// `XDG_STATE_HOME` of the XDG base directory specification.
    pub xdg_state_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

impl Environment {
    /// The first of systemd's state directories, else `philae` in the user's state directory, if either is known.
    ///
    /// A path that is not absolute is passed over, as the XDG specification asks.
    #[must_use]
    pub fn data_dir(&self) -> Option<PathBuf> {
        let first = self.state_directory.as_deref().and_then(|all| {
            all.as_bytes()
                .split(|byte| *byte == b':')
                .next()
                .map(|path| Path::new(std::ffi::OsStr::from_bytes(path)))
        });
        first
            .filter(|path| path.is_absolute())
            .map(Path::to_owned)
            .or_else(|| Some(absolute(&self.xdg_state_home)?.join("philae")))
            .or_else(|| Some(absolute(&self.home)?.join(".local/state/philae")))
    }
}

fn absolute(variable: &Option<OsString>) -> Option<&Path> {
    variable.as_deref().map(Path::new).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_dir(state: &str, xdg: &str, home: &str) -> Option<PathBuf> {
        let [state_directory, xdg_state_home, home] = [state, xdg, home].map(|text| Some(text.into()));
        Environment { state_directory, xdg_state_home, home }.data_dir()
    }

    #[test]
    fn systemd_goes_before_xdg_and_xdg_before_home() {
        assert_eq!(data_dir("/var/lib/p:/b", "/x", "/h"), Some("/var/lib/p".into()));
        assert_eq!(data_dir("", "/x", "/h"), Some("/x/philae".into()));
        assert_eq!(data_dir("", "relative", "/h"), Some("/h/.local/state/philae".into()));
        assert_eq!(data_dir("", "", ""), None);
    }
}
