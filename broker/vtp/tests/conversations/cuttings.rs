//! Properties of whole conversations, however their bytes are cut and however often the link breaks.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
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
    /// The link breaks, with all that was under way on it, and is made anew.
    Break,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0usize..20).prop_map(Step::Publish),
        (0usize..50).prop_map(Step::Carry),
        (0u64..200).prop_map(Step::Pass),
        Just(Step::Break),
    ]
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
        let mut pair = Pair::new(seed, Broker::new(Vec::new(), at(0)), Listener::new(&[place(0)], at(0)));
        let (mut kept, mut safe) = (BTreeSet::new(), place(0));
        for step in steps {
            match step {
                Step::Publish(count) => (0..count).for_each(|_| {
                    pair.left.log.push(packet(pair.left.log.len() + 1, 10));
                }),
                Step::Carry(pieces) => (0..pieces).for_each(|_| {
                    pair.carry();
                }),
                Step::Pass(time) => pair.pass(seconds(time)),
                Step::Break => {
                    kept.extend(pair.right.packets());
                    safe = pair.right.cursors().pop().unwrap_or(safe);
                    prop_assert!(pair.left.log[..usize::try_from(safe.position()).unwrap()].iter().all(|p| kept.contains(p)));
                    let broker = Broker::new(std::mem::take(&mut pair.left.log), pair.now());
                    pair.reconnect(broker, Listener::new(&[safe.clone()], pair.now()));
                }
            }
        }
        pair.settle();
        kept.extend(pair.right.packets());
        prop_assert_eq!(kept, pair.left.log.iter().cloned().collect());
    }
}
