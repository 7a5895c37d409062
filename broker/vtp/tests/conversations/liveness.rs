//! Who is alive: what a broadcaster asks for, and how long it waits (VTP 2.0 § Broker to subscriber).

use bytes::Bytes;
use vtp::session::{Broadcaster, CloseReason};
use vtp::transport::{Role, Transport};
use vtp::{MAX_IVORN_BYTES, Packet};

use crate::pair::{Pair, at, framed, moment, seconds};
use crate::peers;
use crate::sides::{ACK_TIMEOUT, Broker, Listener, broadcaster_config, place};

/// A broadcaster whose greeting has gone out.
fn greeted() -> Broadcaster {
    let mut broadcaster = Broadcaster::new(broadcaster_config(), &place(0), at(0));
    assert!(broadcaster.transmit().is_some());
    broadcaster
}

fn answer(broadcaster: &mut Broadcaster, second: u64) {
    broadcaster.receive(&framed(peers::PYGCN_IAMALIVE.as_bytes()), at(second));
}

fn acknowledge(broadcaster: &mut Broadcaster, second: u64) {
    broadcaster.receive(&framed(peers::PYGCN_ACK.as_bytes()), at(second));
}

#[test]
fn iamalive_goes_out_every_60_s() {
    let mut broadcaster = greeted();
    for minute in 1..=5 {
        assert_eq!(broadcaster.deadline(), Some(seconds(60 * minute)));
        broadcaster.wake(&place(minute), at(60 * minute));
        let iamalive = Transport::parse(&broadcaster.transmit().unwrap()).unwrap();
        assert_eq!(iamalive.role, Role::Iamalive);
        assert_eq!(iamalive.param("philae-cursor"), Some(format!("LOG:{minute}").as_str()));
        answer(&mut broadcaster, 60 * minute);
    }
}

#[test]
fn waking_early_changes_nothing() {
    let mut broadcaster = greeted();
    broadcaster.wake(&place(0), at(59));
    assert_eq!(broadcaster.transmit(), None);
    assert_eq!(broadcaster.deadline(), Some(seconds(60)));
}

#[test]
fn a_missing_answer_closes_at_the_next_interval() {
    let mut broadcaster = greeted();
    broadcaster.wake(&place(0), at(60));
    broadcaster.wake(&place(0), at(119));
    assert_eq!(broadcaster.closed(), None);
    broadcaster.wake(&place(0), at(120));
    assert_eq!(broadcaster.closed(), Some(&CloseReason::NotAlive));
    assert_eq!(broadcaster.deadline(), None);
}

#[test]
fn answers_given_in_advance_earn_no_credit() {
    let mut broadcaster = greeted();
    (0..10).for_each(|second| answer(&mut broadcaster, second));
    broadcaster.wake(&place(0), at(60));
    broadcaster.wake(&place(0), at(120));
    assert_eq!(broadcaster.closed(), Some(&CloseReason::NotAlive));
}

#[test]
fn an_offer_just_before_an_interval_makes_nobody_dead() {
    let mut pair = Pair::new(2, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
    pair.pass(seconds(119));
    pair.left.session.offer(&place(0), at(119));
    pair.left.session.wake(&place(0), at(120));
    assert_eq!(pair.left.session.closed(), None);
    pair.pass(seconds(600));
    assert_eq!(pair.left.session.closed(), None);
}

#[test]
fn an_offer_must_be_answered_as_any_iamalive() {
    let mut pair = Pair::new(3, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
    pair.settle();
    let broadcaster = &mut pair.left.session;
    broadcaster.offer(&place(0), at(59));
    broadcaster.wake(&place(0), at(60));
    answer(broadcaster, 61);
    broadcaster.wake(&place(0), at(120));
    assert_eq!(broadcaster.closed(), Some(&CloseReason::NotAlive));
}

#[test]
fn nobody_is_offered_a_cursor_who_does_not_know_them() {
    let mut broadcaster = greeted();
    broadcaster.receive(&framed(peers::LEGACY_AUTHENTICATE.as_bytes()), at(1));
    broadcaster.offer(&place(1), at(2));
    assert_eq!(broadcaster.transmit(), None);
}

#[test]
fn packets_without_receipt_close_after_the_ack_timeout() {
    let mut broadcaster = greeted();
    broadcaster.delivered(3, at(10));
    acknowledge(&mut broadcaster, 11);
    broadcaster.wake(&place(3), at(60));
    answer(&mut broadcaster, 61);
    let due = seconds(10) + ACK_TIMEOUT;
    assert_eq!(broadcaster.deadline(), Some(due));
    broadcaster.wake(&place(3), moment(due));
    assert_eq!(broadcaster.closed(), Some(&CloseReason::Unacknowledged { packets: 2, within: ACK_TIMEOUT }));
}

#[test]
fn packets_that_follow_do_not_prolong() {
    let mut broadcaster = greeted();
    (0..50).for_each(|second| broadcaster.delivered(1, at(second)));
    broadcaster.wake(&place(50), at(60));
    answer(&mut broadcaster, 60);
    broadcaster.delivered(1, at(89));
    broadcaster.wake(&place(51), moment(ACK_TIMEOUT));
    assert!(matches!(broadcaster.closed(), Some(CloseReason::Unacknowledged { packets: 51, .. })));
}

#[test]
fn no_packet_waits_longer_than_twice_the_ack_timeout() {
    let mut broadcaster = greeted();
    broadcaster.delivered(1, at(0));
    broadcaster.delivered(1, at(1)); // This one is never acknowledged.
    acknowledge(&mut broadcaster, ACK_TIMEOUT.as_secs() - 1);
    broadcaster.wake(&place(2), at(ACK_TIMEOUT.as_secs()));
    answer(&mut broadcaster, ACK_TIMEOUT.as_secs());
    broadcaster.wake(&place(2), at(2 * ACK_TIMEOUT.as_secs() - 1));
    assert!(matches!(broadcaster.closed(), Some(CloseReason::Unacknowledged { packets: 1, .. })));
}

#[test]
fn a_slow_subscriber_that_keeps_acknowledging_stays() {
    let mut broadcaster = greeted();
    for second in (10..1000).step_by(10) {
        broadcaster.delivered(1, at(second));
        acknowledge(&mut broadcaster, second + 9);
        broadcaster.wake(&place(0), at(second + 9));
        answer(&mut broadcaster, second + 9);
    }
    assert_eq!(broadcaster.closed(), None);
}

#[test]
fn the_receipt_of_the_longest_ivorn_is_within_the_limit() {
    let longest = "\"".repeat(MAX_IVORN_BYTES); // Six bytes each, once escaped.
    let text = |ivorn: &str| Bytes::from(format!("<VOEvent ivorn='{ivorn}'/>"));
    let packet = Packet::parse(text(&longest)).unwrap();
    let receipt = Transport::new(Role::Nak, packet.ivorn()).with_result(Some("\"".repeat(1_000_000)));
    let mut broadcaster = greeted();
    broadcaster.receive(&framed(&receipt.to_bytes(at(1).utc)), at(1));
    assert_eq!(broadcaster.closed(), None);
    let error = Packet::parse(text(&format!("{longest}."))).unwrap_err();
    assert_eq!(error.to_string(), "the 'ivorn' attribute has 4097 bytes, the limit is 4096");
}
