//! Parts of the log, by place, time and number.

use super::*;
use crate::store::{Span, Wanted};

/// Ten entries, a minute apart from noon on.
fn ten() -> (TempDir, Running, TestClock) {
    let (folder, clock) = (folder(), TestClock::at("2026-01-01T12:00:00Z"));
    let options = StoreOptions { clock: clock.clock(), ..StoreOptions::default() };
    let running = Running::open_with(folder.path(), &options);
    for n in 1..=10 {
        running.commit(&format!("e{n}"));
        clock.pass(Duration::from_secs(60));
    }
    (folder, running, clock)
}

fn places(store: &Store, wanted: &Wanted) -> Vec<u64> {
    let mut span = store.span(wanted).unwrap();
    let mut places = Vec::new();
    while !span.is_empty() {
        let piece = store.read_span(&mut span, Limit { entries: 3, bytes: usize::MAX }).unwrap();
        places.extend(piece.iter().map(|entry| entry.seq.0));
    }
    places
}

fn at(text: &str) -> Option<Timestamp> {
    Some(format!("2026-01-01T{text}Z").parse().unwrap())
}

#[test]
fn what_is_asked_for_is_read_and_nothing_else() {
    let (_folder, running, _clock) = ten();
    let all = Wanted::default();
    for (wanted, expected) in [
        (all, 1..=10),
        (Wanted { from: Some(Seq(4)), to: Some(Seq(6)), ..all }, 4..=6),
        (Wanted { from: Some(Seq(8)), to: Some(Seq(99)), ..all }, 8..=10),
        (Wanted { last: Some(3), ..all }, 8..=10),
        (Wanted { last: Some(99), ..all }, 1..=10),
        (Wanted { limit: Some(2), ..all }, 1..=2),
        (Wanted { last: Some(5), limit: Some(2), ..all }, 6..=7),
        (Wanted { since: at("12:03:00"), ..all }, 4..=10),
        (Wanted { since: at("12:03:01"), until: at("12:06:00"), ..all }, 5..=6),
        (Wanted { since: at("11:00:00"), until: at("13:00:00"), ..all }, 1..=10),
        (Wanted { until: at("12:02:00"), last: Some(1), ..all }, 2..=2),
    ] {
        assert_eq!(places(&running.store, &wanted), expected.collect::<Vec<_>>(), "{wanted:?}");
    }
}

#[test]
fn what_nothing_answers_to_is_empty() {
    let (_folder, running, _clock) = ten();
    let all = Wanted::default();
    for wanted in [
        Wanted { last: Some(0), ..all },
        Wanted { limit: Some(0), ..all },
        Wanted { from: Some(Seq(11)), ..all },
        Wanted { from: Some(Seq(5)), to: Some(Seq(4)), ..all },
        Wanted { since: at("12:10:00"), ..all },
        Wanted { until: at("12:00:00"), ..all },
    ] {
        assert!(running.store.span(&wanted).unwrap().is_empty(), "{wanted:?}");
    }
    let empty = Running::open(folder().path());
    assert!(empty.store.span(&all).unwrap().is_empty());
}

#[test]
fn what_comes_in_meanwhile_does_not_lengthen_it() {
    let (_folder, running, _clock) = ten();
    let mut span = running.store.span(&Wanted { last: Some(2), ..Wanted::default() }).unwrap();
    assert_eq!(span, Span { after: Seq(8), to: Seq(10) });
    running.commit("later");
    let read: Vec<_> =
        running.store.read_span(&mut span, ALL).unwrap().iter().map(|entry| entry.seq.0).collect();
    assert_eq!((read, span.is_empty()), (vec![9, 10], true));
}
