//! Hostile subscribers: that never read, never acknowledge, or say what nobody asked for.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails in a helper fails the test")]

use std::time::{Duration, Instant};

use system_tests::client::{Listener, PATIENCE, Wire, framed, packet, submit_acked};
use system_tests::philae::Philae;
use system_tests::wait::wait_until;
use system_tests::witness::Witness;
use tempfile::TempDir;
use vtp::transport::{Role, Transport};

fn broker(flags: &[&str]) -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), flags).unwrap();
    (folder, philae)
}

fn subscribe(philae: &Philae) -> Wire {
    let mut wire = Wire::connect(philae.broadcast().unwrap()).unwrap();
    let greeting = wire.next_frame().unwrap().expect("a greeting");
    assert_eq!(Transport::parse(&greeting).unwrap().role, Role::Authenticate);
    wire
}

fn message(role: Role) -> Transport {
    Transport::new(role, "ivo://philae.test/hostile#1")
}

fn frame_of(message: &Transport) -> Vec<u8> {
    framed(&message.to_bytes(jiff::Timestamp::UNIX_EPOCH))
}

/// Whether the system still has a connection between these ports, by its own table.
fn is_connected(near: u16, far: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let (near, far) = (format!(":{near:04X}"), format!(":{far:04X}"));
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next().is_some_and(|f| f.ends_with(&near)) && fields.next().is_some_and(|f| f.ends_with(&far))
    })
}

/// Passes 150 events of 90 kB and sees each come promptly; returns the most memory that the broker had, in KiB.
fn pass_150(philae: &Philae, listener: &mut Listener, first: usize) -> u64 {
    let pass = |number| {
        let (event, start) = (packet(number, 90_000), Instant::now());
        submit_acked(philae.receive().unwrap(), &event).unwrap();
        assert_eq!(listener.take(1).unwrap(), [event]);
        assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
        philae.resident_kib().unwrap()
    };
    (first..first + 150).map(pass).max().unwrap()
}

#[test]
fn a_subscriber_that_never_reads_is_cut_off_and_costs_nobody_anything() {
    let (_folder, mut philae) = broker(&["--ack-timeout", "3s"]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let before = pass_150(&philae, &mut listener, 0);
    let deaf: Vec<Wire> = (0..10).map(|_| subscribe(&philae)).collect();
    let growth = pass_150(&philae, &mut listener, 150).saturating_sub(before);
    assert!(growth < 16 * 1024, "{growth} KiB");
    philae.wait_for_lines("were not acknowledged within 3 s", 10, PATIENCE).unwrap();
    let port = philae.broadcast().unwrap().port();
    for wire in deaf {
        let far = wire.local().unwrap().port();
        wait_until(PATIENCE, "the socket to be gone", || !is_connected(port, far)).unwrap();
    }
}

#[test]
fn a_subscriber_that_reads_but_never_acknowledges_is_cut_off() {
    let (_folder, mut philae) = broker(&["--ack-timeout", "1s"]);
    let mut wire = subscribe(&philae);
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    assert!(wire.next_frame().unwrap().is_some());
    assert_eq!(wire.next_frame().unwrap(), None);
    philae.wait_for_lines("1 packets were not acknowledged within 1 s", 1, PATIENCE).unwrap();
    witness.feels_nothing().unwrap();
}

#[test]
fn naks_keep_the_link_and_nothing_raw_of_them_reaches_the_log() {
    let (_folder, mut philae) = broker(&["--ack-timeout", "10s", "-v"]);
    let mut wire = subscribe(&philae);
    let nak = "<Transport role='nak'><Origin>\u{1b}[31m&#27;c</Origin><Meta><Result>no\u{9b}2J&#10;forged line\
               \u{202e}</Result></Meta></Transport>";
    for number in 0..10 {
        submit_acked(philae.receive().unwrap(), &packet(number, 0)).unwrap();
        assert_eq!(wire.next_frame().unwrap().unwrap(), packet(number, 0));
        wire.send(&framed(nak.as_bytes())).unwrap();
    }
    philae.wait_for_lines("the subscriber refused an event", 10, PATIENCE).unwrap();
    assert!(philae.log().lines().all(|line| !line.starts_with("forged")));
    assert!(!philae.log().contains(['\u{1b}', '\u{9b}', '\u{202e}']));
}

#[test]
fn receipts_that_nobody_asked_for_are_ignored() {
    let (_folder, philae) = broker(&[]);
    let mut wire = subscribe(&philae);
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    wire.next_frame().unwrap().expect("the event of the witness");
    let before = philae.resident_kib().unwrap();
    for role in [Role::Ack, Role::Nak, Role::Iamalive] {
        wire.send(&frame_of(&message(role)).repeat(5_000)).unwrap();
        witness.feels_nothing().unwrap();
        assert!(wire.next_frame().unwrap().is_some(), "the link is kept after {role:?}");
    }
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 8 * 1024, "{growth} KiB");
    let lines = philae.log().matches("the subscriber refused an event").count();
    assert!(lines <= 100, "{lines} lines in the log");
}

#[test]
fn a_subscriber_that_sends_events_or_garbage_is_cut_off_and_nothing_is_taken() {
    let (_folder, mut philae) = broker(&["-v"]);
    let mut witness = Witness::start(&philae).unwrap();
    let garbage = b"<Transport role='&#27;[2J&#10;forged'/>";
    for (turn, payload) in [&packet(1, 0), garbage.as_slice(), b"\0\xff", b""].into_iter().enumerate() {
        let mut wire = subscribe(&philae);
        wire.send(&framed(payload).repeat(100)).unwrap();
        wire.wait_for_close(PATIENCE).unwrap();
        philae.wait_for_lines("it sent 100 messages that cannot be understood", turn + 1, PATIENCE).unwrap();
        witness.feels_nothing().unwrap();
    }
    assert!(!philae.log().contains("ivo://philae.test/load#1 "), "an event was taken");
    assert!(!philae.log().contains('\u{1b}') && philae.log().lines().all(|line| !line.starts_with("forged")));
}

#[test]
fn a_length_bomb_ends_a_subscription() {
    let (_folder, mut philae) = broker(&[]);
    let mut witness = Witness::start(&philae).unwrap();
    for declared in [u32::MAX, 100_000] {
        let mut wire = subscribe(&philae);
        wire.send(&declared.to_be_bytes()).unwrap();
        wire.wait_for_close(PATIENCE).unwrap();
        philae.wait_for_lines(&format!("{declared} bytes was announced"), 1, PATIENCE).unwrap();
    }
    witness.feels_nothing().unwrap();
}

#[test]
fn a_subscriber_that_asks_without_reading_the_answers_costs_no_memory() {
    let (_folder, philae) = broker(&[]);
    let mut witness = Witness::start(&philae).unwrap();
    let mut wire = subscribe(&philae);
    witness.feels_nothing().unwrap();
    let before = philae.resident_kib().unwrap();
    let filters = frame_of(&message(Role::Authenticate).with_filters(&["x".repeat(10_000)])).repeat(20);
    let start = Instant::now();
    let (mut sent, mut at) = (0, 0);
    while start.elapsed() < Duration::from_secs(3) && sent < 200_000_000 {
        let taken = wire.send_some(&filters[at..]).unwrap();
        (sent, at) = (sent + taken, (at + taken) % filters.len());
    }
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 8 * 1024, "{growth} KiB for {sent} bytes");
    assert!(philae.log().len() < 1_000_000, "{} bytes of log", philae.log().len());
    witness.feels_nothing().unwrap();
}

#[test]
fn a_flood_of_answers_does_not_put_off_the_deadline() {
    let (_folder, mut philae) = broker(&["--ack-timeout", "1s"]);
    let mut witness = Witness::start(&philae).unwrap();
    let mut wire = subscribe(&philae);
    witness.feels_nothing().unwrap();
    let flood = frame_of(&message(Role::Iamalive)).repeat(200);
    let start = Instant::now();
    let mut at = 0;
    while let Ok(taken) = wire.send_some(&flood[at..]) {
        at = (at + taken) % flood.len();
        assert!(start.elapsed() < PATIENCE / 4, "still connected");
    }
    philae.wait_for_lines("1 packets were not acknowledged within 1 s", 1, PATIENCE).unwrap();
}
