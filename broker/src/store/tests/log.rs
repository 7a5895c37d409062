//! The log, the seen index and the cursors.

use super::*;

#[test]
fn first_entry_has_place_one() {
    let folder = folder();
    let running = Running::open(folder.path());
    assert_eq!((running.store.head(), running.store.oldest()), (Seq::START, Seq(1)));
    assert_eq!(running.commit("a"), new(1));
    assert_eq!(running.store.head(), Seq(1));
}

#[test]
fn acknowledged_entry_survives_reopen() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit("a");
    let written = running.log();
    running.close();
    assert_eq!(Running::open(folder.path()).log(), written);
}

#[test]
fn acknowledged_entry_survives_a_kill() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit("a");
    let reopened = Running::open(copy(folder.path()).path());
    assert_eq!(reopened.log(), running.log());
    assert!(reopened.store.new_damages().is_empty());
}

#[test]
fn entry_keeps_what_was_submitted() {
    let folder = folder();
    let clock = TestClock::at("2026-04-06T12:00:00.123456789Z");
    let running =
        Running::open_with(folder.path(), &StoreOptions { clock: clock.clock(), ..StoreOptions::default() });
    running.commit("<packet/>");
    let mut recent = Vec::new();
    running.store.tail_after(Seq::START, ALL, &mut recent);
    assert_eq!(recent, running.log());
    let entry = &recent[0];
    assert_eq!(entry.received, "2026-04-06T12:00:00.123456Z".parse::<Timestamp>().unwrap());
    assert_eq!((&entry.bytes[..], &*entry.source), (&b"<packet/>"[..], "author 192.0.2.1:4711"));
    assert_eq!((&*entry.role, entry.digest), ("observation", Digest::of(b"<packet/>")));
}

#[test]
fn duplicate_names_the_first() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit("a");
    running.commit("b");
    assert_eq!(running.commit("a"), Committed::Duplicate { seq: Seq(1) });
    assert_eq!(running.places(), [1, 2]);
}

#[test]
fn duplicates_of_one_group_give_one_entry() {
    let folder = folder();
    let running = Running::open(folder.path());
    let answers = running.commit_together(vec![Submission::event(draft("a")); 40]);
    assert_eq!(answers[0], new(1));
    assert!(answers[1..].iter().all(|answer| *answer == Committed::Duplicate { seq: Seq(1) }));
    assert_eq!(running.places(), [1]);
}

#[test]
fn same_ivoid_with_other_bytes_is_accepted_as_a_conflict() {
    let folder = folder();
    let running = Running::open(folder.path());
    assert_eq!(running.commit("name/1"), new(1));
    assert_eq!(running.commit("name/2"), Committed::New { seq: Seq(2), conflict: true });
    assert_eq!(running.log().iter().map(|entry| entry.conflict).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn flags_are_kept_beside_a_conflict() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit("name/1");
    running.submit(Submission::event(Draft { is_flagged: true, ..draft("name/2") })).unwrap();
    running.submit(Submission::event(Draft { is_imported: true, hops: 15, ..draft("other") })).unwrap();
    running.close();
    let reopened = Running::open(folder.path());
    let marks = |entry: &Arc<Entry>| (entry.conflict, entry.is_flagged, entry.is_imported, entry.hops);
    let marks: Vec<_> = reopened.log().iter().map(marks).collect();
    assert_eq!(marks, [(false, false, false, 0), (true, true, false, 0), (false, false, true, 15)]);
}

#[test]
fn what_was_imported_is_a_duplicate_when_it_comes_in_and_the_other_way_round() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit("a");
    running.submit(imported("b")).unwrap();
    assert_eq!(running.submit(imported("a")).unwrap(), Committed::Duplicate { seq: Seq(1) });
    assert_eq!(running.commit("b"), Committed::Duplicate { seq: Seq(2) });
    assert_eq!(running.log().iter().map(|entry| entry.is_imported).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn conflict_is_seen_within_a_group() {
    let folder = folder();
    let running = Running::open(folder.path());
    let pair = ["name/1", "name/2"].map(|text| Submission::event(draft(text)));
    assert_eq!(running.commit_together(pair.into())[1], Committed::New { seq: Seq(2), conflict: true });
}

#[test]
fn cursor_and_event_are_committed_together() {
    let folder = folder();
    let running = Running::open(folder.path());
    let name = CursorName::new("upstream host:8099");
    assert_eq!(running.store.cursor(&name).unwrap(), None);
    running.submit(Submission::event(draft("a")).with_cursor(name.clone(), "17")).unwrap();
    let reopened = Running::open(copy(folder.path()).path());
    assert_eq!(reopened.store.cursor(&name).unwrap().as_deref(), Some("17"));
    assert_eq!(reopened.places(), [1]);
}

#[test]
fn cursor_moves_without_an_event() {
    let folder = folder();
    let running = Running::open(folder.path());
    let name = CursorName::new("upstream");
    let moved = Submission::cursor(name.clone(), "18");
    assert_eq!(running.submit(moved).unwrap(), Committed::Cursor);
    let reopened = Running::open(copy(folder.path()).path());
    assert_eq!(reopened.store.cursor(&name).unwrap().as_deref(), Some("18"));
}

#[test]
fn answers_come_in_the_order_of_submission() {
    let folder = folder();
    let running = Running::open(folder.path());
    let events = (0..700).map(|n| Submission::event(draft(&n.to_string()))).collect();
    let answers = running.commit_together(events);
    assert_eq!(answers, (1..=700).map(new).collect::<Vec<_>>());
}

#[test]
fn closing_commits_what_was_waiting() {
    let folder = folder();
    let (store, writer) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
    let stop = CancellationToken::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let receipt = runtime.block_on(store.submitter().send(Submission::event(draft("a")))).unwrap();
    stop.cancel();
    writer.run(stop);
    assert_eq!(runtime.block_on(receipt), Ok(new(1)));
    let late = runtime.block_on(store.submitter().commit(Submission::event(draft("b"))));
    assert_eq!(late, Err(CommitError::Closed));
}

#[test]
fn reads_are_bounded_by_entries_and_bytes() {
    let folder = folder();
    let running = Running::open(folder.path());
    running.commit_together(["aaaa", "bbbb", "cccc"].map(|text| Submission::event(draft(text))).into());
    let read = |after, entries, bytes| {
        let limit = Limit { entries, bytes };
        running.store.read_after(Seq(after), limit).unwrap().iter().map(|e| e.seq.0).collect::<Vec<_>>()
    };
    assert_eq!(read(0, 2, 1000), [1, 2]);
    assert_eq!(read(1, 9, 7), [2]);
    assert_eq!(read(0, 9, 8), [1, 2]);
    assert_eq!(read(2, 1, 0), [3]);
    assert!(read(3, 9, 1000).is_empty());
}
