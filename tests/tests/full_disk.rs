//! A disk that runs full: authors are told, nothing that was acknowledged is lost, and the broker goes on by itself.
//!
//! The disk is a few MiB of memory in a namespace of its own ([`SmallDisk`]). Where the system permits none, the
//! output says so, and a broker that wants more room than the real disk has stands in for it.

#![cfg(test)]

use std::time::Duration;

use system_tests::client::{Listener, PATIENCE, packet, submit, submit_acked};
use system_tests::kept::{is_each_once, kept, missing, repeated};
use system_tests::philae::Philae;
use system_tests::site::Site;
use system_tests::small_disk::SmallDisk;
use system_tests::wait::wait_for;
use vtp::transport::Role;

const MIB_IN_KIB: usize = 1024;

/// Starts a broker whose store is on the disk.
fn start_on(disk: &SmallDisk, flags: &[&str]) -> Philae {
    let store = disk.folder().join("store");
    let store = store.to_str().unwrap();
    let services = ["--receive", "127.0.0.1:0", "--broadcast", "127.0.0.1:0", "--data-dir", store];
    Philae::start_by(disk.philae().unwrap(), &[&services, flags].concat()).unwrap()
}

/// Submits packets from number `from` on, until one is not accepted; returns those that were, and the reason.
fn submit_until_refused(philae: &Philae, from: usize, mut before: impl FnMut()) -> (Vec<Vec<u8>>, String) {
    let mut acked = Vec::new();
    for number in from..from + 2000 {
        before();
        let packet = packet(number, 20_000);
        let receipt = submit(philae.receive().unwrap(), &packet).unwrap().unwrap();
        if receipt.role == Role::Nak {
            return (acked, receipt.result.unwrap());
        }
        acked.push(packet);
    }
    panic!("the disk never became full");
}

/// Waits until a packet is accepted again.
fn submit_until_accepted(philae: &Philae, packet: &[u8]) {
    let look = || Ok(submit(philae.receive()?, packet)?.filter(|receipt| receipt.role == Role::Ack));
    wait_for(PATIENCE, "an ack", look).unwrap();
}

/// Fills the disk under a broker, makes room, and checks what the broker kept through all that and a kill.
fn the_broker_outlives_a_full_disk(flags: &[&str], refusal: &str, line: &str, fill: impl Fn(&SmallDisk)) {
    let Some(disk) = SmallDisk::make(96).unwrap() else { return };
    let mut philae = start_on(&disk, flags);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let (mut acked, reason) = submit_until_refused(&philae, 0, || fill(&disk));
    assert!(reason.starts_with(refusal), "{reason}");
    philae.wait_for_lines(line, 1, PATIENCE).unwrap();
    assert_eq!(listener.take(acked.len()).unwrap(), acked, "what was accepted is delivered");
    let again = submit(philae.receive().unwrap(), &packet(5000, 10)).unwrap().unwrap();
    assert!(again.result.unwrap().starts_with("not accepted: "), "whoever comes next is told too");
    assert_eq!(philae.log().matches(line).count(), 1, "it is said once: {}", philae.log());

    disk.make_room().unwrap();
    acked.push(packet(6000, 10));
    submit_until_accepted(&philae, acked.last().unwrap());
    while listener.next(PATIENCE).unwrap().expect("the subscriber stayed connected") != acked[acked.len() - 1]
    {
    }
    philae.kill().unwrap();

    let kept = kept(&start_on(&disk, flags)).unwrap();
    assert_eq!(missing(&acked, &kept), 0);
    assert_eq!(repeated(&kept).unwrap(), 0);
}

#[test]
fn below_the_room_kept_free_authors_are_told_and_later_events_are_accepted() {
    let fill = |disk: &SmallDisk| disk.fill(4 * MIB_IN_KIB).unwrap();
    let line = "ERROR store: the disk is full, events are not accepted";
    the_broker_outlives_a_full_disk(&["--min-free", "20MiB"], "not accepted: the disk is full", line, fill);
}

#[test]
fn a_write_that_fails_for_want_of_room_is_told_and_later_events_are_accepted() {
    let fill = |disk: &SmallDisk| disk.fill_up().unwrap();
    let line = "ERROR store: the log cannot be written, events are not accepted";
    the_broker_outlives_a_full_disk(
        &["--min-free", "0"],
        "not accepted: the log cannot be written",
        line,
        fill,
    );
}

/// A packet that does not become smaller when it is compressed.
fn dense_packet(number: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(number as u64);
    let text: String = std::iter::repeat_with(|| rng.alphanumeric()).take(100_000).collect();
    String::from_utf8(packet(number, 1)).unwrap().replace(">x<", &format!(">{text}<")).into_bytes()
}

#[test]
fn a_store_that_fills_the_disk_by_itself_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::make(64).unwrap() else { return };
    let philae = start_on(&disk, &["--min-free", "0"]);
    disk.fill(30 * MIB_IN_KIB).unwrap();
    let is_acked = |number| {
        let receipt = submit(philae.receive().unwrap(), &dense_packet(number)).unwrap().unwrap();
        receipt.role == Role::Ack
    };
    let mut acked: Vec<Vec<u8>> =
        (0..1000).take_while(|number| is_acked(*number)).map(dense_packet).collect();
    assert!((100..1000).contains(&acked.len()), "{} events were accepted", acked.len());
    disk.make_room().unwrap();
    acked.push(packet(6000, 10));
    submit_until_accepted(&philae, acked.last().unwrap());
    philae.kill().unwrap();
    let kept = kept(&start_on(&disk, &["--min-free", "0"])).unwrap();
    assert_eq!((missing(&acked, &kept), repeated(&kept).unwrap()), (0, 0));
}

#[test]
fn a_broker_that_is_killed_on_a_full_disk_comes_back_with_all_it_acknowledged() {
    let Some(disk) = SmallDisk::make(96).unwrap() else { return };
    let philae = start_on(&disk, &["--min-free", "0"]);
    // What does not fit any more is written as far as it fits.
    let (acked, _) = submit_until_refused(&philae, 0, || drop(disk.fill(2 * MIB_IN_KIB)));
    assert!(acked.len() > 10, "{} events were accepted", acked.len());
    philae.kill().unwrap();
    let philae = start_on(&disk, &["--min-free", "0"]);
    disk.make_room().unwrap();
    submit_until_accepted(&philae, &packet(6000, 10));
    let kept = kept(&philae).unwrap();
    assert_eq!((missing(&acked, &kept), repeated(&kept).unwrap()), (0, 0));
}

#[test]
fn what_an_upstream_sent_while_there_was_no_room_comes_again() {
    let Some(disk) = SmallDisk::make(96).unwrap() else { return };
    let upper = Site::start(&[]).unwrap();
    let mut lower = start_on(&disk, &["--subscribe", &upper.upstream(), "--min-free", "20MiB"]);
    lower.wait_for_lines("connected to upstream", 1, PATIENCE).unwrap();
    let mut listener = Listener::start(lower.broadcast().unwrap()).unwrap();
    let sent: Vec<Vec<u8>> = (0..20).map(|number| packet(number, 1000)).collect();
    upper.submit(&sent[..10]).unwrap();
    listener.take(10).unwrap();
    disk.fill_up().unwrap();
    upper.submit(&sent[10..]).unwrap();
    lower.wait_for_lines("an event could not be kept", 1, PATIENCE).unwrap();
    disk.make_room().unwrap();
    let rest = listener.take(10).unwrap();
    assert!(is_each_once(&sent[10..], &rest).unwrap(), "the subscriber stayed, and gets the rest once");
    assert!(is_each_once(&sent, &kept(&lower).unwrap()).unwrap());
}

#[test]
fn a_broker_that_is_started_on_a_full_disk_serves_what_it_has() {
    let Some(disk) = SmallDisk::make(96).unwrap() else { return };
    let philae = start_on(&disk, &[]);
    let sent = packet(1, 1000);
    submit_acked(philae.receive().unwrap(), &sent).unwrap();
    philae.kill().unwrap();
    disk.fill_up().unwrap();

    let philae = start_on(&disk, &[]);
    let listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let place = listener.cursor().unwrap().at(0);
    let mut returned = Listener::returning(philae.broadcast().unwrap(), Some(place)).unwrap();
    assert_eq!(returned.take(1).unwrap(), [&sent[..]]);
    let refused = submit(philae.receive().unwrap(), &packet(2, 10)).unwrap().unwrap();
    assert!(refused.result.unwrap().starts_with("not accepted: "));
    disk.make_room().unwrap();
    submit_until_accepted(&philae, &packet(2, 10));
}

#[test]
fn a_broker_that_wants_more_room_than_there_is_refuses_events_and_serves_subscribers() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--min-free", "1000000GiB"]).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let receipt = submit(philae.receive().unwrap(), &packet(1, 10)).unwrap().unwrap();
    assert_eq!(receipt.result.as_deref(), Some("not accepted: the disk is full"));
    assert!(listener.is_quiet_for(Duration::from_millis(200)).unwrap(), "it was not accepted");
    let log = philae.stop().unwrap();
    assert!(log.contains("ERROR store: the disk is full, events are not accepted"), "{log}");
    assert!(listener.next(PATIENCE).unwrap().is_none(), "the subscriber was connected to the end");
    let philae = Philae::start_in(folder.path(), &["--min-free", "0"]).unwrap();
    assert!(kept(&philae).unwrap().is_empty());
}
