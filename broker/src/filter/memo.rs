//! Verdicts that were given of late, by the event's place in the log.
//!
//! A ring of atomics: asking costs one load, and nothing is ever allocated. What was overwritten is simply not known
//! any more and is found out again. Places are never given twice, so a verdict can not be taken for another event's.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::Seq;

/// More than a subscriber that keeps up is ever behind by.
const PLACES: usize = 64;

/// The verdicts on the last few events.
#[derive(Debug)]
pub(super) struct Memo([AtomicU64; PLACES]);

impl Memo {
    pub(super) fn new() -> Self {
        // No event has the place 0.
        Self([const { AtomicU64::new(0) }; PLACES])
    }

    pub(super) fn get(&self, seq: Seq) -> Option<bool> {
        let kept = self.slot(seq)?.load(Ordering::Relaxed);
        (kept >> 1 == seq.0).then_some(kept & 1 == 1)
    }

    pub(super) fn set(&self, seq: Seq, verdict: bool) {
        if let Some(slot) = self.slot(seq) {
            slot.store(seq.0 << 1 | u64::from(verdict), Ordering::Relaxed);
        }
    }

    fn slot(&self, seq: Seq) -> Option<&AtomicU64> {
        let at = usize::try_from(seq.0 % PLACES as u64).ok()?;
        self.0.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_kept_until_its_place_is_needed() {
        let memo = Memo::new();
        assert_eq!(memo.get(Seq(1)), None);
        memo.set(Seq(1), true);
        memo.set(Seq(2), false);
        assert_eq!((memo.get(Seq(1)), memo.get(Seq(2))), (Some(true), Some(false)));
        memo.set(Seq(1 + PLACES as u64), false);
        assert_eq!((memo.get(Seq(1)), memo.get(Seq(1 + PLACES as u64))), (None, Some(false)));
    }
}
