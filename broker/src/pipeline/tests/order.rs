//! Which events a handler gets, from where, and in which order.

use super::*;

/// Rings when it is called, and is done when it is rung for.
#[derive(Default)]
struct Slow(Arc<Notify>, Arc<Notify>);

impl Handle for Slow {
    fn revision(&self) -> String {
        String::new()
    }

    fn handle<'a>(&'a self, _: &'a EventInHand, _: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
        self.0.notify_one();
        async { self.1.notified().await }.map(|()| done()).boxed()
    }
}

#[tokio::test]
async fn every_event_comes_once_and_in_order_also_over_a_restart() {
    let folder = folder();
    let (noted, handle) = noting();
    let bench = Bench::open(folder.path());
    bench.submit(1..=100).await;
    let running = bench.start(handle, Begin::Earliest).await;
    bench.reach(&running, 100).await;
    running.stop().await;
    bench.submit(101..=120).await;
    drop(bench);
    let (later, handle) = noting();
    let bench = Bench::open(folder.path());
    let running = bench.start(handle, Begin::Earliest).await;
    bench.submit(121..=130).await;
    bench.reach(&running, 130).await;
    assert_eq!(*noted.lock().unwrap(), (1..=100).collect::<Vec<_>>());
    assert_eq!(*later.lock().unwrap(), (101..=130).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_handler_begins_where_it_is_told() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    bench.submit(1..=9).await;
    let entries = bench.store.read_after(Seq::START, Limit { entries: 9, bytes: usize::MAX }).unwrap();
    let sixth = entries[5].received;
    for (turn, (begin, wanted)) in [
        (Begin::Latest, None),
        (Begin::Earliest, Some(1)),
        (Begin::At(sixth), entries.iter().find(|entry| entry.received >= sixth).map(|entry| entry.seq.0)),
        (Begin::At(jiff::Timestamp::MIN), Some(1)),
        (Begin::At(jiff::Timestamp::MAX), None),
    ]
    .into_iter()
    .enumerate()
    {
        let (noted, handle) = noting();
        let next = bench.store.head().next().0;
        let running = bench.start_as(&format!("h{turn}"), active(handle), begin).await;
        bench.submit([100 + turn as u64]).await;
        bench.reach(&running, next).await;
        assert_eq!(noted.lock().unwrap().first(), Some(&wanted.unwrap_or(next)), "{begin:?}");
        running.stop().await;
    }
}

#[tokio::test]
async fn only_what_is_wanted_comes() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let wanted = Asked::of(&bench.filters, &["//Param[@value > 5]".to_owned()]).set;
    let wants = Wants {
        roles: vec!["observation".to_owned()],
        streams: vec!["ivo://philae.test/".to_owned()],
        selection: Selection { screen: None, wanted },
    };
    let (noted, handle) = noting();
    let running = bench.start_as("a", Active { wants, ..active(handle) }, Begin::Earliest).await;
    bench.submit(1..=10).await;
    bench.reach(&running, 10).await;
    assert_eq!(*noted.lock().unwrap(), [7, 9]);
    assert_eq!(running.progress.counts().calls, 2);
}

#[tokio::test]
async fn a_slow_handler_delays_no_other() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    struct Never;
    impl Handle for Never {
        fn revision(&self) -> String {
            String::new()
        }

        fn handle<'a>(&'a self, _: &'a EventInHand, _: Arc<dyn StateView>) -> BoxFuture<'a, Outcome> {
            std::future::pending().boxed()
        }
    }
    let stuck = bench.start_as("stuck", active(Never), Begin::Earliest).await;
    let (_, handle) = noting();
    let quick = bench.start_as("quick", active(handle), Begin::Earliest).await;
    bench.submit(1..=50).await;
    bench.reach(&quick, 50).await;
    assert_eq!(stuck.progress.counts().place, 0);
    assert_eq!(bench.stage.stop(Duration::from_millis(50)).await, 1, "the stuck one is aborted");
}

#[tokio::test]
async fn what_is_under_way_when_a_handler_is_stopped_is_finished_and_committed() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    bench.submit(1..=9).await;
    let slow = Slow::default();
    let (called, go_on) = (slow.0.clone(), slow.1.clone());
    let running = bench.start(slow, Begin::Earliest).await;
    called.notified().await;
    tokio::join!(running.stop(), async { go_on.notify_one() });
    assert_eq!((running.progress.counts().place, bench.place("a")), (1, 1));
}

#[tokio::test]
async fn an_event_that_comes_during_a_call_is_begun_beside_it_if_there_may_be_two() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let slow = Slow::default();
    let called = slow.0.clone();
    let running = bench.start_as("a", Active { concurrency: 2, ..active(slow) }, Begin::Earliest).await;
    for number in 1..=2 {
        bench.submit([number]).await;
        tokio::time::timeout(Duration::from_secs(20), called.notified()).await.unwrap();
    }
    assert_eq!(running.progress.counts().calls, 0, "none has ended");
}

#[tokio::test]
async fn a_paused_handler_waits_and_goes_on_where_it_was() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let (noted, handle) = noting();
    let running = bench.start(handle, Begin::Earliest).await;
    bench.submit([1]).await;
    bench.reach(&running, 1).await;
    running.paused.send_replace(true);
    bench.submit(2..=5).await;
    // Another has had the time that this one did not use.
    let witness = bench.start_as("b", active(noting().1), Begin::Earliest).await;
    bench.reach(&witness, 5).await;
    assert_eq!(*noted.lock().unwrap(), [1]);
    running.paused.send_replace(false);
    bench.reach(&running, 5).await;
    assert_eq!(*noted.lock().unwrap(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_newer_revision_takes_over_between_two_calls() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let (old, handle) = noting();
    let running = bench.start(handle, Begin::Earliest).await;
    bench.submit(1..=3).await;
    bench.reach(&running, 3).await;
    let (new, handle) = noting();
    running.active.send_replace(active(handle));
    bench.submit(4..=6).await;
    bench.reach(&running, 6).await;
    assert_eq!((&*old.lock().unwrap(), &*new.lock().unwrap()), (&vec![1, 2, 3], &vec![4, 5, 6]));
}

#[tokio::test]
async fn what_was_imported_is_passed_over_in_memory_and_in_the_log() {
    let folder = folder();
    let (noted, handle) = noting();
    let bench = Bench::open(folder.path());
    bench.submit([1]).await;
    bench.import(2..=9).await;
    let running = bench.start(handle, Begin::Earliest).await;
    bench.reach(&running, 9).await;
    bench.import(10..=80).await;
    bench.reach(&running, 80).await;
    bench.submit([81]).await;
    bench.reach(&running, 81).await;
    assert_eq!(*noted.lock().unwrap(), [1, 81]);
    running.stop().await;
    assert_eq!(bench.place("a"), 81);
    drop(bench);
    // What is read from the log, when nothing is in memory.
    let (noted, handle) = noting();
    let bench = Bench::open(folder.path());
    let running = bench.start_as("b", active(handle), Begin::Earliest).await;
    bench.reach(&running, 81).await;
    assert_eq!(*noted.lock().unwrap(), [1, 81]);
}
