//! The path of a Unix socket, as both listening and connecting write it.

use std::path::{Path, PathBuf};

use super::EndpointError;
use super::arguments::{assign, escape};

/// The longest path in bytes that `sockaddr_un` holds with its closing NUL, on Linux.
pub(super) const LONGEST_PATH: usize = 107;

/// Reads what follows `unix:`: a path, which may also be named by `key`.
pub(super) fn parse(text: &str, key: &'static str) -> Result<PathBuf, EndpointError> {
    let [path] = assign(text, [key])?;
    let path = path.filter(|path| !path.is_empty()).ok_or(EndpointError::Missing { part: key })?;
    if path.contains('\0') {
        return Err(EndpointError::Nul);
    }
    if path.len() > LONGEST_PATH {
        return Err(EndpointError::LongPath { length: path.len() });
    }
    Ok(PathBuf::from(path))
}

/// Writes the canonical form that [`parse`] reads back.
pub(super) fn display(path: &Path) -> String {
    format!("unix:{}", escape(&path.to_string_lossy()))
}
