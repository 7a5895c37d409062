//! A pair: two sessions joined by a wire, and a clock that goes only when it is told to.
//!
//! The wire delivers in order, as TCP does, but in pieces of any size and with the two directions interleaved in any
//! way. Both are drawn from a seed, so that a conversation that fails can be had again.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use vtp::{Moment, frame};

/// What a pair needs of a session.
pub(crate) trait Side {
    fn receive(&mut self, piece: &[u8], now: Moment);
    fn transmit(&mut self, now: Moment) -> Option<Bytes>;
    fn deadline(&self) -> Option<Duration>;
    fn wake(&mut self, now: Moment);
}

/// Two sessions in conversation.
pub(crate) struct Pair<L, R> {
    pub(crate) left: L,
    pub(crate) right: R,
    now: Duration,
    dice: Dice,
    rightward: Vec<u8>,
    leftward: Vec<u8>,
}

impl<L: Side, R: Side> Pair<L, R> {
    /// Two sessions that were connected at the start of time.
    pub(crate) fn new(seed: u64, left: L, right: R) -> Self {
        let dice = Dice(seed);
        Self { left, right, now: Duration::ZERO, dice, rightward: Vec::new(), leftward: Vec::new() }
    }

    /// Breaks the link, with all that was under way on it, and makes it anew between these two.
    pub(crate) fn reconnect(&mut self, left: L, right: R) {
        (self.left, self.right) = (left, right);
        self.rightward.clear();
        self.leftward.clear();
    }

    pub(crate) fn now(&self) -> Moment {
        moment(self.now)
    }

    /// Carries bytes both ways until both sides have said all.
    pub(crate) fn settle(&mut self) {
        while self.carry() {}
    }

    /// Carries one piece in one direction; false if nothing is left to carry.
    pub(crate) fn carry(&mut self) -> bool {
        let now = self.now();
        load(&mut self.rightward, &mut self.left, now);
        load(&mut self.leftward, &mut self.right, now);
        let rightwards = match (self.rightward.len(), self.leftward.len()) {
            (0, 0) => return false,
            (right, left) => left == 0 || (right > 0 && self.dice.below(2) == 0),
        };
        let wire = if rightwards { &mut self.rightward } else { &mut self.leftward };
        let size = 1 + self.dice.below(wire.len());
        let piece: Vec<u8> = wire.drain(..size).collect();
        if rightwards {
            self.right.receive(&piece, now)
        } else {
            self.left.receive(&piece, now)
        }
        true
    }

    /// Lets time pass on a wire that carries all at once.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.elapse(time, Self::settle);
    }

    /// Lets time pass on a wire that carries nothing.
    pub(crate) fn stall(&mut self, time: Duration) {
        self.elapse(time, |_| {});
    }

    /// Lets time pass, waking both sides whenever one of them asked for it.
    fn elapse(&mut self, time: Duration, carry: impl Fn(&mut Self)) {
        let end = self.now + time;
        loop {
            carry(self);
            let due = [self.left.deadline(), self.right.deadline()].into_iter().flatten().min();
            self.now = due.unwrap_or(end).min(end);
            if due.is_none_or(|due| due > end) {
                return;
            }
            let now = self.now();
            self.left.wake(now);
            self.right.wake(now);
        }
    }
}

fn load(wire: &mut Vec<u8>, side: &mut impl Side, now: Moment) {
    while let Some(payload) = side.transmit(now) {
        wire.extend(framed(&payload));
    }
}

/// A payload in its frame.
pub(crate) fn framed(payload: &[u8]) -> Vec<u8> {
    [&frame::header(payload), payload].concat()
}

/// The instant `elapsed` after the start of time, which is the first second of 2026.
pub(crate) fn moment(elapsed: Duration) -> Moment {
    let start = Timestamp::constant(1_767_225_600, 0);
    Moment { elapsed, utc: start.saturating_add(elapsed).unwrap_or(start) }
}

/// The instant that many seconds after the start of time.
pub(crate) fn at(seconds: u64) -> Moment {
    moment(Duration::from_secs(seconds))
}

/// A few seconds, minutes or hours.
pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Chance that can be repeated: Knuth's linear congruential generator, of which the high bits are good enough here.
struct Dice(u64);

impl Dice {
    /// A number from 0 up to but not including `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).map_or(0, |number| number % limit)
    }
}
