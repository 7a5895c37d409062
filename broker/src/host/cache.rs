//! Compiled code on disk, so that a broker starts at once.
//!
//! ```text
//! HANDLER-ENGINE-KIND.cwasm = SHA-256 of the code · the code
//! ```
//! An entry is named by the digest of the module and by what the engine says of its version and settings, so that nothing
//! stale is ever found. Entries are written aside and renamed, readable by their owner only, in a folder that nobody else
//! can write to; their digest is checked before they are run, so that a torn or rotten one is compiled anew. Code that was
//! not used for a month is removed at the start. Code is never taken from anywhere else.

mod thaw;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tracing::{debug, warn};
use vtp::Digest;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// How long an entry is kept that nobody asks for.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const ENDING: &str = "cwasm";
const DIGEST_BYTES: usize = 32;

/// The folder of compiled code, for one engine.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    engine: u64,
}

/// Kinds of compiled code.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Component,
    Module,
}

impl Cache {
    /// Opens the folder, which is made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made, or others can write to it.
    pub(super) fn open(folder: &Path, engine: &Engine) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let about = fs::metadata(folder)?;
        if about.mode() & 0o022 != 0 || about.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "it must belong to the broker's user, and nobody else may be able to write to it",
            ));
        }
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let cache = Self { folder: folder.to_owned(), engine: hasher.finish() };
        cache.sweep();
        Ok(cache)
    }

    /// A compiled component, from disk or by `compile`.
    pub(super) fn component(
        &self,
        engine: &Engine,
        revision: Digest,
        compile: impl FnOnce() -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<Component> {
        let path = self.path(revision, Kind::Component);
        if let Some(component) = read(&path).and_then(|code| thaw::component(engine, &code).ok()) {
            return Ok(component);
        }
        let component = compile()?;
        write(&path, &component.serialize()?);
        Ok(component)
    }

    /// A compiled core module, from disk or by `compile`.
    pub(super) fn module(
        &self,
        engine: &Engine,
        revision: Digest,
        compile: impl FnOnce() -> wasmtime::Result<Module>,
    ) -> wasmtime::Result<Module> {
        let path = self.path(revision, Kind::Module);
        if let Some(module) = read(&path).and_then(|code| thaw::module(engine, &code).ok()) {
            return Ok(module);
        }
        let module = compile()?;
        write(&path, &module.serialize()?);
        Ok(module)
    }

    fn path(&self, revision: Digest, kind: Kind) -> PathBuf {
        let kind = match kind {
            Kind::Component => "component",
            Kind::Module => "module",
        };
        self.folder.join(format!("{revision}-{:016x}-{kind}.{ENDING}", self.engine))
    }

    /// Removes what was not used for long, and what a crash left half written.
    fn sweep(&self) {
        let is_old = |path: &Path| {
            let used = fs::metadata(path).and_then(|about| about.modified());
            let age = used.ok().and_then(|used| SystemTime::now().duration_since(used).ok());
            age.is_some_and(|age| age > KEPT)
        };
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if ending.starts_with("part") || (ending == ENDING && is_old(&path)) {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// The code of an entry, if it is there and whole.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let mut digest = [0; DIGEST_BYTES];
    let mut code = Vec::new();
    let whole = file.read_exact(&mut digest).and_then(|()| file.read_to_end(&mut code));
    if whole.is_err() || Digest::of(&code).as_bytes() != &digest {
        warn!(path = %path.display(), "compiled handler is damaged, compiling it anew");
        return None;
    }
    // Only so that the sweep sees it was used.
    let _ = file.set_modified(SystemTime::now());
    Some(code)
}

/// Keeps an entry. If that fails the handler runs all the same, and is compiled again next time.
fn write(path: &Path, code: &[u8]) {
    let aside = path.with_extension(format!("part{:016x}", fastrand::u64(..)));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| file.write_all(Digest::of(code).as_bytes()).and_then(|()| file.write_all(code)))
        .and_then(|()| fs::rename(&aside, path));
    match written {
        Ok(()) => debug!(path = %path.display(), bytes = code.len(), "compiled handler kept"),
        Err(error) => {
            let _ = fs::remove_file(&aside);
            warn!(path = %path.display(), %error, "compiled handler cannot be kept");
        }
    }
}
