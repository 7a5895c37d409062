//! The tail in memory.

use super::*;
use crate::store::Tail;

fn after(running: &Running, after: u64) -> (Tail, Vec<u64>) {
    let mut entries = Vec::new();
    let tail = running.store.tail_after(Seq(after), ALL, &mut entries);
    (tail, entries.iter().map(|entry| entry.seq.0).collect())
}

fn running(tail_entries: usize, tail_bytes: usize, events: &[&str]) -> (TempDir, Running) {
    let folder = folder();
    let options = StoreOptions { tail_entries, tail_bytes, ..StoreOptions::default() };
    let running = Running::open_with(folder.path(), &options);
    for text in events {
        running.commit(text);
    }
    (folder, running)
}

#[test]
fn reader_at_the_head_is_up_to_date() {
    let (_folder, running) = running(8, 1 << 20, &["a"]);
    assert_eq!(after(&running, 1), (Tail::UpToDate, vec![]));
    assert_eq!(after(&running, 7), (Tail::UpToDate, vec![]));
}

#[test]
fn reader_gets_all_that_follows_in_order() {
    let (_folder, running) = running(8, 1 << 20, &["a", "b", "c"]);
    assert_eq!(after(&running, 0), (Tail::Filled, vec![1, 2, 3]));
    assert_eq!(after(&running, 2), (Tail::Filled, vec![3]));
}

#[test]
fn tail_is_bounded_by_count() {
    let (_folder, running) = running(2, 1 << 20, &["a", "b", "c"]);
    assert_eq!(after(&running, 0), (Tail::Behind, vec![]));
    assert_eq!(after(&running, 1), (Tail::Filled, vec![2, 3]));
}

#[test]
fn entry_beyond_the_bytes_of_the_tail_is_read_from_the_log() {
    let large = "x".repeat(5000);
    let (_folder, running) = running(8, 4000, &["a", &large]);
    assert_eq!(after(&running, 1), (Tail::Behind, vec![]));
    assert_eq!(running.store.read_after(Seq(1), ALL).unwrap()[0].bytes.len(), 5000);
}

#[test]
fn reader_of_a_reopened_store_reads_the_log_first() {
    let (folder, running) = running(8, 1 << 20, &["a", "b"]);
    running.close();
    let running = Running::open(folder.path());
    assert_eq!(after(&running, 1), (Tail::Behind, vec![]));
    assert_eq!(after(&running, 2), (Tail::UpToDate, vec![]));
    running.commit("c");
    assert_eq!(after(&running, 2), (Tail::Filled, vec![3]));
}

#[test]
fn head_is_seen_only_with_its_entry() {
    let (_folder, running) = running(8, 1 << 20, &[]);
    let mut head = running.store.watch_head();
    running.commit("a");
    assert!(head.has_changed().unwrap());
    assert_eq!(*head.borrow_and_update(), Seq(1));
    assert_eq!(after(&running, 0), (Tail::Filled, vec![1]));
}

#[test]
fn what_was_imported_pushes_nothing_out_and_is_passed_in_one_step() {
    let (_folder, running) = running(2, 1 << 20, &["a", "b", "c"]);
    for text in ["1", "2", "3", "4"] {
        running.submit(imported(text)).unwrap();
    }
    assert_eq!(after(&running, 1), (Tail::Filled, vec![2, 3]));
    assert_eq!(after(&running, 3), (Tail::Passed(Seq(7)), vec![]));
    assert_eq!(after(&running, 5), (Tail::Passed(Seq(7)), vec![]));
    assert_eq!(after(&running, 7), (Tail::UpToDate, vec![]));
    running.commit("d");
    assert_eq!(after(&running, 2), (Tail::Filled, vec![3, 8]));
    assert_eq!([0, 2, 3, 5, 8].map(|place| running.store.ahead(Seq(place))), [8, 2, 1, 1, 0]);
}
