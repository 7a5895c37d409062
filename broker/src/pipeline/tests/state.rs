//! State: what calls see of each other, and what lasts.

use super::*;

/// Adds one to a number in the state for each event.
fn counting() -> Function<impl Fn(&EventInHand, &dyn StateView) -> Outcome + Send + Sync> {
    Function(|_: &EventInHand, state: &dyn StateView| {
        let count = state.get("count").map_or(0, |value| number(&value.bytes));
        Outcome { state: vec![set("count", &(count + 1).to_string())], ..done() }
    })
}

fn number(bytes: &Bytes) -> u64 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

fn set(key: &str, value: &str) -> StateChange {
    let value = StateValue { bytes: Bytes::copy_from_slice(value.as_bytes()), expires: None };
    StateChange { key: key.to_owned(), value: Some(value) }
}

fn count(bench: &Bench) -> u64 {
    let state = Arc::new(super::super::state::State::load(&bench.store, "a").unwrap());
    state.view().get("count").map_or(0, |value| number(&value.bytes))
}

#[tokio::test]
async fn a_call_sees_what_the_one_before_wrote_and_it_lasts() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    bench.submit(1..=200).await;
    let running = bench.start(counting(), Begin::Earliest).await;
    bench.reach(&running, 200).await;
    assert_eq!(count(&bench), 200);
    running.stop().await;
    drop(bench);
    assert_eq!(count(&Bench::open(folder.path())), 200);
}

#[tokio::test]
async fn calls_at_once_that_touch_the_same_key_lose_nothing() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    bench.submit(1..=100).await;
    let running = bench.start_as("a", Active { concurrency: 8, ..active(counting()) }, Begin::Earliest).await;
    bench.reach(&running, 100).await;
    assert_eq!(count(&bench), 100);
    assert!(running.progress.counts().calls > 100, "some were made again");
}

#[tokio::test]
async fn of_a_call_that_fails_nothing_remains() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let failing = Function(|_: &EventInHand, _: &dyn StateView| Outcome {
        state: vec![set("count", "7")],
        published: vec![packet(77)],
        ..failed(CallFailure::Permanent("no".into()))
    });
    let running = bench.start(failing, Begin::Earliest).await;
    bench.submit([1]).await;
    bench.reach(&running, 1).await;
    assert_eq!((count(&bench), bench.store.head()), (0, Seq(1)));
}

#[tokio::test]
async fn an_aborted_worker_leaves_cursor_and_state_in_step() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    bench.submit(1..=500).await;
    let running = bench.start(counting(), Begin::Earliest).await;
    eventually(|| running.progress.counts().place > 50).await;
    bench.stage.stop(Duration::ZERO).await;
    drop(running);
    drop(bench);
    let bench = Bench::open(folder.path());
    let running = bench.start(counting(), Begin::Earliest).await;
    bench.reach(&running, 500).await;
    assert_eq!(count(&bench), 500);
}

#[tokio::test]
async fn keys_are_listed_over_what_is_kept_and_what_is_new() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let writing = Function(|event: &EventInHand, state: &dyn StateView| {
        let name = format!("k{}", event.seq);
        assert_eq!(state.keys("k", None, 99).len() as u64, event.seq - 1);
        Outcome { state: vec![set(&name, "v")], ..done() }
    });
    let running = bench.start(writing, Begin::Earliest).await;
    bench.submit(1..=3).await;
    bench.reach(&running, 3).await;
    running.stop().await;
    let state = Arc::new(super::super::state::State::load(&bench.store, "a").unwrap());
    assert_eq!(state.view().keys("k", Some("k1"), 9), ["k2", "k3"]);
    assert_eq!(state.view().used_bytes(), 9);
}
