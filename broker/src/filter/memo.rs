//! Answers that were given of late, by the event's place in the log.
//!
//! A ring of atomics: asking costs one load, and nothing is ever allocated. What was overwritten is simply not known
//! any more and is found out again. Places are never given twice, so an answer can not be taken for another event's.

use std::sync::atomic::{AtomicU64, Ordering};

use super::answer::Answer;
use crate::store::Seq;

/// Every answer, at the number by which it is kept.
const ANSWERS: [Answer; 4] = [Answer::No, Answer::Yes, Answer::OverBudget, Answer::Unreadable];
/// The bits of that number.
const BITS: u32 = 2;

/// More than a subscriber that keeps up is ever behind by.
const PLACES: usize = 64;

/// The answers on the last few events.
#[derive(Debug)]
pub(super) struct Memo([AtomicU64; PLACES]);

impl Memo {
    pub(super) fn new() -> Self {
        // No event has the place 0.
        Self([const { AtomicU64::new(0) }; PLACES])
    }

    pub(super) fn get(&self, seq: Seq) -> Option<Answer> {
        let kept = self.slot(seq)?.load(Ordering::Relaxed);
        let answer = usize::try_from(kept % (1 << BITS)).ok()?;
        ANSWERS.get(answer).copied().filter(|_| kept >> BITS == seq.0)
    }

    pub(super) fn set(&self, seq: Seq, answer: Answer) {
        if let Some(slot) = self.slot(seq) {
            slot.store(seq.0 << BITS | answer as u64, Ordering::Relaxed);
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
    fn an_answer_is_kept_until_its_place_is_needed() {
        let memo = Memo::new();
        for (seq, answer) in (1..).map(Seq).zip(ANSWERS) {
            assert_eq!(memo.get(seq), None);
            memo.set(seq, answer);
        }
        assert_eq!([1, 2, 3, 4].map(|seq| memo.get(Seq(seq))), ANSWERS.map(Some));
        memo.set(Seq(1 + PLACES as u64), Answer::No);
        assert_eq!((memo.get(Seq(1)), memo.get(Seq(1 + PLACES as u64))), (None, Some(Answer::No)));
    }
}
