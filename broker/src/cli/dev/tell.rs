//! What `philae dev` says of builds, as lines of its log.
//!
//! `build` is what is built; `said` goes on with the line after it, and `words` are those of a compiler.

use tracing::{debug, error, info, warn};

use crate::plain::excerpt;

/// Something was built.
pub(super) fn built(build: &str, said: &str) {
    info!(build, said = excerpt(said), "build");
}

/// Something that is of interest to few.
pub(super) fn aside(build: &str, said: &str) {
    debug!(build, said = excerpt(said), "build");
}

/// Something that is to be seen to, and hinders nothing else.
pub(super) fn trouble(build: &str, said: &str) {
    warn!(build, said = excerpt(said), "build");
}

/// Something that could not be done.
pub(super) fn failure(build: &str, said: &str) {
    error!(build, said = excerpt(said), "build");
}

/// A line of a compiler.
pub(super) fn words(build: &str, words: &str) {
    info!(build, words = excerpt(words), "build");
}
