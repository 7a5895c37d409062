//! What a subscriber wants and says, as a broadcaster hears it (VTP 2.0 § Broker to subscriber).

use vtp::session::{Broadcaster, BroadcasterEvent, CloseReason};
use vtp::transport::{Role, Transport};

use crate::pair::{at, framed};
use crate::peers;
use crate::sides::{ACK_TIMEOUT, BROKER, broadcaster_config, place};

/// A broadcaster whose greeting has gone out.
fn greeted() -> Broadcaster {
    let mut broadcaster = Broadcaster::new(broadcaster_config(), &place(0), at(0));
    assert!(broadcaster.transmit().is_some());
    broadcaster
}

fn authenticate(filters: &[&str]) -> Vec<u8> {
    let filters: Vec<String> = filters.iter().map(ToString::to_string).collect();
    framed(&Transport::new(Role::Authenticate, BROKER).with_filters(&filters).to_bytes(at(0).utc))
}

fn filters(filters: &[&str]) -> Option<BroadcasterEvent> {
    Some(BroadcasterEvent::Filters(filters.iter().map(ToString::to_string).collect()))
}

#[test]
fn a_subscriber_is_greeted_by_authenticate_first() {
    let mut broadcaster = Broadcaster::new(broadcaster_config(), &place(42), at(0));
    let greeting = Transport::parse(&broadcaster.transmit().unwrap()).unwrap();
    assert_eq!((greeting.role, greeting.origin.as_str()), (Role::Authenticate, BROKER));
    assert_eq!(greeting.param("philae-cursor"), Some("LOG:42"));
    assert_eq!(broadcaster.transmit(), None);
}

#[test]
fn pygcn_stays_connected() {
    let mut broadcaster = greeted();
    for minute in 1..=60 {
        broadcaster.delivered(1, at(60 * minute - 30));
        broadcaster.receive(&framed(peers::PYGCN_ACK.as_bytes()), at(60 * minute - 30));
        broadcaster.wake(&place(minute), at(60 * minute));
        assert!(broadcaster.transmit().is_some());
        broadcaster.receive(&framed(peers::PYGCN_IAMALIVE.as_bytes()), at(60 * minute + 1));
    }
    assert_eq!(broadcaster.closed(), None);
    assert_eq!(broadcaster.next_event(), None);
    assert_eq!(broadcaster.delivered_and_pending(), (60, 0));
}

#[test]
fn a_new_authenticate_replaces_the_filters() {
    let mut broadcaster = greeted();
    broadcaster.receive(&authenticate(&["//Who", "//Why"]), at(1));
    broadcaster.receive(&authenticate(&["//How"]), at(2));
    broadcaster.receive(&authenticate(&[]), at(3));
    assert_eq!(broadcaster.next_event(), filters(&["//Who", "//Why"]));
    assert_eq!(broadcaster.next_event(), filters(&["//How"]));
    assert_eq!(broadcaster.next_event(), filters(&[]));
}

#[test]
fn filters_are_taken_in_the_legacy_form() {
    let mut broadcaster = greeted();
    broadcaster.receive(&framed(peers::LEGACY_AUTHENTICATE.as_bytes()), at(1));
    assert_eq!(broadcaster.next_event(), filters(&["//Param[@name=\"SC_Lat\" and @value<600]"]));
}

#[test]
fn a_filter_that_cannot_be_honoured_is_answered_and_the_link_stays() {
    let mut broadcaster = greeted();
    broadcaster.refuse_filters("'//[' is no XPath", at(1));
    let nak = Transport::parse(&broadcaster.transmit().unwrap()).unwrap();
    assert_eq!((nak.role, nak.result.as_deref()), (Role::Nak, Some("'//[' is no XPath")));
    assert_eq!(broadcaster.closed(), None);
}

#[test]
fn a_nak_counts_as_a_receipt_and_keeps_the_link() {
    let mut broadcaster = greeted();
    broadcaster.delivered(1, at(1));
    let nak = Transport::new(Role::Nak, peers::ivorn(1)).with_result(Some("no thanks")).to_bytes(at(2).utc);
    broadcaster.receive(&framed(&nak), at(2));
    let heard = BroadcasterEvent::Nak { origin: peers::ivorn(1), reason: Some("no thanks".to_owned()) };
    assert_eq!(broadcaster.next_event(), Some(heard));
    assert_eq!(broadcaster.delivered_and_pending(), (1, 0));
    assert_eq!(broadcaster.closed(), None);
}

#[test]
fn receipts_nobody_asked_for_earn_no_credit() {
    let mut broadcaster = greeted();
    for _ in 0..1000 {
        broadcaster.receive(&framed(peers::PYGCN_ACK.as_bytes()), at(1));
    }
    broadcaster.delivered(1, at(2));
    assert_eq!(broadcaster.delivered_and_pending(), (1, 1));
    broadcaster.wake(&place(1), at(2 + ACK_TIMEOUT.as_secs()));
    assert!(matches!(broadcaster.closed(), Some(CloseReason::Unacknowledged { packets: 1, .. })));
}

#[test]
fn garbage_is_told_and_a_hundred_times_closes() {
    let mut broadcaster = greeted();
    for _ in 0..99 {
        broadcaster.receive(&framed(b"garbage"), at(1));
        assert!(matches!(broadcaster.next_event(), Some(BroadcasterEvent::Unreadable(_))));
    }
    assert_eq!(broadcaster.closed(), None);
    broadcaster.receive(&framed(&peers::packet(1)), at(1));
    assert_eq!(broadcaster.next_event(), Some(BroadcasterEvent::Unexpected("a packet")));
    assert_eq!(broadcaster.closed(), Some(&CloseReason::Noise(100)));
}

#[test]
fn an_endless_message_closes_at_its_header() {
    let mut broadcaster = greeted();
    broadcaster.receive(&100_000_u32.to_be_bytes(), at(1));
    assert!(matches!(broadcaster.closed(), Some(CloseReason::TooLong(_))));
    assert_eq!(broadcaster.deadline(), None);
}

#[test]
fn a_nak_is_told_once_for_each_packet_that_waits() {
    let mut broadcaster = greeted();
    broadcaster.delivered(2, at(1));
    let nak = framed(&Transport::new(Role::Nak, BROKER).to_bytes(at(0).utc));
    broadcaster.receive(&nak.repeat(1000), at(1));
    assert_eq!(std::iter::from_fn(|| broadcaster.next_event()).count(), 2);
    assert_eq!((broadcaster.delivered_and_pending(), broadcaster.closed()), ((2, 0), None));
}
