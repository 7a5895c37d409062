//! Folders that a user has for a program, by the XDG base directory specification.

use std::env;
use std::path::PathBuf;

/// Philae's folder of that name in the one that a variable names, else in one below `HOME`, else among what may go.
pub(super) fn user_folder(variable: &str, below_home: &str, name: &str) -> PathBuf {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)));
    folder.unwrap_or_else(env::temp_dir).join("philae").join(name)
}
