//! Packets as trees: each parsed once for all expressions, and kept as long as somebody may still ask.
//!
//! The last few trees are kept within a bound on their number and on their memory. A large packet is parsed on the lane
//! only. An event that cannot be parsed, which admission should have refused, matches every filter: one too many is
//! better than one too few.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bounded_xpath::{Budget, EvalError, Expression};
use bytes::Bytes;

use super::answer::Answer;
use crate::event::Tree;
use crate::store::{Entry, Seq};

/// Trees that are kept.
const KEPT: usize = 64;
/// What they may take together, but for the last one, in bytes.
const KEPT_BYTES: usize = 8 << 20;
/// A packet above this size is parsed where nobody waits.
const LARGE_BYTES: usize = 64 * 1024;
/// What a node of a tree and of its index takes, roughly, with its attributes.
const NODE_BYTES: usize = 160;

/// A packet's tree, or nothing if it cannot be parsed.
#[derive(Debug)]
pub(super) struct ParsedPacket {
    tree: Option<Tree>,
    weight_bytes: usize,
}

impl ParsedPacket {
    fn parse(raw: &Bytes) -> Self {
        let tree = Tree::read(raw).ok();
        let nodes = tree.as_ref().map_or(0, |tree| tree.document().descendants().len());
        Self { tree, weight_bytes: raw.len() + nodes * NODE_BYTES }
    }

    /// What an expression says of it.
    pub(super) fn answer(&self, expression: &Expression, budget: &mut Budget) -> Result<Answer, EvalError> {
        match &self.tree {
            Some(tree) => tree.with_index(|index| expression.matches(index, budget).map(Answer::from)),
            None => Ok(Answer::Unreadable),
        }
    }
}

/// The last packets that somebody asked about, in the order in which they were first asked about.
#[derive(Debug, Default)]
pub(super) struct Packets(Mutex<VecDeque<Arc<Slot>>>);

/// One packet, parsed by the first who needs it while the others wait.
#[derive(Debug)]
struct Slot {
    seq: Seq,
    packet: OnceLock<Arc<ParsedPacket>>,
}

impl Slot {
    fn weight_bytes(&self) -> usize {
        self.packet.get().map_or(0, |packet| packet.weight_bytes)
    }
}

impl Packets {
    /// A packet's tree, if it is there or small enough to be made where somebody waits.
    pub(super) fn at_hand(&self, entry: &Entry) -> Option<Arc<ParsedPacket>> {
        if entry.bytes.len() <= LARGE_BYTES {
            return Some(self.parsed(entry));
        }
        self.slots().iter().find(|slot| slot.seq == entry.seq)?.packet.get().cloned()
    }

    /// A packet's tree, made now if it is not there.
    pub(super) fn parsed(&self, entry: &Entry) -> Arc<ParsedPacket> {
        let slot = self.slot(entry.seq);
        let mut is_new = false;
        let packet = slot.packet.get_or_init(|| {
            is_new = true;
            Arc::new(ParsedPacket::parse(&entry.bytes))
        });
        if is_new {
            self.trim();
        }
        packet.clone()
    }

    fn slot(&self, seq: Seq) -> Arc<Slot> {
        let mut slots = self.slots();
        if let Some(slot) = slots.iter().rev().find(|slot| slot.seq == seq) {
            return slot.clone();
        }
        let slot = Arc::new(Slot { seq, packet: OnceLock::new() });
        slots.push_back(slot.clone());
        slot
    }

    fn trim(&self) {
        let mut slots = self.slots();
        let mut weight_bytes: usize = slots.iter().map(|slot| slot.weight_bytes()).sum();
        while slots.len() > 1 && (slots.len() > KEPT || weight_bytes > KEPT_BYTES) {
            weight_bytes -= slots.pop_front().map_or(0, |slot| slot.weight_bytes());
        }
    }

    // No code that holds the lock can stop half way through a change.
    fn slots(&self) -> MutexGuard<'_, VecDeque<Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
