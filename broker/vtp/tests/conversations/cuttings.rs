//! Properties of whole conversations, however their bytes are cut and however often the link breaks.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
use vtp::Cursor;
use vtp::session::{AUTHOR_TIMEOUT, CloseReason, Sender, Verdict};

use crate::pair::{Pair, at, seconds};
use crate::peers;
use crate::sides::{Broker, Listener, place, receiver};

/// What happens to a link.
#[derive(Debug, Clone)]
enum Step {
    /// So many packets are added to the log.
    Publish(usize),
    /// So many pieces are carried.
    Carry(usize),
    /// So many seconds pass.
    Pass(u64),
    /// So many seconds pass while the wire carries nothing.
    Stall(u64),
    /// The link breaks, with all that was under way on it, and is made anew.
    Break,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..20).prop_map(Step::Publish),
        (0usize..50).prop_map(Step::Carry),
        (0u64..200).prop_map(Step::Pass),
        (0u64..100).prop_map(Step::Stall),
        Just(Step::Break),
    ]
}

/// A subscriber that comes back whenever the link breaks, with the packets and the place that it has kept.
struct Return {
    pair: Pair<Broker, Listener>,
    packets: BTreeSet<Bytes>,
    place: Cursor,
}

impl Return {
    fn take(&mut self, step: Step) {
        match step {
            Step::Publish(count) => {
                let log = &mut self.pair.left.log;
                log.extend((1..=count).map(|n| packet(log.len() + n, 10)).collect::<Vec<_>>());
            }
            Step::Carry(pieces) => (0..pieces).for_each(|_| {
                self.pair.carry();
            }),
            Step::Pass(time) => self.pair.pass(seconds(time)),
            Step::Stall(time) => self.pair.stall(seconds(time)),
            Step::Break => self.come_back(),
        }
        if self.pair.left.session.closed().is_some() || self.pair.right.session.closed().is_some() {
            self.come_back();
        }
    }

    fn come_back(&mut self) {
        self.keep();
        let broker = Broker::new(std::mem::take(&mut self.pair.left.log), self.pair.now());
        let listener = Listener::new(std::slice::from_ref(&self.place), self.pair.now());
        self.pair.reconnect(broker, listener);
    }

    /// Keeps what was heard; all that lies behind the place must be among it.
    fn keep(&mut self) {
        self.packets.extend(self.pair.right.packets());
        self.place = self.pair.right.cursors().pop().unwrap_or(self.place.clone());
        let behind = usize::try_from(self.place.position()).unwrap();
        assert!(self.pair.left.log[..behind].iter().all(|packet| self.packets.contains(packet)));
    }
}

/// A packet of that number, with so much in it.
fn packet(number: usize, filling: usize) -> Bytes {
    let ivorn = peers::ivorn(number);
    format!("<VOEvent ivorn='{ivorn}'><What>{}</What></VOEvent>", "x".repeat(filling)).into()
}

proptest! {
    #[test]
    fn no_packet_is_lost_or_out_of_order(
        seed: u64,
        batches in prop::collection::vec(prop::collection::vec(0usize..5000, 0..20), 1..10),
        pause in 0u64..400,
    ) {
        let mut pair = Pair::new(seed, Broker::new(Vec::new(), at(0)), Listener::new(&[], at(0)));
        for batch in batches {
            for filling in batch {
                pair.left.log.push(packet(pair.left.log.len() + 1, filling));
            }
            pair.pass(seconds(pause));
        }
        pair.settle();
        prop_assert_eq!(pair.right.packets(), pair.left.log.clone());
        prop_assert_eq!(pair.left.session.delivered_and_pending(), (pair.left.log.len() as u64, 0));
    }

    #[test]
    fn any_submission_gets_its_verdict(seed: u64, payload in prop::collection::vec(any::<u8>(), 0..5000)) {
        let payload = Bytes::from(payload);
        let author = Sender::new(payload.clone(), AUTHOR_TIMEOUT, at(0));
        let mut pair = Pair::new(seed, author, receiver(at(0)));
        pair.settle();
        prop_assert_eq!(pair.right.next_event(), Some(payload));
        pair.right.refuse(None, "not today", at(1));
        pair.settle();
        prop_assert_eq!(pair.left.next_event(), Some(Verdict::Refused(Some("not today".to_owned()))));
        prop_assert_eq!(pair.left.closed(), Some(&CloseReason::Complete));
    }

    #[test]
    fn whoever_keeps_its_cursor_misses_nothing(seed: u64, steps in prop::collection::vec(step(), 0..40)) {
        let pair = Pair::new(seed, Broker::new(Vec::new(), at(0)), Listener::new(&[place(0)], at(0)));
        let mut subscriber = Return { pair, packets: BTreeSet::new(), place: place(0) };
        steps.into_iter().for_each(|step| subscriber.take(step));
        subscriber.take(Step::Pass(0));
        subscriber.keep();
        prop_assert_eq!(subscriber.packets, subscriber.pair.left.log.iter().cloned().collect());
    }
}
