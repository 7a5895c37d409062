//! Where what the tests build and fetch is kept.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folder that cargo builds into: the one it tags as a cache, above this executable.
pub(crate) fn folder() -> Result<PathBuf> {
    let executable = env::current_exe().context("cannot find this executable")?;
    let tagged = executable.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(tagged.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Path::to_path_buf))
}
