//! What the end of the process may not take: kill -9 at random moments, under load.
//!
//! ```text
//!  6 authors ──> broker, killed and started 100 times ──> 3 subscribers that return by cursor
//!  remember what was acked                               remember what came
//! ```
//!
//! `SEED` fixes the moments and the packets; a failure prints it. What the machine does between is its own.

#![cfg(test)]

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;

use fastrand::Rng;
use system_tests::client::{self, Listener, PATIENCE};
use system_tests::fixtures;
use system_tests::kept::{is_each_once, kept, missing, repeated};
use system_tests::philae::{Philae, bare};
use system_tests::site::Site;
use system_tests::storm::{AUTHORS, SEED, Storm};
use system_tests::wait::wait_until;

const KILLS: usize = 100;
const LINK_KILLS: usize = 30;
const SUBSCRIBERS: usize = 3;

#[test]
fn kill_9_takes_no_acknowledged_event_and_doubles_none() {
    nothing_is_lost_or_doubled(KILLS, |philae| philae.kill().unwrap());
}

#[test]
fn stopping_under_load_takes_no_acknowledged_event_and_doubles_none() {
    nothing_is_lost_or_doubled(KILLS / 10, |philae| drop(philae.stop().unwrap()));
}

fn nothing_is_lost_or_doubled(times: usize, end: fn(Philae)) {
    eprintln!("seed {SEED}");
    let (folder, storm) = (tempfile::tempdir().unwrap(), Storm::default());
    let start = || Philae::start_in(folder.path(), &[]).unwrap();
    let philae = start();
    let listener = |_| Listener::start(philae.broadcast().unwrap()).unwrap();
    let listeners: Vec<Listener> = (0..SUBSCRIBERS).map(listener).collect();
    storm.announce(1, &philae);
    let last = client::packet(usize::MAX, 0);
    thread::scope(|scope| {
        let (storm, last) = (&storm, &last);
        let authors: Vec<_> = (0..AUTHORS).map(|author| scope.spawn(move || storm.submit(author))).collect();
        let subscribers: Vec<_> =
            listeners.into_iter().map(|it| scope.spawn(move || storm.listen(it, last))).collect();
        let philae = storm.rage(times, philae, end, start);
        storm.end();
        let acked: Vec<Vec<u8>> = authors.into_iter().flat_map(|author| author.join().unwrap()).collect();
        client::submit_acked(philae.receive().unwrap(), last).unwrap();
        for subscriber in subscribers {
            assert_eq!(missing(&acked, &subscriber.join().unwrap()), 0, "events did not reach a subscriber");
        }
        let kept = kept(&philae).unwrap();
        eprintln!("{times} ends, {} events acknowledged, {} kept", acked.len(), kept.len());
        assert_eq!(missing(&acked, &kept), 0, "acknowledged events are not in the log");
        assert_eq!(repeated(&kept).unwrap(), 0, "events are in the log twice");
        assert!(acked.len() > times, "there was hardly any load");
    });
}

#[test]
fn kill_9_on_either_side_of_a_link_takes_nothing_from_the_lower_broker() {
    eprintln!("seed {SEED}");
    let (mut upper, storm) = (Site::start(&[]).unwrap(), Storm::default());
    let mut lower = Site::start(&["--subscribe", &upper.upstream()]).unwrap();
    upper.philae().unwrap().wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    storm.announce(1, upper.philae().unwrap());
    let acked: Vec<Vec<u8>> = thread::scope(|scope| {
        let storm = &storm;
        let authors: Vec<_> = (0..AUTHORS).map(|author| scope.spawn(move || storm.submit(author))).collect();
        let mut rng = Rng::with_seed(SEED);
        for life in 2..LINK_KILLS + 2 {
            storm.wait(&mut rng);
            let site = if rng.u8(..4) == 0 { &mut upper } else { &mut lower };
            site.end_by("KILL").unwrap();
            site.start_again().unwrap();
            storm.announce(life, upper.philae().unwrap());
        }
        storm.end();
        authors.into_iter().flat_map(|author| author.join().unwrap()).collect()
    });
    let mut listener = Listener::start(lower.broadcast()).unwrap();
    let last = client::packet(usize::MAX, 0);
    upper.submit(std::slice::from_ref(&last)).unwrap();
    while listener.next(PATIENCE).unwrap().unwrap() != last {}
    let (above, below) = (kept(upper.philae().unwrap()).unwrap(), kept(lower.philae().unwrap()).unwrap());
    eprintln!("{} events acknowledged, {} above, {} below", acked.len(), above.len(), below.len());
    assert_eq!(missing(&acked, &below), 0, "acknowledged events are not in the lower broker's log");
    // Not in the same order: what is new may overtake what a broker that returns has missed.
    assert!(is_each_once(&above, &below).unwrap(), "the logs differ");
}

/// Starts a broker and kills it as soon as `reached` says so, told its process number.
fn kill_when(folder: &Path, reached: impl Fn(u32) -> bool) {
    let mut child = bare(folder).unwrap().stderr(Stdio::null()).spawn().unwrap();
    let in_time = wait_until(PATIENCE, "the moment to kill", || reached(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    in_time.unwrap();
}

#[test]
fn kill_9_while_a_store_is_made_leaves_none_or_a_sound_one() {
    for seen in ["", "lock", "format", "mark", "db", "db/0.jnl"] {
        let folder = tempfile::tempdir().unwrap();
        kill_when(folder.path(), |_| folder.path().join(seen).exists());
        let philae = Philae::start_in(folder.path(), &[]).unwrap();
        client::submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
        assert_eq!(kept(&philae).unwrap(), [fixtures::GRB]);
    }
}

#[test]
fn kill_9_while_a_store_is_opened_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let packets: Vec<Vec<u8>> = (0..100).map(|number| client::packet(number, 30_000)).collect();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    for packet in &packets {
        client::submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
    philae.kill().unwrap();
    for later in 0..10 {
        let (holder, looks) = (|| fs::read_to_string(folder.path().join("lock")).unwrap(), Cell::new(0));
        kill_when(folder.path(), |id| {
            looks.set(looks.get() + usize::from(holder().starts_with(&format!("{id} "))));
            looks.get() > later
        });
    }
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    assert_eq!(kept(&philae).unwrap(), packets);
    assert!(!philae.log().contains("ERROR"), "{}", philae.log());
}
