//! What a language costs: the project of its template, built, loaded and called, each step timed.
//!
//! All languages do the same job, that of `handler new`, so that their costs can be compared. Code is compiled into a cache of
//! its own, and so is cold the first time and warm the second. What compilers keep for later builds is left as it is found.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::build::{BuildError, Means, build};
use super::handed::{Handed, HandedError};
use super::language::Language;
use super::packets::files;
use super::project::{Project, ProjectError};
use super::rig::{Rig, RigError};
use super::template::{NewError, new_project};
use crate::handlers::{HandlerName, NameError};
use crate::host::{Host, HostError, HostOptions};

/// What the project is called.
const NAME: &str = "compared";

/// A project that was built and loaded, ready to be called.
#[derive(Debug)]
pub(crate) struct Costed {
    /// How long the compiler took, and how long again without any change.
    pub(crate) builds: [Duration; 2],
    /// The size of the module.
    pub(crate) size_bytes: usize,
    /// How long it took to load, compiled and from the cache.
    pub(crate) loads: [Duration; 2],
    rig: Rig,
    packets: Vec<PathBuf>,
}

/// What calls cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calls {
    /// The median time of a call.
    pub(crate) median: Duration,
    /// The linear memory of the largest.
    pub(crate) memory_bytes: usize,
}

/// Why a language cannot be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CostError {
    /// The name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The project cannot be made.
    #[error(transparent)]
    New(#[from] NewError),
    /// It is none.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// It does not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What was built is not found.
    #[error(transparent)]
    Handed(#[from] HandedError),
    /// Handlers cannot be run.
    #[error("cannot run handlers: {0}")]
    Host(#[from] HostError),
    /// It does not load.
    #[error(transparent)]
    Load(#[from] RigError),
    /// Its packets cannot be read.
    #[error("cannot read '{path}': {error}", path = .path.display())]
    Packets {
        /// Where they are.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A call failed.
    #[error("it does not handle {0}")]
    Call(String),
}

impl Costed {
    /// Makes, builds and loads the project of a language in an empty folder; `clone` has the SDK for Rust. Takes as long as
    /// compiling does, and must not be called where tasks run.
    ///
    /// # Errors
    /// A [`CostError`].
    pub(crate) fn prepare(
        language: Language,
        folder: &Path,
        means: &Means,
        clone: Option<&Path>,
    ) -> Result<Self, CostError> {
        let path = new_project(&HandlerName::parse(NAME)?, language, folder, clone)?;
        let project = Project::open(&path, Some(language))?;
        let first = build(&project, &path, means, |_| {})?;
        first.place()?;
        let again = build(&project, &path, means, |_| {})?;
        let handed = Handed::find(&path)?;
        let cache = folder.join("compiled");
        let load = || {
            let host = Host::start(&HostOptions { max_calls: 1, ..HostOptions::new(cache.clone()) })?;
            let start = Instant::now();
            let rig = Rig::load(&handed, &host, None)?;
            Ok::<_, CostError>((start.elapsed(), rig))
        };
        let (cold, _) = load()?;
        let (warm, rig) = load()?;
        let samples = handed.samples.clone().unwrap_or_default();
        let packets = files(&[samples]).map_err(|(path, error)| CostError::Packets { path, error })?;
        Ok(Self {
            builds: [first.took, again.took],
            size_bytes: first.bytes.len(),
            loads: [cold, warm],
            rig,
            packets,
        })
    }

    /// Calls it so many times for each of its sample packets.
    ///
    /// # Errors
    /// A [`CostError`].
    pub(crate) async fn call(&mut self, times: usize) -> Result<Calls, CostError> {
        let source: Arc<str> = "bench".into();
        let (mut took, mut memory_bytes) = (Vec::new(), 0);
        for path in &self.packets {
            let packet = fs::read(path).map_err(|error| CostError::Packets { path: path.clone(), error })?;
            for _ in 0..times {
                let called = self.rig.call(path.display().to_string(), packet.clone().into(), &source).await;
                let (time, memory) =
                    called.spent().ok_or_else(|| CostError::Call(called.lines().join("\n")))?;
                took.push(time);
                memory_bytes = memory_bytes.max(memory);
            }
        }
        took.sort_unstable();
        Ok(Calls { median: took.get(took.len() / 2).copied().unwrap_or_default(), memory_bytes })
    }
}
