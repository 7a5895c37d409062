//! State as a call sees it.

use bytes::Bytes;

use super::*;
use crate::host::state::{Buffer, ChangeError};

fn value(text: &str) -> StateValue {
    StateValue { bytes: Bytes::copy_from_slice(text.as_bytes()), expires: None }
}

fn held(pairs: &[(&str, &str)]) -> Arc<MemoryState> {
    let state = MemoryState::default();
    let set = |(key, text): &(&str, &str)| StateChange { key: (*key).to_owned(), value: Some(value(text)) };
    state.apply(&pairs.iter().map(set).collect::<Vec<_>>());
    Arc::new(state)
}

fn buffer(state: Arc<MemoryState>, quota: u64) -> Buffer {
    let limits = Limits { state_bytes: quota, state_changes: 3, value_bytes: 100, ..Limits::default() };
    Buffer::new(state, &limits, "2026-01-14T10:32:08Z".parse().unwrap())
}

fn read(buffer: &Buffer, key: &str) -> Option<Bytes> {
    buffer.get(key).map(|value| value.bytes)
}

#[test]
fn what_is_written_is_read_and_handed_out_sorted() {
    let state = held(&[("a", "1"), ("b", "2")]);
    let mut buffer = buffer(state.clone(), 1_000);
    buffer.set("c".to_owned(), "3".into(), None).unwrap();
    buffer.set("a".to_owned(), "4".into(), None).unwrap();
    buffer.delete("b".to_owned()).unwrap();
    assert_eq!((read(&buffer, "a"), read(&buffer, "b")), (Some("4".into()), None));
    assert_eq!(buffer.keys("", 10), ["a", "c"]);
    assert_eq!(state.keys("", None, 10), ["a", "b"], "nothing happened yet");
    state.apply(&buffer.into_changes());
    assert_eq!(
        (state.keys("", None, 10), state.get("a")),
        (vec!["a".to_owned(), "c".to_owned()], Some(value("4")))
    );
}

#[test]
fn keys_are_merged_page_by_page() {
    let state = held(&[("p1", ""), ("p2", ""), ("p3", ""), ("p5", ""), ("q", "")]);
    let mut buffer = buffer(state, 1_000);
    buffer.delete("p1".to_owned()).unwrap();
    buffer.set("p4".to_owned(), "".into(), None).unwrap();
    assert_eq!(buffer.keys("p", 2), ["p2", "p3"]);
    assert_eq!(buffer.keys("p", 10), ["p2", "p3", "p4", "p5"]);
    assert_eq!(buffer.keys("p", 0), Vec::<String>::new());
}

#[test]
fn the_quota_counts_what_is_there_and_what_is_given_back() {
    let mut buffer = buffer(held(&[("a", "12345678")]), 10);
    assert_eq!(buffer.set("b".to_owned(), "1".into(), None), Err(ChangeError::Quota(10)));
    buffer.set("a".to_owned(), "1".into(), None).unwrap();
    buffer.set("b".to_owned(), "1234567".into(), None).unwrap();
    assert_eq!(buffer.set("c".to_owned(), "".into(), None), Err(ChangeError::Quota(10)));
    buffer.delete("b".to_owned()).unwrap();
    buffer.set("c".to_owned(), "1234567".into(), None).unwrap();
}

#[test]
fn keys_and_values_and_their_number_are_bounded() {
    let mut buffer = buffer(held(&[]), 10_000);
    assert_eq!(buffer.set(String::new(), "".into(), None), Err(ChangeError::BadKey));
    assert_eq!(buffer.set("k".repeat(257), "".into(), None), Err(ChangeError::BadKey));
    assert!(buffer.set("k".to_owned(), vec![0; 101].into(), None).is_err());
    for key in ["a", "b", "c", "c"] {
        buffer.set(key.to_owned(), "".into(), None).unwrap();
    }
    assert!(matches!(buffer.set("d".to_owned(), "".into(), None), Err(ChangeError::Stop(_))));
}

#[test]
fn what_has_expired_is_not_there() {
    let state = held(&[("old", "1")]);
    let expired = StateValue { expires: Some("2026-01-14T10:32:08Z".parse().unwrap()), ..value("2") };
    state.apply(&[StateChange { key: "old".to_owned(), value: Some(expired) }]);
    let mut buffer = buffer(state, 1_000);
    assert_eq!((buffer.get("old"), buffer.keys("", 10).len()), (None, 0));
    buffer.set("new".to_owned(), "3".into(), Some(60)).unwrap();
    let expires = buffer.get("new").unwrap().expires.unwrap();
    assert_eq!(expires.to_string(), "2026-01-14T10:33:08Z");
    buffer.set("far".to_owned(), "3".into(), Some(u64::MAX)).unwrap();
}

#[test]
fn numbers_are_counted_and_swaps_compared() {
    let mut buffer = buffer(held(&[("text", "x"), ("most", &i64::MAX.to_string())]), 1_000);
    assert_eq!(buffer.increment("n".to_owned(), 5), Ok(5));
    assert_eq!(buffer.increment("n".to_owned(), -7), Ok(-2));
    assert_eq!(buffer.increment("text".to_owned(), 1), Err(ChangeError::NotANumber));
    assert_eq!(buffer.increment("most".to_owned(), 1), Err(ChangeError::NotANumber));
    assert_eq!(buffer.compare_and_swap("s".to_owned(), Some(b"a"), "b".into()), Ok(false));
    assert_eq!(buffer.compare_and_swap("s".to_owned(), None, "b".into()), Ok(true));
    assert_eq!(buffer.compare_and_swap("s".to_owned(), Some(b"b"), "c".into()), Ok(true));
    assert_eq!(read(&buffer, "s"), Some("c".into()));
}

#[test]
fn of_a_call_that_fails_nothing_remains() {
    let set =
        "(call $set (i32.const 3000) (i32.const 5) (i32.const 0) (i32.const 5) (i32.const 0) (i64.const 0)
                (i32.const 4096))";
    assert_eq!(run(&handler("", set), &setup()).state.len(), 1);
    let failed = run(&handler("", &format!("{set} unreachable")), &setup());
    assert!(failed.verdict.is_err() && failed.state.is_empty());
}
