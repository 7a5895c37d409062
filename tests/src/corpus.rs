//! The corpus of real packets, where there is one.
//!
//! It is no part of the project. `VOEVENT_CORPUS` names its folder, else it is looked for beside the project; a test
//! that finds none says so and tests what it can without.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The corpus folder, or none with a line in the test's output.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let folder = std::env::var_os("VOEVENT_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("no corpus at {}: name one with VOEVENT_CORPUS", folder.display());
    None
}

/// The archived packets of a month, unpacked into `into`, in the order of their paths.
///
/// # Errors
/// The archive cannot be unpacked.
pub fn unpack_month(corpus: &Path, into: &Path) -> Result<Vec<Vec<u8>>> {
    let archive = corpus.join("bulk/2014-04.001.tar.bz2");
    let status = Command::new("tar").arg("-xjf").arg(&archive).arg("-C").arg(into).status();
    ensure!(status.context("cannot run tar")?.success(), "cannot unpack {}", archive.display());
    let mut paths = Vec::new();
    collect(into, &mut paths)?;
    paths.sort();
    paths.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}
