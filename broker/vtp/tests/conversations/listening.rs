//! What a subscriber does with what it hears (VTP 2.0 § Broker to subscriber; Comet's timings).

use vtp::session::{CloseReason, SILENCE_TIMEOUT, Subscriber, SubscriberConfig, SubscriberEvent};
use vtp::transport::{Role, Transport};

use crate::pair::{Pair, at, framed, seconds};
use crate::peers;
use crate::sides::{Broker, Listener, subscriber_config};

fn subscriber() -> Subscriber {
    Subscriber::new(subscriber_config(&[]), at(0))
}

fn heard(subscriber: &mut Subscriber) -> Transport {
    Transport::parse(&subscriber.transmit().unwrap()).unwrap()
}

#[test]
fn packets_come_as_they_were_sent_and_are_acknowledged() {
    let mut pair = Pair::new(4, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
    pair.settle();
    pair.left.log.extend((1..=100).map(peers::packet));
    pair.settle();
    assert_eq!(pair.right.packets(), pair.left.log);
    assert_eq!(pair.left.session.delivered_and_pending(), (100, 0));
}

#[test]
fn a_quiet_link_stays_up_for_a_day() {
    let mut pair = Pair::new(5, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
    pair.pass(seconds(86_400));
    assert_eq!(pair.left.session.closed(), None);
    assert_eq!(pair.right.session.closed(), None);
}

#[test]
fn an_iamalive_is_answered_with_its_origin() {
    let mut subscriber = subscriber();
    subscriber.receive(&framed(peers::GCN_IAMALIVE.as_bytes()), at(1));
    let answer = heard(&mut subscriber);
    assert_eq!((answer.role, answer.origin.as_str()), (Role::Iamalive, "ivo://nasa.gsfc.tan/gcn"));
    assert_eq!(answer.response.as_deref(), Some("ivo://org.example/subscriber"));
    assert_eq!(subscriber.next_event(), Some(SubscriberEvent::Iamalive));
}

#[test]
fn an_authenticate_is_answered_with_the_filters() {
    let filters = vec!["//Who".to_owned(), "//Param[@value<\"5\"]".to_owned()];
    let config = SubscriberConfig { filters: filters.clone(), ..subscriber_config(&[]) };
    let mut subscriber = Subscriber::new(config, at(0));
    let greeting = Transport::new(Role::Authenticate, "ivo://comet.example/broker");
    subscriber.receive(&framed(&greeting.to_bytes(at(0).utc)), at(1));
    let answer = heard(&mut subscriber);
    assert_eq!((answer.role, answer.origin.as_str()), (Role::Authenticate, "ivo://comet.example/broker"));
    assert_eq!(answer.filters(), filters);
    assert_eq!(answer.param("philae-cursor"), None);
}

#[test]
fn an_anonymous_subscriber_has_no_response() {
    let config = SubscriberConfig { subscriber: None, ..subscriber_config(&[]) };
    let mut subscriber = Subscriber::new(config, at(0));
    subscriber.receive(&framed(peers::GCN_IAMALIVE.as_bytes()), at(1));
    assert_eq!(heard(&mut subscriber).response, None);
}

#[test]
fn silence_of_120_s_closes() {
    let mut subscriber = subscriber();
    subscriber.wake(at(119));
    assert_eq!(subscriber.closed(), None);
    assert_eq!(subscriber.deadline(), Some(seconds(120)));
    subscriber.wake(at(120));
    assert_eq!(subscriber.closed(), Some(&CloseReason::Silent(SILENCE_TIMEOUT)));
}

#[test]
fn packets_and_iamalive_prolong() {
    let mut subscriber = subscriber();
    subscriber.receive(&framed(&peers::packet(1)), at(100));
    assert_eq!(subscriber.deadline(), Some(seconds(220)));
    subscriber.receive(&framed(peers::GCN_IAMALIVE.as_bytes()), at(200));
    assert_eq!(subscriber.deadline(), Some(seconds(320)));
}

#[test]
fn garbage_from_upstream_is_told_and_does_not_prolong() {
    let mut subscriber = subscriber();
    for second in 0..120 {
        subscriber.receive(&framed(b"garbage"), at(second));
        assert!(matches!(subscriber.next_event(), Some(SubscriberEvent::Unreadable(_))));
    }
    subscriber.receive(&framed(&peers::packet(1)), at(119));
    assert_eq!(subscriber.next_event(), Some(SubscriberEvent::Packet(peers::packet(1))));
    assert_eq!(subscriber.closed(), None);
}

#[test]
fn garbage_alone_is_silence() {
    let mut subscriber = subscriber();
    (0..120).for_each(|second| subscriber.receive(&framed(b"garbage"), at(second)));
    subscriber.wake(at(120));
    assert_eq!(subscriber.closed(), Some(&CloseReason::Silent(SILENCE_TIMEOUT)));
}

#[test]
fn a_packet_that_is_too_long_is_passed_over_and_acknowledged() {
    let config = SubscriberConfig { limit_bytes: 1000, ..subscriber_config(&[]) };
    let mut subscriber = Subscriber::new(config, at(0));
    subscriber.receive(&framed(&[b'x'; 1001]), at(1));
    subscriber.receive(&framed(&peers::packet(1)), at(1));
    assert!(matches!(subscriber.next_event(), Some(SubscriberEvent::Unreadable(_))));
    assert_eq!(heard(&mut subscriber).role, Role::Ack);
    assert_eq!(subscriber.next_event(), Some(SubscriberEvent::Packet(peers::packet(1))));
    assert_eq!(subscriber.closed(), None);
}

#[test]
fn a_length_that_is_none_closes() {
    let mut subscriber = subscriber();
    subscriber.receive(b"HTTP/1.1 400 Bad Request", at(1));
    assert!(matches!(subscriber.closed(), Some(CloseReason::TooLong(_))));
}

#[test]
fn a_refused_filter_is_told_with_its_reason() {
    let mut pair = Pair::new(6, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
    pair.left.session.refuse_filters("no XPath here", at(0));
    pair.settle();
    assert!(pair.right.events.contains(&SubscriberEvent::Nak(Some("no XPath here".to_owned()))));
}

#[test]
fn garbage_closes_a_thousand_times_in_a_row() {
    let mut subscriber = subscriber();
    let noise = framed(b"noise");
    subscriber.receive(&noise.repeat(999), at(1));
    subscriber.receive(&framed(peers::GCN_IAMALIVE.as_bytes()), at(1));
    subscriber.receive(&noise.repeat(999), at(1));
    assert_eq!(subscriber.closed(), None);
    subscriber.receive(&noise, at(1));
    assert_eq!(subscriber.closed(), Some(&CloseReason::Noise(1000)));
}
