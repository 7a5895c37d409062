//! Stores that are read while no broker has them open.

use super::*;
use crate::store::{Snapshot, SnapshotError, Wanted, mark::MarkFile};

fn texts(snapshot: &Snapshot, wanted: &Wanted) -> Vec<String> {
    let mut span = snapshot.span(wanted).unwrap();
    let mut texts = Vec::new();
    while !span.is_empty() {
        let piece = snapshot.read_span(&mut span, Limit { entries: 7, bytes: usize::MAX }).unwrap();
        texts.extend(piece.iter().map(|entry| String::from_utf8_lossy(&entry.bytes).into_owned()));
    }
    texts
}

/// Every file of a store but the lock, with its bytes.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = listing(folder).into_iter().map(|(path, _)| path).filter(|path| path.is_file());
    files.filter(|path| !path.ends_with("lock")).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_closed_store_is_read_as_it_is_and_not_changed() {
    let folder = folder();
    let running = Running::open(folder.path());
    (1..=30).for_each(|n| drop(running.commit(&format!("e{n}"))));
    running.close();
    let before = content(folder.path());
    let snapshot = Snapshot::take(folder.path()).unwrap();
    assert_eq!(texts(&snapshot, &Wanted::default()), (1..=30).map(|n| format!("e{n}")).collect::<Vec<_>>());
    assert_eq!(texts(&snapshot, &Wanted { last: Some(2), ..Wanted::default() }), ["e29", "e30"]);
    drop(snapshot);
    assert!(content(folder.path()) == before, "the folder was changed");
}

#[test]
fn a_killed_store_is_read_whole_and_its_mark_and_journals_stay_for_the_next_opening() {
    let folder = folder();
    let running = Running::open(folder.path());
    (1..=9).for_each(|n| drop(running.commit(&format!("e{n}"))));
    let mark = MarkFile::open(&folder.path().join("mark")).unwrap();
    eventually(|| mark.read().unwrap().is_some_and(|mark| mark.head == Seq(9)));
    let killed = copy(folder.path());
    let before = content(killed.path());
    assert_eq!(texts(&Snapshot::take(killed.path()).unwrap(), &Wanted::default()).len(), 9);
    assert!(content(killed.path()) == before, "the folder was changed");
    let running = Running::open(killed.path());
    assert_eq!((running.store.head(), running.store.new_damages().len()), (Seq(9), 0));
}

#[test]
fn a_broker_may_start_and_write_while_a_snapshot_is_read() {
    let folder = folder();
    let running = Running::open(folder.path());
    (1..=3).for_each(|n| drop(running.commit(&format!("e{n}"))));
    running.close();
    let snapshot = Snapshot::take(folder.path()).unwrap();
    let running = Running::open(folder.path());
    assert_eq!(running.commit("later"), new(4));
    running.close();
    assert_eq!(texts(&snapshot, &Wanted::default()), ["e1", "e2", "e3"]);
}

#[test]
fn what_a_killed_reader_left_is_removed_by_the_next_to_come() {
    let folder = folder();
    Running::open(folder.path()).close();
    let left = folder.path().join("reading-0");
    fs::create_dir_all(left.join("db")).unwrap();
    fs::write(left.join("in-use"), "").unwrap();
    let snapshot = Snapshot::take(folder.path()).unwrap();
    assert!(!left.exists());
    let others = Snapshot::take(folder.path()).unwrap();
    assert!(texts(&snapshot, &Wanted::default()).is_empty() && texts(&others, &Wanted::default()).is_empty());
}

#[test]
fn what_is_left_of_a_snapshot_without_its_lock_is_removed_too() {
    let folder = folder();
    Running::open(folder.path()).close();
    let left = folder.path().join("reading-0");
    fs::create_dir_all(left.join("db")).unwrap();
    fs::write(left.join("db/0.jnl"), "half").unwrap();
    drop(Snapshot::take(folder.path()).unwrap());
    assert!(!left.exists());
}

#[test]
fn where_there_is_nothing_to_read_is_told_and_left_alone() {
    let folder = folder();
    let take = |path: &Path| Snapshot::take(path).unwrap_err();
    assert!(matches!(take(&folder.path().join("nowhere")), SnapshotError::NoFolder(_)));
    assert!(matches!(take(folder.path()), SnapshotError::NoStore(_)));
    fs::write(folder.path().join("thesis.tex"), "").unwrap();
    assert!(matches!(take(folder.path()), SnapshotError::NoStore(_)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let open = tempfile::tempdir().unwrap();
    let _running = Running::open(open.path());
    let error = take(open.path());
    assert!(
        matches!(&error, SnapshotError::InUse { holder, .. } if holder.process == Some(std::process::id()))
    );
}
