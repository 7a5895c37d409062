//! Records: together with cursors and events, or not at all.

use super::*;
use crate::store::{Effects, RecordChange, Table};

fn change(key: &'static str, value: Option<&'static str>) -> RecordChange {
    RecordChange { table: Table::State, key: key.into(), value: value.map(Bytes::from) }
}

fn state(store: &Store, prefix: &str) -> Vec<(Bytes, Bytes)> {
    store.records(Table::State, prefix.as_bytes(), usize::MAX).unwrap()
}

#[test]
fn effects_and_cursor_survive_a_kill_together() {
    let folder = folder();
    let running = Running::open(folder.path());
    let name = CursorName::new("handler a");
    let published = Draft { hops: 3, ..draft("published") };
    let records = vec![change("a/x", Some("1")), change("a/y", Some("2")), change("a/x", None)];
    let effects = Effects { published: vec![published, draft("again"), draft("again")], records };
    running.commit("again");
    let answer = running.submit(Submission::effects(effects).with_cursor(name.clone(), "9")).unwrap();
    let duplicate = Committed::Duplicate { seq: Seq(1) };
    assert_eq!(answer, Committed::Effects([new(2), duplicate.clone(), duplicate].into()));
    let reopened = Running::open(copy(folder.path()).path());
    assert_eq!(reopened.store.cursor(&name).unwrap().as_deref(), Some("9"));
    assert_eq!(state(&reopened.store, "a/"), [(Bytes::from("a/y"), Bytes::from("2"))]);
    assert_eq!(reopened.log().iter().map(|entry| entry.hops).collect::<Vec<_>>(), [0, 3]);
}

#[test]
fn records_are_found_by_key_and_by_prefix() {
    let folder = folder();
    let running = Running::open(folder.path());
    let records = ["a/1", "a/2", "a/3", "b/1"].map(|key| change(key, Some(key))).into();
    running.submit(Submission::effects(Effects { published: Vec::new(), records })).unwrap();
    assert_eq!(running.store.record(Table::State, b"a/2").unwrap(), Some(Bytes::from("a/2")));
    assert_eq!(running.store.record(Table::Quarantine, b"a/2").unwrap(), None);
    let keys = running.store.records(Table::State, b"a/", 2).unwrap();
    assert_eq!(keys.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a/1", "a/2"]);
    assert_eq!(state(&running.store, "").len(), 4);
    let between = |from: &'static str, to: &'static str, limit| {
        running.store.record_keys_between(Table::State, &(from.into()..=to.into()), limit).unwrap()
    };
    assert_eq!(between("a/2", "b/1", 9), ["a/2", "a/3", "b/1"]);
    assert_eq!(between("a/2", "b/1", 1), ["a/2"]);
    assert!(between("b/1", "a/2", 9).is_empty());
}
