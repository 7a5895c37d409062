//! Sources, watched by looking: what was saved since it was last built.
//!
//! A file is told from an earlier state by its size and its time. What differs is due once it has been the same for [`QUIET`], so
//! that files which are saved together are built together. What was saved last comes first; what was never built comes
//! after that, in the order in which it is handed over. Time is an argument; nothing here waits or builds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::units::Unit;

/// How long sources must have been the same; less than the time between two looks.
const QUIET: Duration = Duration::from_millis(150);
/// How deep folders are looked into.
const DEPTH: usize = 8;
/// How many files of a unit are watched, and looked for: more than anybody writes by hand.
const FILES: usize = 10_000;

/// The files of a unit, each with its size and its time.
pub(super) type Stamps = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// What was seen of units, by their folders.
#[derive(Debug, Default)]
pub(super) struct Watch(BTreeMap<PathBuf, Seen>);

#[derive(Debug)]
struct Seen {
    stamps: Stamps,
    since: Duration,
    /// Of the last build, as it began.
    built: Option<Stamps>,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// Which of those that were handed over.
    pub(super) index: usize,
    /// The files that differ from the last build, if there was one.
    pub(super) changed: Option<Vec<PathBuf>>,
}

impl Watch {
    /// Takes in what is seen now, and says what is due next, which counts as built from now on. `now` counts from any start.
    pub(super) fn look(&mut self, units: Vec<(PathBuf, Stamps)>, now: Duration) -> Option<Due> {
        let mut next = None;
        for (index, (folder, stamps)) in units.into_iter().enumerate() {
            let new = || Seen { stamps: Stamps::new(), since: now, built: None };
            let seen = self.0.entry(folder.clone()).or_insert_with(new);
            if seen.stamps != stamps {
                (seen.stamps, seen.since) = (stamps, now);
            }
            let is_due = seen.built.as_ref() != Some(&seen.stamps) && now.saturating_sub(seen.since) >= QUIET;
            // The last of the changed, else the first of the others.
            let rank = seen.built.as_ref().map(|_| seen.since);
            if is_due && next.as_ref().is_none_or(|(_, _, best)| rank > *best) {
                next = Some((index, folder, rank));
            }
        }
        let (index, folder, _) = next?;
        let seen = self.0.get_mut(&folder)?;
        let before = seen.built.replace(seen.stamps.clone());
        Some(Due { index, changed: before.map(|before| difference(&before, &seen.stamps)) })
    }
}

fn difference(before: &Stamps, after: &Stamps) -> Vec<PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let other = after.iter().filter(|(path, stamp)| before.get(*path) != Some(stamp)).map(|(path, _)| path);
    gone.chain(other).cloned().collect()
}

/// The files of a unit as they are now.
pub(super) fn stamps(unit: &Unit) -> Stamps {
    let mut stamps = Stamps::new();
    take(unit, unit.folder(), DEPTH, &mut stamps);
    stamps
}

fn take(unit: &Unit, folder: &Path, depth: usize, stamps: &mut Stamps) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| !unit.passes_over(path)) {
        if stamps.len() >= FILES {
            return;
        }
        // A link to a folder may lead anywhere; one to a file counts as the file.
        let is_link = path.is_symlink();
        let Ok(data) = fs::metadata(&path) else { continue };
        if data.is_dir() && !is_link && depth > 0 {
            take(unit, &path, depth - 1, stamps);
        } else if data.is_file() {
            stamps.insert(path, (data.len(), data.modified().ok()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::Project;

    const SECOND: Duration = Duration::from_secs(1);

    fn of(name: &str, size: u64) -> (PathBuf, Stamps) {
        (PathBuf::from(name), Stamps::from([(Path::new(name).join("a.c"), (size, None))]))
    }

    fn indices(watch: &mut Watch, units: &[(PathBuf, Stamps)], now: Duration) -> Vec<usize> {
        std::iter::from_fn(|| watch.look(units.to_vec(), now)).map(|due| due.index).collect()
    }

    #[test]
    fn all_is_built_in_order_once_it_is_quiet_and_then_nothing() {
        let (mut watch, units) = (Watch::default(), [of("a", 1), of("b", 1)]);
        assert_eq!(watch.look(units.to_vec(), SECOND), None);
        assert_eq!(watch.look(units.to_vec(), 2 * SECOND), Some(Due { index: 0, changed: None }));
        assert_eq!(indices(&mut watch, &units, 2 * SECOND), [1]);
        assert_eq!(watch.look(units.to_vec(), 3 * SECOND), None);
    }

    #[test]
    fn what_was_saved_last_comes_first() {
        let mut watch = Watch::default();
        let units = [of("a", 1), of("b", 1)];
        watch.look(units.to_vec(), SECOND);
        indices(&mut watch, &units, 2 * SECOND);
        watch.look([of("a", 2), of("b", 1), of("c", 1)].to_vec(), 3 * SECOND);
        let units = [of("a", 2), of("b", 2), of("c", 1)];
        watch.look(units.to_vec(), 3 * SECOND + QUIET / 2);
        assert_eq!(indices(&mut watch, &units, 4 * SECOND), [1, 0, 2]);
    }

    #[test]
    fn what_is_saved_while_it_is_built_is_built_again() {
        let mut watch = Watch::default();
        watch.look(vec![of("a", 1)], SECOND);
        assert!(watch.look(vec![of("a", 1)], 2 * SECOND).is_some());
        assert_eq!(watch.look(vec![of("a", 2)], 9 * SECOND), None, "it may not be whole yet");
        let changed = Some(vec![Path::new("a").join("a.c")]);
        assert_eq!(watch.look(vec![of("a", 2)], 10 * SECOND), Some(Due { index: 0, changed }));
    }

    #[test]
    fn what_compilers_make_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alert");
        let made = ["target/a.o", ".build-1/a", "node_modules/a/b.js", "alert.wasm", "Cargo.lock", "a.c~"];
        for file in ["a.c", "src/b.h"].iter().chain(&made) {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let unit = Unit::Project(Project::open(&path, None).unwrap());
        let path = path.canonicalize().unwrap();
        let seen: Vec<_> = stamps(&unit).into_keys().collect();
        assert_eq!(seen, [path.join("a.c"), path.join("src/b.h")]);
    }
}
