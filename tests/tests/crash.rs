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
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use fastrand::Rng;
use system_tests::client::{self, Listener, PATIENCE};
use system_tests::fixtures;
use system_tests::kept::{is_each_once, kept, missing, repeated};
use system_tests::philae::{self, Philae};
use system_tests::site::Site;
use system_tests::wait::{wait_for, wait_until};
use vtp::transport::Role;

const SEED: u64 = 2;
const KILLS: usize = 100;
const LINK_KILLS: usize = 30;
const AUTHORS: usize = 6;
const SUBSCRIBERS: usize = 3;
/// Acks between one kill and the next, at most.
const MOST_ACKS: usize = 80;

/// What authors, subscribers and the one who kills have in common.
#[derive(Default)]
struct Storm {
    /// The life of the broker that runs, counted from 1, and where it is.
    present: Mutex<Option<(usize, Addresses)>>,
    acks: AtomicUsize,
    is_over: AtomicBool,
}

#[derive(Clone, Copy)]
struct Addresses {
    receive: SocketAddr,
    broadcast: SocketAddr,
}

impl Storm {
    fn announce(&self, life: usize, philae: &Philae) {
        let (receive, broadcast) = (philae.receive().unwrap(), philae.broadcast().unwrap());
        *self.present.lock().unwrap() = Some((life, Addresses { receive, broadcast }));
    }

    /// Waits for a broker that was started after the given life; none when the storm is over.
    fn next_life(&self, after: usize) -> Option<(usize, Addresses)> {
        let look = || {
            let found = self.present.lock().unwrap().filter(|(life, _)| *life > after);
            Ok((found.is_some() || self.is_over.load(Ordering::SeqCst)).then_some(found))
        };
        wait_for(PATIENCE, "a broker", look).unwrap()
    }

    /// Submits until the storm is over; returns what was acknowledged.
    ///
    /// What was not is submitted again, every second time: it may be in the log, and must not get there twice.
    fn submit(&self, author: usize) -> Vec<Vec<u8>> {
        let mut rng = Rng::with_seed(SEED + 1 + author as u64);
        let (mut acked, mut life, mut to, mut number) = (Vec::new(), 0, None, author);
        while !self.is_over.load(Ordering::SeqCst) {
            let Some(address) = to else {
                let Some((next, addresses)) = self.next_life(life) else { break };
                (life, to) = (next, Some(addresses.receive));
                continue;
            };
            let packet = client::packet(number, padding(number));
            if let Ok(Some(receipt)) = client::submit(address, &packet) {
                assert_eq!(receipt.role, Role::Ack, "{:?}", receipt.result);
                self.acks.fetch_add(1, Ordering::SeqCst);
                acked.push(packet);
                number += AUTHORS;
            } else {
                to = None;
                number += if rng.bool() { AUTHORS } else { 0 };
            }
        }
        acked
    }

    /// Listens through every life of the broker, returning by cursor; returns all that came, up to `last`.
    fn listen(&self, mut listener: Listener, last: &[u8]) -> Vec<Bytes> {
        let (mut received, mut life) = (Vec::new(), 1);
        loop {
            while let Ok(Some(packet)) = listener.next(PATIENCE) {
                received.push(packet);
                if received.last().is_some_and(|packet| packet == last) {
                    return received;
                }
            }
            let place = listener.cursor().cloned();
            listener = loop {
                let Some((next, addresses)) = self.next_life(life) else { return received };
                life = next;
                if let Ok(returned) = Listener::returning(addresses.broadcast, place.clone()) {
                    break returned;
                }
            };
        }
    }

    /// Waits for a random number of acks from now on.
    fn wait(&self, rng: &mut Rng) {
        let goal = self.acks.load(Ordering::SeqCst) + rng.usize(..=MOST_ACKS);
        wait_until(PATIENCE, "acks", || self.acks.load(Ordering::SeqCst) >= goal).unwrap();
    }

    /// Ends the broker after a random number of acks, again and again; leaves one running.
    fn rage(&self, times: usize, mut philae: Philae, end: fn(Philae), start: impl Fn() -> Philae) -> Philae {
        let mut rng = Rng::with_seed(SEED);
        for life in 2..times + 2 {
            self.wait(&mut rng);
            end(philae);
            philae = start();
            self.announce(life, &philae);
        }
        philae
    }
}

/// Mostly a few kB; now and then what does not go through at once.
fn padding(number: usize) -> usize {
    let mut rng = Rng::with_seed(SEED ^ number as u64);
    if rng.u8(..) < 8 { rng.usize(..150_000) } else { rng.usize(..6_000) }
}

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
        storm.is_over.store(true, Ordering::SeqCst);
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
        storm.is_over.store(true, Ordering::SeqCst);
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
    let mut command = Command::new(philae::binary().unwrap());
    command.args([
        "run",
        "--local-ivo",
        "ivo://philae.test/broker",
        "--receive",
        "127.0.0.1:0",
        "--data-dir",
    ]);
    let mut child = command.arg(folder).stderr(Stdio::null()).spawn().unwrap();
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
            looks.set(looks.get() + usize::from(holder().trim() == id.to_string()));
            looks.get() > later
        });
    }
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    assert_eq!(kept(&philae).unwrap(), packets);
    assert!(!philae.log().contains("ERROR"), "{}", philae.log());
}
