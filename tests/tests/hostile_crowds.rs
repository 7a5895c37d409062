//! Crowds: more connections than there are places. The excess is closed, the log tells why, and others go on.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use system_tests::client::{PATIENCE, Wire, packet, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::wait::wait_until;
use system_tests::witness::Witness;

/// An address of this machine that is not the one of well-behaved peers.
fn host(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 1, last).into()
}

fn crowd(from: IpAddr, to: SocketAddr, count: usize) -> Vec<Wire> {
    (0..count).map(|_| Wire::connect_from(from, to).unwrap()).collect()
}

fn closed(wires: &mut [Wire]) -> usize {
    wires.iter_mut().map(|wire| usize::from(wire.is_closed())).sum()
}

#[test]
fn one_address_cannot_take_the_places_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    let before = philae.resident_kib().unwrap();
    let mut authors = crowd(host(1), philae.receive().unwrap(), 2000);
    let mut subscribers = crowd(host(1), philae.broadcast().unwrap(), 2000);
    for crowd in [&mut authors, &mut subscribers] {
        wait_until(PATIENCE, "the excess to be closed", || closed(crowd) >= 2000 - 256).unwrap();
        witness.feels_nothing().unwrap();
        assert_eq!(closed(crowd), 2000 - 256);
    }
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 16 * 1024, "{growth} KiB");
    for service in ["receive", "broadcast"] {
        philae.wait_for_lines(&format!("connection refused service=\"{service}\""), 1, PATIENCE).unwrap();
    }
    assert!(philae.log().contains("its address has all the 256 places of one address"));
}

#[test]
fn a_listener_has_a_limit_of_its_own_and_gives_places_back() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--receive-max-connections", "300", "--receive-max-per-address", "100"];
    let mut philae = Philae::start_in(folder.path(), &flags).unwrap();
    let receive = philae.receive().unwrap();
    let mut held: Vec<Wire> = (1..=3).flat_map(|last| crowd(host(last), receive, 100)).collect();
    let mut excess = crowd(host(4), receive, 50);
    wait_until(PATIENCE, "the excess to be closed", || closed(&mut excess) == 50).unwrap();
    philae.wait_for_lines("all 300 places are taken", 1, PATIENCE).unwrap();
    assert_eq!(closed(&mut held), 0);
    drop(held);
    wait_until(PATIENCE, "a place to be free", || submit_acked(receive, fixtures::GRB).is_ok()).unwrap();
}

#[test]
fn connections_that_come_and_go_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    let open = || std::fs::read_dir(format!("/proc/{}/fd", philae.id())).unwrap().count();
    witness.feels_nothing().unwrap();
    // The index beside the log is opened meanwhile, and stays open.
    let index = folder.path().join("index/events.sqlite-shm");
    wait_until(PATIENCE, "the index to be open", || index.exists()).unwrap();
    let (files, before) = (open(), philae.resident_kib().unwrap());
    for turn in 0..2000 {
        let port = if turn % 2 == 0 { philae.receive() } else { philae.broadcast() };
        drop(Wire::connect_from(host(1), port.unwrap()).unwrap());
    }
    wait_until(PATIENCE, "all to be gone", || open() <= files).unwrap();
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 8 * 1024, "{growth} KiB");
    witness.feels_nothing().unwrap();
}

#[test]
fn one_address_cannot_take_all_room_for_large_events() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    // Each announces the most that is permitted and sends as much as comes free of charge, then nothing.
    let announced = [(1u32 << 20).to_be_bytes().as_slice(), &[b' '; 66_000]].concat();
    let mut greedy = crowd(host(1), philae.receive().unwrap(), 100);
    for wire in &mut greedy {
        wire.send(&announced).unwrap();
    }
    let large = packet(1, 500_000);
    let start = Instant::now();
    submit_acked(philae.receive().unwrap(), &large).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
