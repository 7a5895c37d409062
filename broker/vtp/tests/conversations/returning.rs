//! Coming back after a broken link without losing anything: Philae's own addition to VTP, by cursors in Meta Params.

use bytes::Bytes;
use vtp::Cursor;
use vtp::session::{BroadcasterEvent, SubscriberEvent};
use vtp::transport::{Role, Transport};

use crate::pair::{Pair, Side as _, at, framed, seconds};
use crate::peers;
use crate::sides::{BROKER, Broker, Listener, place};

/// A broker with that many packets in its log, and a listener that knows these places.
fn pair(packets: usize, cursors: &[Cursor]) -> Pair<Broker, Listener> {
    let log: Vec<Bytes> = (1..=packets).map(peers::packet).collect();
    Pair::new(7, Broker::new(log, at(0)), Listener::new(cursors, at(0)))
}

/// A listener that knows these places and was greeted with the 42nd place of the log.
fn greeted(cursors: &[Cursor]) -> Listener {
    let mut listener = Listener::new(cursors, at(0));
    let greeting = Transport::new(Role::Authenticate, BROKER).with_param("philae-cursor", "LOG:42");
    listener.receive(&framed(&greeting.to_bytes(at(0).utc)), at(0));
    listener
}

/// An iamalive of a broadcaster that hands out `cursor` by that Param.
fn iamalive(param: &str, cursor: &Cursor) -> Vec<u8> {
    framed(&Transport::new(Role::Iamalive, BROKER).with_param(param, cursor.to_string()).to_bytes(at(0).utc))
}

#[test]
fn first_contact_adopts_the_cursor_of_the_greeting() {
    let mut pair = pair(42, &[]);
    pair.settle();
    assert_eq!(pair.right.cursors(), [place(42)]);
    assert_eq!(pair.right.packets(), Vec::<Bytes>::new());
    assert_eq!(pair.left.events, [BroadcasterEvent::Filters(Vec::new())]);
}

#[test]
fn first_contact_says_that_it_knows_cursors() {
    let answer = greeted(&[]).session.transmit().unwrap();
    assert_eq!(Transport::parse(&answer).unwrap().param("philae-cursor"), Some(""));
}

#[test]
fn a_returning_subscriber_gets_what_it_missed() {
    let mut pair = pair(42, &[place(17)]);
    pair.settle();
    assert_eq!(pair.left.events.last(), Some(&BroadcasterEvent::Returning(place(17))));
    assert!(pair.right.events.contains(&SubscriberEvent::Resumed { from: place(17), missed: 0 }));
    assert_eq!(pair.right.packets(), pair.left.log[17..]);
}

#[test]
fn cursors_come_with_every_iamalive() {
    let mut pair = pair(42, &[place(17)]);
    pair.pass(seconds(60));
    assert_eq!(pair.right.cursors(), [place(42)]);
}

#[test]
fn an_up_to_date_subscriber_misses_and_repeats_nothing() {
    let mut pair = pair(42, &[place(42)]);
    pair.settle();
    assert_eq!(pair.right.cursors(), [place(42)]);
    assert_eq!(pair.right.packets(), Vec::<Bytes>::new());
}

#[test]
fn cursors_before_the_confirmation_are_ignored() {
    let mut listener = greeted(&[place(17)]);
    listener.receive(&iamalive("philae-cursor", &place(44)), at(60));
    assert_eq!(listener.cursors(), []);
    listener.receive(&iamalive("philae-resumed", &place(17)), at(61));
    listener.receive(&iamalive("philae-cursor", &place(20)), at(62));
    assert_eq!(listener.cursors(), [place(20)]);
}

#[test]
fn a_confirmation_for_another_log_is_ignored() {
    let mut listener = greeted(&[place(17)]);
    listener.receive(&iamalive("philae-resumed", &Cursor::new("OTHER", 40).unwrap()), at(1));
    listener.receive(&iamalive("philae-cursor", &place(44)), at(2));
    assert_eq!(listener.cursors(), []);
}

#[test]
fn what_retention_took_is_counted_as_missed() {
    let mut pair = pair(42, &[place(17)]);
    pair.left.expired = 30;
    pair.settle();
    assert!(pair.right.events.contains(&SubscriberEvent::Resumed { from: place(30), missed: 13 }));
    assert_eq!(pair.right.packets(), pair.left.log[30..]);
}

#[test]
fn the_cursor_of_another_log_is_not_given_back() {
    let mut pair = pair(42, &[Cursor::new("OTHER", 17).unwrap()]);
    pair.settle();
    assert_eq!(pair.left.events, [BroadcasterEvent::Filters(Vec::new())]);
    assert_eq!(pair.right.cursors(), [place(42)]);
}

#[test]
fn of_several_cursors_the_one_of_the_log_is_given_back() {
    let mut pair = pair(42, &[Cursor::new("OTHER", 5).unwrap(), place(17)]);
    pair.settle();
    assert_eq!(pair.left.events.last(), Some(&BroadcasterEvent::Returning(place(17))));
}

#[test]
fn a_cursor_ahead_of_the_log_gives_way_to_the_greeting() {
    let mut pair = pair(42, &[place(99)]);
    pair.settle();
    assert_eq!(pair.right.cursors().first(), Some(&place(42)));
}

#[test]
fn packets_sent_while_it_came_back_are_sent_again_in_their_place() {
    let mut pair = pair(42, &[place(17)]);
    pair.left.log.push(peers::packet(43));
    pair.settle();
    assert_eq!(pair.right.packets()[0], peers::packet(43));
    assert_eq!(pair.right.packets()[1..], pair.left.log[17..]);
}

#[test]
fn comet_and_pygcn_see_only_params_that_they_ignore() {
    let mut broker = Broker::new(vec![peers::packet(1)], at(0));
    let greeting = broker.transmit(at(0)).unwrap();
    broker.wake(at(60));
    let iamalive = broker.transmit(at(60)).unwrap();
    let meta = "  <Meta>\n    <Param name=\"philae-cursor\" value=\"LOG:1\"/>\n  </Meta>\n";
    for (message, role, now) in [(greeting, Role::Authenticate, at(0)), (iamalive, Role::Iamalive, at(60))] {
        let bare = std::str::from_utf8(&message).unwrap().replacen(meta, "", 1);
        assert_eq!(Bytes::from(bare), Transport::new(role, BROKER).to_bytes(now.utc));
    }
}
