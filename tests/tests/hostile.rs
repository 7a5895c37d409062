//! Hostile authors: bombs, half frames, garbage, wrong roles. Each gets its answer or is closed, and nobody else feels it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails in a helper fails the test")]

use std::time::{Duration, Instant};

use system_tests::client::{Listener, PATIENCE, Wire, framed, packet, submit};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::wait::wait_until;
use system_tests::witness::Witness;
use tempfile::TempDir;
use vtp::transport::{Role, Transport};

/// The default limit of an event.
const LIMIT: u32 = 1 << 20;
/// What a closing may take on a busy machine.
const PROMPT: Duration = Duration::from_secs(5);

fn broker(flags: &[&str]) -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), flags).unwrap();
    (folder, philae)
}

/// Sends bytes as they are; the reason of the nak that must come before the broker closes.
fn refused(philae: &Philae, bytes: &[u8]) -> String {
    let mut wire = Wire::connect(philae.receive().unwrap()).unwrap();
    wire.send(bytes).unwrap();
    let receipt = Transport::parse(&wire.next_frame().unwrap().expect("a nak")).unwrap();
    assert_eq!(receipt.role, Role::Nak);
    wire.wait_for_close(PROMPT).unwrap();
    receipt.result.expect("a reason")
}

#[test]
fn a_length_bomb_is_told_the_limit_and_costs_no_memory() {
    let (_folder, philae) = broker(&[]);
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    let before = philae.resident_kib().unwrap();
    for declared in [u32::MAX, LIMIT + 1].repeat(50) {
        let reason = refused(&philae, &declared.to_be_bytes());
        assert!(reason.contains(&declared.to_string()) && reason.contains("limit is 1048576"), "{reason}");
    }
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 8 * 1024, "{growth} KiB");
    witness.feels_nothing().unwrap();
}

#[test]
fn an_author_of_a_too_long_event_hears_why_however_late_the_event_follows() {
    let (_folder, mut philae) = broker(&[]);
    let event = vec![b'x'; 2 << 20];
    let mut wire = Wire::connect(philae.receive().unwrap()).unwrap();
    let frame = framed(&event);
    wire.send(&frame[..4]).unwrap();
    philae.wait_for_lines("author closed", 1, PATIENCE).unwrap();
    wire.send(&frame[4..]).unwrap();
    let receipt = Transport::parse(&wire.next_frame().unwrap().expect("a nak")).unwrap();
    assert!(receipt.result.unwrap().contains("limit is 1048576"));
}

#[test]
fn an_author_has_20_s_in_all_whether_it_is_silent_or_drips() {
    let (_folder, philae) = broker(&[]);
    let mut witness = Witness::start(&philae).unwrap();
    let start = Instant::now();
    let begin = |bytes: &[u8]| {
        let mut wire = Wire::connect(philae.receive().unwrap()).unwrap();
        wire.send(bytes).unwrap();
        wire
    };
    let half = &framed(fixtures::GRB)[..500];
    let mut silent = [begin(b""), begin(&[0, 0]), begin(half)];
    let mut drippers: Vec<Wire> = (0..64).map(|_| begin(&LIMIT.to_be_bytes())).collect();
    let mut is_over = || {
        witness.feels_nothing().unwrap();
        let closed = drippers.iter_mut().filter_map(|wire| wire.send_some(b"<").err()).count();
        closed == drippers.len() && silent.iter_mut().all(Wire::is_closed)
    };
    wait_until(PATIENCE, "all to be closed", &mut is_over).unwrap();
    let took = start.elapsed().as_secs_f32();
    assert!((19.0..26.0).contains(&took), "closed after {took} s");
}

#[test]
fn garbage_is_answered_with_a_nak_and_closed() {
    let (_folder, philae) = broker(&[]);
    let mut witness = Witness::start(&philae).unwrap();
    let mut seed = 1u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed.to_be_bytes()[0] | 1
    };
    let random: Vec<u8> = (0..4096).map(|_| noise()).collect();
    let raw: [&[u8]; 5] = [
        &random,
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0\x01",
        &[0; 64],
        &[0xff; 64],
    ];
    for bytes in raw {
        refused(&philae, bytes);
        refused(&philae, &framed(bytes));
        witness.feels_nothing().unwrap();
    }
}

#[test]
fn an_empty_frame_is_told_that_it_is_empty() {
    let (_folder, philae) = broker(&[]);
    assert_eq!(refused(&philae, &framed(b"")), "Event rejected: the message is empty");
}

#[test]
fn a_transport_message_is_no_submission() {
    let (_folder, philae) = broker(&[]);
    let now = jiff::Timestamp::UNIX_EPOCH;
    for role in [Role::Iamalive, Role::Authenticate, Role::Ack, Role::Nak] {
        let message = Transport::new(role, "ivo://philae.test/hostile#1").to_bytes(now);
        let reason = refused(&philae, &framed(&message));
        assert!(reason.contains("the root element is 'Transport', not 'VOEvent'"), "{reason}");
    }
    Witness::start(&philae).unwrap().feels_nothing().unwrap();
}

#[test]
fn a_frame_behind_the_first_is_neither_acknowledged_nor_taken() {
    let (_folder, philae) = broker(&[]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let mut wire = Wire::connect(philae.receive().unwrap()).unwrap();
    wire.send(&[framed(&packet(1, 0)), framed(&packet(2, 0))].concat()).unwrap();
    let receipt = Transport::parse(&wire.next_frame().unwrap().expect("an ack")).unwrap();
    assert_eq!(receipt.role, Role::Ack);
    assert_eq!(wire.next_frame().unwrap(), None);
    submit(philae.receive().unwrap(), &packet(3, 0)).unwrap();
    assert_eq!(listener.take(2).unwrap(), [packet(1, 0), packet(3, 0)]);
}

#[test]
fn an_event_whose_author_left_before_the_ack_is_kept_and_delivered() {
    let (_folder, philae) = broker(&[]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let mut wire = Wire::connect(philae.receive().unwrap()).unwrap();
    wire.send(&framed(fixtures::GRB)).unwrap();
    drop(wire);
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
    let again = submit(philae.receive().unwrap(), fixtures::GRB).unwrap().unwrap();
    assert!(again.result.unwrap().starts_with("Duplicate"));
}
