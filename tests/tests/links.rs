//! Between Philae brokers: what one has, the next one gets, once, whoever goes down in between.

#![cfg(test)]

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use system_tests::client::{Listener, PATIENCE, packet, submit_acked};
use system_tests::fixtures;
use system_tests::kept::{is_each_once, kept, repeated};
use system_tests::philae::Philae;
use system_tests::site::Site;
use system_tests::upstream::Upstream;
use vtp::Cursor;

/// Packets `from` to `to`, of different sizes.
fn packets(from: usize, to: usize) -> Vec<Vec<u8>> {
    (from..to).map(|number| packet(number, 40 * number)).collect()
}

/// A broker, and one that subscribes to it and is connected.
fn pair() -> (Site, Site) {
    let mut upper = Site::start(&[]).unwrap();
    let lower = Site::start(&["--subscribe", &upper.upstream()]).unwrap();
    upper.philae().unwrap().wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    (upper, lower)
}

/// Takes packets until those of `wanted` have all come; returns how many came besides.
fn take_all(listener: &mut Listener, wanted: &[Vec<u8>]) -> usize {
    let mut missing: Vec<&[u8]> = wanted.iter().map(Vec::as_slice).collect();
    let mut others = 0;
    while !missing.is_empty() {
        let found = listener.next(PATIENCE).unwrap().expect("the broker closed");
        match missing.iter().position(|packet| found == *packet) {
            Some(place) => drop(missing.swap_remove(place)),
            None => others += 1,
        }
    }
    others
}

/// A broker that subscribes to an upstream played by the test.
fn below(upstream: &Upstream, folder: &Path, flags: &[&str]) -> Philae {
    let address = upstream.address().unwrap().to_string();
    Philae::start_in(folder, &[&["--subscribe", &address], flags].concat()).unwrap()
}

fn place(position: u64) -> Cursor {
    Cursor::new("upstream", position).unwrap()
}

#[test]
fn events_pass_a_link_byte_for_byte() {
    let (upper, lower) = pair();
    let mut listener = Listener::start(lower.broadcast()).unwrap();
    let sent: Vec<Vec<u8>> = fixtures::ALL.map(<[u8]>::to_vec).into_iter().chain(packets(0, 50)).collect();
    upper.submit(&sent).unwrap();
    assert_eq!(listener.take(sent.len()).unwrap(), sent);
}

#[test]
fn a_broker_that_was_killed_gets_what_it_missed_once() {
    a_broker_that_was_away_gets_what_it_missed_once("KILL");
}

#[test]
fn a_broker_that_was_stopped_gets_what_it_missed_once() {
    a_broker_that_was_away_gets_what_it_missed_once("TERM");
}

fn a_broker_that_was_away_gets_what_it_missed_once(signal: &str) {
    let (upper, mut lower) = pair();
    let mut listener = Listener::start(lower.broadcast()).unwrap();
    let sent = packets(0, 90);
    upper.submit(&sent[..30]).unwrap();
    assert_eq!(take_all(&mut listener, &sent[..30]), 0);
    lower.end_by(signal).unwrap();
    upper.submit(&sent[30..60]).unwrap();
    lower.start_again().unwrap();
    let mut returned = Listener::returning(lower.broadcast(), listener.cursor().cloned()).unwrap();
    upper.submit(&sent[60..]).unwrap();
    take_all(&mut returned, &sent[30..]);
    let kept = kept(lower.philae().unwrap()).unwrap();
    assert!(is_each_once(&sent, &kept).unwrap(), "{} of {} are in the lower log", kept.len(), sent.len());
}

#[test]
fn a_broker_gets_what_its_upstream_took_while_the_link_was_down() {
    let (mut upper, mut lower) = pair();
    let sent = packets(0, 60);
    let mut listener = Listener::start(lower.broadcast()).unwrap();
    for (signal, range) in [("KILL", 0..20), ("TERM", 20..40)] {
        upper.submit(&sent[range.clone()]).unwrap();
        assert_eq!(take_all(&mut listener, &sent[range]), 0);
        upper.end_by(signal).unwrap();
        upper.start_again().unwrap();
    }
    upper.submit(&sent[40..]).unwrap();
    assert_eq!(take_all(&mut listener, &sent[40..]), 0, "an event came again");
    assert!(is_each_once(&sent, &kept(lower.philae().unwrap()).unwrap()).unwrap());
}

#[test]
fn what_retention_took_from_a_returning_broker_is_told_in_its_log() {
    let (upstream, folder) = (Upstream::listen().unwrap(), tempfile::tempdir().unwrap());
    let mut philae = below(&upstream, folder.path(), &[]);
    let mut link = upstream.accept(&place(10)).unwrap();
    assert_eq!(link.returning(), None);
    link.deliver(fixtures::GRB).unwrap();
    drop(link);
    let mut link = upstream.accept(&place(30)).unwrap();
    assert_eq!(link.returning(), Some(&place(10)));
    link.resume(&place(25)).unwrap();
    philae.wait_for_lines("the upstream no longer keeps all that we missed", 1, PATIENCE).unwrap();
    assert!(philae.log().contains("missed=15"), "{}", philae.log());
}

#[test]
fn filters_are_forwarded_to_every_upstream() {
    let (upstream, folder) = (Upstream::listen().unwrap(), tempfile::tempdir().unwrap());
    let flags = ["--filter", "//Param[@name='Trigger_ID']", "--filter", "/*[@role=\"test\"]"];
    let _philae = below(&upstream, folder.path(), &flags);
    let link = upstream.accept(&place(0)).unwrap();
    assert_eq!(link.filters(), ["//Param[@name='Trigger_ID']", "/*[@role=\"test\"]"]);
}

#[test]
fn a_duplicate_from_another_upstream_is_acked_and_passes_once() {
    let (first, second) = (Upstream::listen().unwrap(), Upstream::listen().unwrap());
    let (folder, also) = (tempfile::tempdir().unwrap(), second.address().unwrap().to_string());
    let philae = below(&first, folder.path(), &["--subscribe", &also]);
    let mut links = [first.accept(&place(0)).unwrap(), second.accept(&place(0)).unwrap()];
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    for packet in fixtures::ALL {
        links.iter_mut().for_each(|link| link.deliver(packet).unwrap());
    }
    assert_eq!(listener.take(fixtures::ALL.len()).unwrap(), fixtures::ALL);
    assert_eq!(kept(&philae).unwrap(), fixtures::ALL);
}

#[test]
fn what_cannot_be_understood_does_not_stop_the_flow() {
    let (upstream, folder) = (Upstream::listen().unwrap(), tempfile::tempdir().unwrap());
    let philae = below(&upstream, folder.path(), &[]);
    let mut link = upstream.accept(&place(0)).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    for noise in [b"" as &[u8], b"\0\xff\xfe", b"GET / HTTP/1.1", b"<Transport role='shout'/>", b"<a"] {
        link.send(noise).unwrap();
    }
    link.deliver(b"<VOEvent ivorn='ivo://philae.test/s#1'><Who></VOEvent>").unwrap();
    link.deliver(b"<VOEvent ivorn='no ivoid'/>").unwrap();
    link.deliver(b"<VOEvent/>").unwrap();
    link.deliver(fixtures::GRB).unwrap();
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
    assert_eq!(philae.log().matches("event from upstream rejected").count(), 3, "{}", philae.log());
}

#[test]
fn a_packet_beyond_the_limit_does_not_stop_what_follows_it() {
    let mut upper = Site::start(&["--max-event-size", "4MiB"]).unwrap();
    let mut lower = Site::start(&["--subscribe", &upper.upstream()]).unwrap();
    upper.philae().unwrap().wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    let mut listener = Listener::start(lower.broadcast()).unwrap();
    let sent = [packet(1, 10), packet(2, 2 << 20), packet(3, 10)];
    upper.submit(&sent).unwrap();
    take_all(&mut listener, &[sent[0].clone(), sent[2].clone()]);
    assert!(lower.philae().unwrap().log().contains("2097"), "the log names the packet's size");
}

#[test]
fn each_event_passes_a_ring_of_three_brokers_once() {
    let folder = tempfile::tempdir().unwrap();
    let name = |it: &str| folder.path().join(it).to_str().unwrap().to_owned();
    let start = |own: &str, upper: &str| {
        let (socket, upstream) = (format!("unix:{}", name(own)), format!("unix:{}", name(upper)));
        let flags = ["--broadcast", &socket, "--subscribe", &upstream];
        Philae::start_in(&folder.path().join(format!("{own}-store")), &flags).unwrap()
    };
    let mut ring = [start("a", "c"), start("b", "a"), start("c", "b")];
    for philae in &mut ring {
        philae.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    }
    let mut listeners = ring.each_ref().map(|it| Listener::start(it.broadcast().unwrap()).unwrap());
    for (philae, packet) in ring.iter().zip(fixtures::ALL) {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
    for listener in &mut listeners {
        let mut received: Vec<Bytes> = listener.take(ring.len()).unwrap();
        assert!(listener.is_quiet_for(Duration::from_secs(1)).unwrap(), "an event came around again");
        received.sort();
        assert_eq!(repeated(&received).unwrap(), 0);
    }
}

#[test]
fn a_length_bomb_from_upstream_ends_that_link_and_the_next_one_goes_on() {
    let (upstream, folder) = (Upstream::listen().unwrap(), tempfile::tempdir().unwrap());
    let philae = below(&upstream, folder.path(), &[]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let mut link = upstream.accept(&place(0)).unwrap();
    link.send_raw(&[0xff; 8]).unwrap();
    let mut link = upstream.accept(&place(0)).unwrap();
    link.deliver(fixtures::GRB).unwrap();
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
    assert!(philae.resident_kib().unwrap() < 200 * 1024);
}
