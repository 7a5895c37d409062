//! Damage to the files, done for real.

use super::*;
use crate::store::{OpenError, mark::MarkFile};
use std::{io::Write, os::unix::fs::FileExt, path::PathBuf};

/// Reaches into what the journal says about the records after the packet: fjall drops the rest without an error.
const BEYOND_THE_PACKET: usize = 600;
/// Stays within the packet: fjall finds a wrong checksum and opens nothing.
const WITHIN_THE_PACKET: usize = 8;

fn journal(folder: &Path) -> PathBuf {
    let journals = fs::read_dir(folder.join("db")).unwrap().map(|item| item.unwrap().path());
    journals.filter(|path| path.extension().is_some_and(|e| e == "jnl")).max().unwrap()
}

/// A killed store of ten entries, zeroed for so many bytes from where the journal first names the sixth packet.
fn damaged(zeroed: usize) -> TempDir {
    let original = folder();
    let running = Running::open(original.path());
    for n in 1..=10 {
        running.commit(&format!("packet-{n:04}-{}", "x".repeat(200)));
    }
    // The mark follows the answer, and a kill between the two is not what this is about.
    let mark = MarkFile::open(&original.path().join("mark")).unwrap();
    eventually(|| mark.read().unwrap().is_some_and(|mark| mark.head == Seq(10)));
    let killed = copy(original.path());
    let path = journal(killed.path());
    let bytes = fs::read(&path).unwrap();
    let at = bytes.windows(11).position(|window| window == b"packet-0006").unwrap();
    fs::File::options().write(true).open(path).unwrap().write_all_at(&vec![0; zeroed], at as u64).unwrap();
    killed
}

#[test]
fn entries_lost_from_the_journal_are_reported_once_and_their_places_never_reused() {
    let killed = damaged(BEYOND_THE_PACKET);
    let running = Running::open(killed.path());
    let damage = running.store.new_damages()[0];
    assert_eq!((damage.lost_from, damage.lost_to), (Seq(6), Seq(10)));
    assert_eq!((running.places(), running.store.head()), (vec![1, 2, 3, 4, 5], Seq(10)));
    assert_eq!(running.commit("after"), new(11));
    running.close();
    let running = Running::open(killed.path());
    assert!(running.store.new_damages().is_empty());
    assert_eq!((running.store.damages(), running.store.head()), (&[damage][..], Seq(11)));
}

#[test]
fn lost_entries_are_accepted_again_and_others_are_not() {
    let running = Running::open(damaged(BEYOND_THE_PACKET).path());
    let text = |n: u32| format!("packet-{n:04}-{}", "x".repeat(200));
    assert_eq!(running.commit(&text(8)), new(11));
    assert_eq!(running.commit(&text(3)), Committed::Duplicate { seq: Seq(3) });
}

#[test]
fn damaged_journal_is_set_aside_whole() {
    let killed = damaged(BEYOND_THE_PACKET);
    let running = Running::open(killed.path());
    let kept = fs::read_dir(killed.path().join("damaged/lost-from-6")).unwrap().next().unwrap().unwrap();
    let bytes = fs::read(kept.path()).unwrap();
    assert!(bytes.windows(11).any(|window| window == b"packet-0010"));
    drop(running);
}

#[test]
fn database_that_does_not_open_is_refused_with_a_remedy() {
    let killed = damaged(WITHIN_THE_PACKET);
    let refusal = Store::open(killed.path(), &StoreOptions::default()).map(|_| ()).unwrap_err();
    assert!(matches!(refusal, OpenError::Damaged { .. }));
    assert!(refusal.to_string().contains("move it aside"));
    assert!(killed.path().join("damaged/opening").exists());
}

#[test]
fn half_written_batch_at_the_end_is_no_damage() {
    let original = folder();
    let running = Running::open(original.path());
    running.commit("a");
    let killed = copy(original.path());
    let bytes = fs::read(journal(killed.path())).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1;
    let file = fs::File::options().write(true).open(journal(killed.path())).unwrap();
    file.write_all_at(b"\x01\x03\0\0\0half a batch", end).unwrap();
    let reopened = Running::open(killed.path());
    assert!(reopened.store.new_damages().is_empty());
    assert_eq!((reopened.places(), reopened.commit("b")), (vec![1], new(2)));
    assert!(!killed.path().join("damaged").exists());
}

#[test]
fn index_that_names_no_entry_is_no_duplicate() {
    let folder = folder();
    Running::open(folder.path()).commit("a");
    let engine = crate::store::engine::Engine::open(&folder.path().join("db")).unwrap();
    let mut batch = engine.batch();
    batch.remove(&engine.log, 1_u64.to_be_bytes());
    engine.commit(batch, crate::store::engine::Durability::OnDisk).unwrap();
    drop(engine);
    let running = Running::open(folder.path());
    assert_eq!(running.store.new_damages()[0].lost_from, Seq(1));
    assert_eq!(running.commit("a"), new(2));
}

#[test]
fn unreadable_mark_does_not_keep_the_store_shut() {
    let folder = folder();
    Running::open(folder.path()).commit("a");
    fs::File::options().write(true).open(folder.path().join("mark")).unwrap().write_all(b"??").unwrap();
    assert_eq!(Running::open(folder.path()).places(), [1]);
}
