//! The folders of handlers, watched by looking: what came, went or was changed since the last look.
//!
//! A handler is `NAME.wasm`, with `NAME.toml` beside it or not. Whoever watches looks every 250 ms or so; a change is
//! told once what is there has been the same for [`STEADY`], from one look to the next: a file that is still being
//! copied is never told, a module and settings that come together are told together, and a file that is removed only to
//! be written anew was changed. A folder that cannot be read keeps what it had. Whatever else is odd is told once, for
//! the operator to mend. Time is an argument and nothing waits; it does touch the disk, so look where that is no harm.
//!
//! ```text
//!        ┌──────────── differs from the last look: since = now ───────────┐
//!        ▼                                                                │
//!     seen, since ── the same, for STEADY ──> differs from what was told? ┴─ yes ──> Change
//! ```

mod files;
mod listing;
mod name;
mod notice;
mod stamp;
mod steady;
mod writable;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

pub use files::{Files, ReadError, ReadFiles};
pub use name::{HandlerName, NameError};
pub use notice::{Notice, Oddity};
pub use writable::{replaceable, writable_by_self};

use listing::Listing;
use steady::Steady;

/// How long what is seen must have been the same before it is told; less than the time between two looks.
const STEADY: Duration = Duration::from_millis(200);

/// What is different from what was told before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There is a handler that was not there.
    Appeared(Files),
    /// A handler has another module, or other settings.
    Changed {
        /// Its files as they are now.
        files: Files,
        /// Which of them differ.
        what: What,
    },
    /// A handler is there no more. One that was renamed appears under its new name.
    Removed(HandlerName),
    /// Something that is no handler, but for the operator to know.
    Noticed(Notice),
}

/// Which files of a handler differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The module.
    Module,
    /// The settings; they may have come or gone.
    Settings,
    /// The module and the settings.
    Both,
}

/// The folders of handlers, and what was told of them.
#[derive(Debug)]
pub struct Watch {
    /// Each with what it held when it could last be read.
    folders: Vec<(PathBuf, Listing)>,
    handlers: BTreeMap<HandlerName, Steady<Files>>,
    oddities: BTreeMap<PathBuf, Steady<Oddity>>,
}

impl Watch {
    /// Folders of which nothing was told yet; where two have a handler of the same name, the first one's is it.
    #[must_use]
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folders = folders.into_iter().map(|folder| (folder, Listing::default())).collect();
        Self { folders, handlers: BTreeMap::new(), oddities: BTreeMap::new() }
    }

    /// Looks, and says what is different and steady; what is gone comes first. `now` counts from any start.
    pub fn look(&mut self, now: Duration) -> Vec<Change> {
        self.look_for(now, STEADY)
    }

    /// Looks because somebody asked for it: what differs is told at once, without waiting whether it is steady.
    pub fn look_again(&mut self, now: Duration) -> Vec<Change> {
        self.look_for(now, Duration::ZERO)
    }

    fn look_for(&mut self, now: Duration, steady: Duration) -> Vec<Change> {
        let (mut files, mut odd) = self.scan();
        let mut changes = Vec::new();
        let names: BTreeSet<HandlerName> = self.handlers.keys().chain(files.keys()).cloned().collect();
        for name in names {
            let handler = self.handlers.entry(name.clone()).or_insert_with(|| Steady::new(now));
            let Some((before, after)) = handler.look(files.remove(&name), now, steady) else { continue };
            changes.extend(change(name, before, after));
        }
        changes.sort_by_key(|change| !matches!(change, Change::Removed(_)));
        let paths: BTreeSet<PathBuf> = self.oddities.keys().chain(odd.keys()).cloned().collect();
        for path in paths {
            let oddity = self.oddities.entry(path.clone()).or_insert_with(|| Steady::new(now));
            let Some((before, after)) = oddity.look(odd.remove(&path), now, steady) else { continue };
            changes.extend(Notice::between(path, before, after).map(Change::Noticed));
        }
        self.handlers.retain(|_, handler| !handler.is_nothing());
        self.oddities.retain(|_, oddity| !oddity.is_nothing());
        changes
    }

    /// The handlers that are there now, and what is odd.
    fn scan(&mut self) -> (BTreeMap<HandlerName, Files>, BTreeMap<PathBuf, Oddity>) {
        let mut handlers: BTreeMap<HandlerName, Files> = BTreeMap::new();
        let mut odd = BTreeMap::new();
        for (folder, listing) in &mut self.folders {
            if let Err(error) = listing.read(folder, &mut odd) {
                odd.insert(folder.clone(), Oddity::Unreadable(error.to_string()));
            }
            for files in listing.handlers() {
                if let Some(first) = handlers.get(&files.name) {
                    odd.insert(files.module, Oddity::Second { first: first.module.clone() });
                } else {
                    handlers.insert(files.name.clone(), files);
                }
            }
            odd.extend(listing.lone_settings().map(|path| (path, Oddity::Alone)));
        }
        (handlers, odd)
    }
}

fn change(name: HandlerName, before: Option<Files>, after: Option<Files>) -> Option<Change> {
    match (before, after) {
        (None, None) => None,
        (None, Some(files)) => Some(Change::Appeared(files)),
        (Some(_), None) => Some(Change::Removed(name)),
        (Some(before), Some(files)) => {
            let what = match (before.has_module_of(&files), before.has_settings_of(&files)) {
                (true, _) => What::Settings,
                (false, true) => What::Module,
                (false, false) => What::Both,
            };
            Some(Change::Changed { files, what })
        }
    }
}

#[cfg(test)]
mod tests;
