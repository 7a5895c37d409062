//! Calls that fail: tried again, or kept in quarantine.

use super::*;

/// Fails for one event, as often as said, and logs a line each time.
fn failing(seq: u64, times: u32, failure: CallFailure) -> impl Handle {
    let left = AtomicU32::new(times);
    Function(move |event: &EventInHand, _: &dyn StateView| {
        let fails = event.seq == seq
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        let line = LogLine { level: Level::Info, text: format!("attempt {}", event.attempt) };
        Outcome { log: vec![line], ..if fails { failed(failure.clone()) } else { done() } }
    })
}

fn held(bench: &Bench) -> Vec<quarantine::Held> {
    let cases = quarantine::cases(&bench.store, Some("a"), 10).unwrap();
    let held = cases.iter().map(|case| quarantine::find(&bench.store, "a", Seq(case.seq)).unwrap());
    held.map(Option::unwrap).collect()
}

async fn retry(running: &Running, seq: u64) -> Result<(), String> {
    let (answer, verdict) = oneshot::channel();
    running.orders.send(Order::Retry(Seq(seq), answer)).await.unwrap();
    verdict.await.unwrap()
}

#[tokio::test]
async fn what_fails_for_a_while_is_handled_in_the_end() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let running = bench.start(failing(2, 2, CallFailure::Retry("later".into())), Begin::Earliest).await;
    bench.submit(1..=3).await;
    bench.reach(&running, 3).await;
    let counts = running.progress.counts();
    assert_eq!((counts.calls, counts.failures, counts.handled, counts.quarantined), (5, 2, 3, 0));
    let said: Vec<String> = running.progress.lines().0.into_iter().map(|line| line.text).collect();
    assert_eq!(said, ["attempt 1", "attempt 1", "attempt 2", "attempt 3", "attempt 1"]);
}

#[tokio::test]
async fn what_a_handler_counts_is_summed_over_calls_that_fail_too() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let counting = Function(|event: &EventInHand, _: &dyn StateView| {
        let metrics = vec![Metric { name: "calls".to_owned(), change: MetricChange::Count(1) }];
        let failed = failed(CallFailure::Retry("later".into()));
        Outcome { metrics, ..if event.attempt == 1 { failed } else { done() } }
    });
    let running = bench.start(counting, Begin::Earliest).await;
    bench.submit(1..=3).await;
    bench.reach(&running, 3).await;
    assert_eq!(running.progress.metrics().counters.get("calls"), Some(&6));
}

#[tokio::test]
async fn what_fails_too_often_goes_into_quarantine_and_the_handler_goes_on() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let running = bench.start(failing(2, 9, CallFailure::Trapped("it broke".into())), Begin::Earliest).await;
    bench.submit(1..=3).await;
    bench.reach(&running, 3).await;
    let held = held(&bench);
    let case = &held[0].case;
    assert_eq!(
        (held.len(), case.seq, case.attempts, case.reason.as_str()),
        (1, 2, 3, "it crashed: it broke")
    );
    assert_eq!((case.log.as_slice(), &held[0].packet), (&["info: attempt 3".to_owned()][..], &packet(2)));
}

#[tokio::test]
async fn a_handler_that_waits_for_its_next_attempt_is_stopped_at_once_and_called_again_later() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let hour = Duration::from_secs(3600);
    let retry = Retry { attempts: 9, first_wait: hour, longest_wait: hour };
    let waiting = Active { retry, ..active(failing(2, 1, CallFailure::Retry("later".into()))) };
    let running = bench.start_as("a", waiting, Begin::Earliest).await;
    bench.submit(1..=3).await;
    eventually(|| running.progress.counts().is_waiting).await;
    tokio::time::timeout(Duration::from_secs(20), running.stop()).await.unwrap();
    let (noted, handle) = noting();
    let running = bench.start(handle, Begin::Earliest).await;
    bench.reach(&running, 3).await;
    assert_eq!(*noted.lock().unwrap(), [2, 3]);
}

#[tokio::test]
async fn what_is_permanent_is_not_tried_again() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let running = bench.start(failing(1, 9, CallFailure::Permanent("never".into())), Begin::Earliest).await;
    bench.submit([1]).await;
    bench.reach(&running, 1).await;
    assert_eq!((running.progress.counts().calls, held(&bench).len()), (1, 1));
}

#[tokio::test]
async fn what_is_in_quarantine_can_be_tried_again_or_dropped() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    // Three fail before, one on the first retry.
    let running = bench.start(failing(1, 4, CallFailure::Retry("not yet".into())), Begin::Earliest).await;
    bench.submit([1, 2]).await;
    bench.reach(&running, 2).await;
    assert_eq!(retry(&running, 1).await, Err("it asks to be called again: not yet".to_owned()));
    assert_eq!(held(&bench)[0].case.attempts, 4);
    assert_eq!(retry(&running, 1).await, Ok(()));
    assert!(held(&bench).is_empty());
    assert!(retry(&running, 1).await.unwrap_err().contains("no such event"));
    let (answer, was_there) = oneshot::channel();
    running.orders.send(Order::Drop(Seq(1), answer)).await.unwrap();
    assert!(!was_there.await.unwrap());
}

#[tokio::test]
async fn handlers_that_answer_each_other_come_to_an_end() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let answering = Function(|event: &EventInHand, _: &dyn StateView| Outcome {
        published: vec![packet(event.seq + 1000)],
        ..done()
    });
    let running = bench.start(answering, Begin::Earliest).await;
    bench.submit([1]).await;
    let hops = u64::from(publish::MAX_HOPS);
    bench.reach(&running, 1 + hops).await;
    let log = bench.store.read_after(Seq::START, Limit { entries: 99, bytes: usize::MAX }).unwrap();
    let told: Vec<_> = log.iter().map(|entry| (entry.hops, &*entry.source)).collect();
    assert_eq!(told, [(0, "test"), (1, "handler a"), (2, "handler a"), (3, "handler a"), (4, "handler a")]);
    assert!(held(&bench)[0].case.reason.contains("looks like a loop"));
}

#[tokio::test]
async fn a_packet_that_is_refused_sends_its_cause_into_quarantine() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let publishing = Function(|_: &EventInHand, _: &dyn StateView| Outcome {
        published: vec![Bytes::from_static(b"<VOEvent ivorn='ivo://a.b/c#d'/>")],
        ..done()
    });
    let running = bench.start(publishing, Begin::Earliest).await;
    bench.submit([1]).await;
    bench.reach(&running, 1).await;
    assert!(held(&bench)[0].case.reason.starts_with("a packet that it published is refused: not valid"));
}

#[tokio::test]
async fn cases_of_one_handler_are_found_piece_by_piece() {
    let folder = folder();
    let bench = Bench::open(folder.path());
    let fails = |_: &EventInHand, _: &dyn StateView| failed(CallFailure::Permanent("no".into()));
    let running = bench.start(Function(fails), Begin::Earliest).await;
    bench.submit(1..=5).await;
    bench.reach(&running, 5).await;
    let places = |after, to, limit| {
        let found = quarantine::places(&bench.store, "a", Seq(after), Seq(to), limit).unwrap();
        found.into_iter().map(|seq| seq.0).collect::<Vec<_>>()
    };
    assert_eq!(places(0, u64::MAX, 2), [1, 2]);
    assert_eq!(places(2, 4, 9), [3, 4]);
    assert!(places(5, 5, 9).is_empty());
    assert!(quarantine::places(&bench.store, "b", Seq::START, Seq(u64::MAX), 9).unwrap().is_empty());
}
