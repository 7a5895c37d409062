//! An author gives a packet to a broker (VTP 2.0 § Author to broker).

use bytes::Bytes;
use vtp::session::{AUTHOR_TIMEOUT, CloseReason, Receiver, Sender, Verdict};
use vtp::transport::{Role, Transport};
use vtp::{Packet, frame};

use crate::pair::{Pair, at, framed, seconds};
use crate::peers;
use crate::sides::{BROKER, receiver};

/// An author and a broker whose wire has carried `packet` across.
fn submitted(packet: Bytes) -> Pair<Sender, Receiver> {
    let mut pair = Pair::new(1, Sender::new(packet, AUTHOR_TIMEOUT, at(0)), receiver(at(0)));
    pair.settle();
    pair
}

/// What an author makes of an answer.
fn verdict_on(answer: &str) -> Option<Verdict> {
    let mut sender = Sender::new(peers::packet(1), AUTHOR_TIMEOUT, at(0));
    sender.receive(&framed(answer.as_bytes()), at(1));
    sender.next_event()
}

#[test]
fn a_submission_is_acked_and_over() {
    let mut pair = submitted(peers::packet(1));
    assert_eq!(pair.right.next_event(), Some(peers::packet(1)));
    pair.right.accept(&peers::ivorn(1), None, pair.now());
    pair.settle();
    assert_eq!(pair.left.next_event(), Some(Verdict::Accepted(None)));
    assert_eq!(pair.left.closed(), Some(&CloseReason::Complete));
    assert_eq!(pair.right.closed(), Some(&CloseReason::Complete));
}

#[test]
fn an_ack_may_carry_a_note() {
    let mut pair = submitted(peers::packet(1));
    pair.right.next_event();
    pair.right.accept(&peers::ivorn(1), Some("seen before"), pair.now());
    pair.settle();
    assert_eq!(pair.left.next_event(), Some(Verdict::Accepted(Some("seen before".to_owned()))));
}

#[test]
fn a_nak_carries_the_reason_and_the_ivorn() {
    let mut pair = submitted(peers::packet(1));
    let packet = Packet::parse(pair.right.next_event().unwrap()).unwrap();
    pair.right.refuse(Some(packet.ivorn()), "no room", pair.now());
    let nak = Transport::parse(&pair.right.transmit().unwrap()).unwrap();
    assert_eq!((nak.role, nak.origin), (Role::Nak, peers::ivorn(1)));
    assert_eq!(nak.response.as_deref(), Some(BROKER));
    assert_eq!(nak.result.as_deref(), Some("no room"));
}

#[test]
fn an_author_reads_the_reason_of_a_nak() {
    let mut pair = submitted(peers::packet(1));
    pair.right.next_event();
    pair.right.refuse(Some(&peers::ivorn(1)), "no <room> & \"more\"", pair.now());
    pair.settle();
    assert_eq!(pair.left.next_event(), Some(Verdict::Refused(Some("no <room> & \"more\"".to_owned()))));
}

#[test]
fn a_nak_of_what_cannot_be_read_has_the_broker_as_origin() {
    let mut pair = submitted(Bytes::from_static(b"GET / HTTP/1.1"));
    let error = Packet::parse(pair.right.next_event().unwrap()).unwrap_err();
    pair.right.refuse(None, &error.to_string(), pair.now());
    let nak = Transport::parse(&pair.right.transmit().unwrap()).unwrap();
    assert_eq!((nak.role, nak.origin.as_str()), (Role::Nak, BROKER));
}

#[test]
fn an_empty_frame_is_a_submission_to_be_judged() {
    assert_eq!(submitted(Bytes::new()).right.next_event(), Some(Bytes::new()));
}

#[test]
fn an_author_silent_for_20_s_is_closed() {
    let mut receiver = receiver(at(0));
    receiver.wake(at(19));
    assert_eq!(receiver.closed(), None);
    assert_eq!(receiver.deadline(), Some(seconds(20)));
    receiver.wake(at(20));
    assert_eq!(receiver.closed(), Some(&CloseReason::Silent(AUTHOR_TIMEOUT)));
    assert_eq!(receiver.transmit(), None);
}

#[test]
fn bytes_that_trickle_do_not_prolong() {
    let mut receiver = receiver(at(0));
    for (second, byte) in (0..20).zip(framed(&peers::packet(1))) {
        receiver.receive(&[byte], at(second));
    }
    receiver.wake(at(20));
    assert_eq!(receiver.closed(), Some(&CloseReason::Silent(AUTHOR_TIMEOUT)));
}

#[test]
fn judging_takes_as_long_as_it_takes() {
    let mut pair = submitted(peers::packet(1));
    pair.right.next_event();
    assert_eq!(pair.right.deadline(), None);
    pair.right.wake(at(3600));
    pair.right.accept(&peers::ivorn(1), None, at(3600));
    assert!(pair.right.transmit().is_some());
}

#[test]
fn a_length_bomb_is_refused_at_its_header() {
    let mut receiver = receiver(at(0));
    receiver.receive(&[0xff; frame::HEADER_BYTES], at(1));
    let nak = Transport::parse(&receiver.transmit().unwrap()).unwrap();
    let reason = "a message of 4294967295 bytes was announced, the limit is 99999";
    assert_eq!((nak.role, nak.origin.as_str(), nak.result.as_deref()), (Role::Nak, BROKER, Some(reason)));
    assert!(matches!(receiver.closed(), Some(CloseReason::TooLong(_))));
    assert_eq!(receiver.next_event(), None);
}

#[test]
fn a_second_frame_is_not_taken() {
    let mut receiver = receiver(at(0));
    receiver.receive(&[framed(&peers::packet(1)), framed(&peers::packet(2))].concat(), at(1));
    assert_eq!(receiver.next_event(), Some(peers::packet(1)));
    receiver.accept(&peers::ivorn(1), None, at(2));
    receiver.receive(&framed(&peers::packet(3)), at(3));
    assert_eq!(receiver.next_event(), None);
    assert!(receiver.transmit().is_some());
    assert_eq!(receiver.transmit(), None);
}

#[test]
fn an_author_without_a_receipt_gives_up_after_20_s() {
    let mut pair = submitted(peers::packet(1));
    pair.pass(seconds(20));
    assert_eq!(pair.left.closed(), Some(&CloseReason::Silent(AUTHOR_TIMEOUT)));
    assert_eq!(pair.left.next_event(), None);
}

#[test]
fn a_receipt_is_known_by_its_role_whatever_its_origin() {
    assert_eq!(verdict_on(peers::PYGCN_ACK), Some(Verdict::Accepted(None)));
    assert_eq!(verdict_on(peers::TCL_ACK), Some(Verdict::Accepted(None)));
}

#[test]
fn an_answer_that_is_no_receipt_is_told() {
    assert_eq!(verdict_on(peers::PYGCN_IAMALIVE), Some(Verdict::Unexpected("iamalive".to_owned())));
    assert!(matches!(verdict_on("HTTP/1.1 400 Bad Request"), Some(Verdict::Unexpected(_))));
}
