//! Hostile brokers: what they can do to `philae send`, `philae tap` and a Philae that subscribes to them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use system_tests::client::{PATIENCE, Wire, framed, packet};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::tool::{Left, Tool};
use system_tests::witness::Witness;
use vtp::transport::{Role, Transport};

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// What `philae send` makes of a broker that reads the event and answers with these bytes, then waits or leaves.
fn send_answered_with(answer: &[u8], then_leaves: bool) -> Left {
    let (listener, address) = listen();
    let tool = Tool::with_input(&["send", "--timeout", "2", &address], fixtures::GRB).unwrap();
    let mut wire = Wire::accept(&listener).unwrap();
    wire.next_frame().unwrap().expect("the event");
    wire.send(answer).unwrap();
    let kept = (!then_leaves).then_some(wire);
    let left = tool.finish().unwrap();
    drop(kept);
    assert!(!left.err().contains(['\u{1b}', '\u{9b}', '\u{202e}']), "raw in {:?}", left.err());
    assert!(left.err().len() < 4_000, "{} bytes printed", left.err().len());
    left
}

/// `philae tap --once` of a broker that sends these bytes and leaves.
fn tap_of(flags: &[&str], bytes: &[u8]) -> Left {
    let (listener, address) = listen();
    let tool = Tool::start(&[&["tap", "--once", &address], flags].concat()).unwrap();
    let mut wire = Wire::accept(&listener).unwrap();
    wire.send(bytes).unwrap();
    // What it answers is read, so that the connection ends in order.
    while wire.next_frame().is_ok_and(|frame| frame.is_some_and(|f| !f.is_empty())) && bytes.len() > 1 << 20 {
    }
    drop(wire);
    tool.finish().unwrap()
}

fn xml(role: &str, inside: &str) -> Vec<u8> {
    framed(format!("<Transport role='{role}'>{inside}</Transport>").as_bytes())
}

#[test]
fn send_gives_up_on_a_broker_that_says_nothing_or_half() {
    let start = Instant::now();
    for answer in [b"".as_slice(), &[0, 0], &xml("ack", "")[..20]] {
        let left = send_answered_with(answer, false);
        assert_eq!(left.code, Some(1));
        assert!(left.err().contains("nothing complete came within 2 s"), "{}", left.err());
    }
    assert!(start.elapsed() < PATIENCE);
    let left = send_answered_with(b"", true);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("closed the connection without a receipt"), "{}", left.err());
}

#[test]
fn send_takes_nothing_but_a_receipt_for_one() {
    let bomb = send_answered_with(&[0xff; 4], false);
    assert!(bomb.err().contains("4294967295 bytes was announced"), "{}", bomb.err());
    let long = format!("<{}/>", "x".repeat(90_000));
    let answers =
        [framed(b""), framed(b"HTTP/1.1 400 Bad Request"), framed(long.as_bytes()), xml("iamalive", "")];
    for answer in answers {
        let left = send_answered_with(&answer, false);
        assert!(left.err().contains("answered with something that is no receipt"), "{}", left.err());
        assert_eq!(left.code, Some(1));
    }
}

#[test]
fn send_prints_a_reason_without_its_control_characters() {
    let left = send_answered_with(&xml("nak", ""), false);
    assert!(left.code == Some(1) && left.err().contains("nak: no reason given"), "{}", left.err());
    for odd in ["\u{1b}]0;owned\u{7}", "&#27;[2J", "\u{9b}2J", "\u{202e}", &"x".repeat(90_000)] {
        let result = format!("<Meta><Result>sorry {odd}</Result></Meta>");
        let left = send_answered_with(&xml("nak", &result), false);
        assert!(left.err().contains("nak: sorry"), "{}", left.err());
        let acked = send_answered_with(&xml("ack", &result), false);
        assert!(
            acked.out().contains("ack (sorry") && !acked.out().contains(['\u{1b}', '\u{9b}', '\u{202e}'])
        );
        let role = send_answered_with(&xml(&odd.replace("&#27;", "&#x1b;"), ""), false);
        assert_eq!(role.code, Some(1));
    }
}

#[test]
fn tap_leaves_a_broker_that_sends_bombs_or_garbage() {
    let cases: [(&[u8], &str); 3] = [
        (&[0xff; 4], "4294967295 bytes was announced"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "bytes was announced"),
        (&framed(b"\0").repeat(1000), "messages that cannot be understood"),
    ];
    for (bytes, reason) in cases {
        let left = tap_of(&[], bytes);
        assert_eq!(left.code, Some(69));
        assert!(left.err().contains(reason), "{}", left.err());
        assert!(left.err().lines().count() < 1100);
    }
}

#[test]
fn tap_prints_nothing_raw_of_what_strangers_write() {
    let odd = "&#27;[2J\u{1b}c&#10;forged\u{9b}2J\u{7f}\u{202e}";
    let event = format!("<VOEvent ivorn='ivo://a.b.c/x#{odd}' role='{odd}' version='{odd}'/>");
    let bytes = [
        framed(event.as_bytes()),
        xml("nak", &format!("<Meta><Result>{odd}</Result></Meta>")),
        xml(odd, ""),
        framed(format!("<VOEvent role='{odd}'>").as_bytes()),
        framed(format!("<a{}/>", odd.replace(['&', '#', ';'], "")).as_bytes()),
    ]
    .concat();
    for flags in [[].as_slice(), &["--json"]] {
        let left = tap_of(flags, &bytes);
        let printed = left.out() + &left.err();
        assert!(!printed.contains(['\u{1b}', '\u{9b}', '\u{7f}', '\u{202e}']), "{printed:?}");
        assert!(printed.lines().all(|line| !line.starts_with("forged")), "{printed}");
        assert_eq!(left.out().lines().count(), 1, "{}", left.out());
    }
}

#[test]
fn save_writes_nowhere_but_into_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let names =
        ["ivo://../../escape#1", "/etc/escape", "", "..", "ivo://a.b/../../../escape", "a&#0;b&#10;c"];
    let event = |name: &&str| framed(format!("<VOEvent ivorn='{name}'/>").as_bytes());
    tap_of(&["--save", inside.to_str().unwrap()], &names.iter().flat_map(event).collect::<Vec<u8>>());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let saved = std::fs::read_dir(&inside).unwrap().count();
    assert!((4..=names.len()).contains(&saved), "{saved} saved");
}

/// Floods whoever connects with signs of life and reads none of the answers; how much was sent in that time.
fn flood(wire: &mut Wire, time: Duration) -> usize {
    let alive = xml("iamalive", "<Origin>ivo://philae.test/upstream</Origin>").repeat(500);
    let start = Instant::now();
    let (mut at, mut sent) = (0, 0);
    while start.elapsed() < time {
        let Ok(taken) = wire.send_some(&alive[at..]) else { break };
        (at, sent) = ((at + taken) % alive.len(), sent + taken);
    }
    sent
}

#[test]
fn a_broker_that_asks_without_reading_the_answers_costs_no_memory() {
    let (listener, address) = listen();
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--subscribe", &address]).unwrap();
    let mut upstream = Wire::accept(&listener).unwrap();
    let tap = Tool::start(&["tap", &address]).unwrap();
    let mut tapped = Wire::accept(&listener).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    let before = (philae.resident_kib().unwrap(), tap.resident_kib().unwrap());
    flood(&mut upstream, Duration::from_secs(3));
    flood(&mut tapped, Duration::from_secs(3));
    let growth = philae.resident_kib().unwrap().saturating_sub(before.0);
    assert!(growth < 8 * 1024, "the broker grew by {growth} KiB");
    let growth = tap.resident_kib().unwrap().saturating_sub(before.1);
    assert!(growth < 8 * 1024, "tap grew by {growth} KiB");
    witness.feels_nothing().unwrap();
}

#[test]
fn an_upstream_that_sends_garbage_is_left_and_tried_again_later() {
    let (listener, address) = listen();
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &["--subscribe", &address]).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    for (turn, bytes) in [vec![0xff; 4], framed(b"\0\xff").repeat(1000)].iter().enumerate() {
        let mut upstream = Wire::accept(&listener).unwrap();
        upstream.send(bytes).unwrap();
        upstream.wait_for_close(PATIENCE).unwrap();
        philae.wait_for_lines("no link to upstream", turn + 1, PATIENCE).unwrap();
        witness.feels_nothing().unwrap();
    }
    let mut upstream = Wire::accept(&listener).unwrap();
    upstream.send(&framed(&packet(1, 0))).unwrap();
    philae.wait_for_lines("event accepted", 1, PATIENCE).unwrap();
    witness.feels_nothing().unwrap();
}

#[test]
fn what_an_upstream_sends_unfit_is_acknowledged_and_goes_no_further() {
    let (listener, address) = listen();
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &["--subscribe", &address]).unwrap();
    let mut upstream = Wire::accept(&listener).unwrap();
    let unfit = format!("<VOEvent ivorn='ivo://philae.test/x#1\u{1b}'>{}", "<a>".repeat(100_000));
    for number in 0..3 {
        upstream.send(&framed(unfit.as_bytes())).unwrap();
        let ack = Transport::parse(&upstream.next_frame().unwrap().unwrap()).unwrap();
        assert_eq!(ack.role, Role::Ack);
        philae.wait_for_lines("event from upstream rejected", number + 1, PATIENCE).unwrap();
    }
    Witness::start(&philae).unwrap().feels_nothing().unwrap();
    assert!(!philae.log().contains('\u{1b}'));
}
