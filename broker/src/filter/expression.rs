//! One expression, compiled once for all who ask for it, with what it said of late.
//!
//! It is evaluated once an event, whoever asks first: under a small budget where the asker waits, or under the whole
//! one on the [lane](super::lane). One that needed more than the small budget is remembered as long and not tried again
//! in vain, until it turns out to have become short. Going over its whole budget is logged once.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bounded_xpath::{Budget, EvalError, Expression, Index};
use tracing::warn;

use super::answer::Answer;
use super::limits;
use super::memo::Memo;
use super::packet::{Packets, ParsedPacket};
use super::set::SHORT;
use crate::plain::excerpt;
use crate::store::{Entry, Seq};

/// Who asks an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    Subscribers,
    /// In a rule.
    Operator,
}

/// A compiled expression that many may share.
#[derive(Debug)]
pub(crate) struct Filter {
    expression: Arc<Expression>,
    asker: Asker,
    memo: Memo,
    /// Held while it is evaluated, so that two who ask at once do not both evaluate it.
    turn: Mutex<()>,
    is_long: AtomicBool,
    over_budget: AtomicU64,
    weight_bytes: usize,
    /// What all of its kind weigh together, this one included.
    total_bytes: Arc<AtomicUsize>,
}

impl Filter {
    pub(super) fn new(expression: Arc<Expression>, asker: Asker, total_bytes: Arc<AtomicUsize>) -> Self {
        let weight_bytes = size_of::<Self>() + size_of::<Expression>() + expression.heap_bytes();
        total_bytes.fetch_add(weight_bytes, Ordering::Relaxed);
        Self {
            expression,
            asker,
            memo: Memo::new(),
            turn: Mutex::new(()),
            is_long: AtomicBool::new(false),
            over_budget: AtomicU64::new(0),
            weight_bytes,
            total_bytes,
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.expression.text()
    }

    /// On how many events it cost too much.
    pub(super) fn over_budget(&self) -> u64 {
        self.over_budget.load(Ordering::Relaxed)
    }

    /// What it said of an event, if it is remembered.
    pub(super) fn remembered(&self, seq: Seq) -> Option<Answer> {
        self.memo.get(seq)
    }

    /// Whether it had better be evaluated where nobody waits.
    pub(super) fn is_long(&self) -> bool {
        self.is_long.load(Ordering::Relaxed)
    }

    /// What it says of an event, if that is known or can be found out within `allowance` units of work, from which is
    /// taken what it cost.
    pub(super) fn try_on(&self, entry: &Entry, packets: &Packets, allowance: &mut u64) -> Option<Answer> {
        if let Some(answer) = self.memo.get(entry.seq) {
            return Some(answer);
        }
        if *allowance == 0 || self.is_long() {
            return None;
        }
        let packet = packets.at_hand(entry)?;
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = self.memo.get(entry.seq) {
            return Some(answer);
        }
        let mut budget = Budget::new(*allowance);
        let outcome = packet.answer(&self.expression, &mut budget);
        *allowance = budget.left();
        match outcome {
            Ok(answer) => {
                self.memo.set(entry.seq, answer);
                Some(answer)
            }
            Err(EvalError::OverBudget(_)) => {
                self.is_long.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// What it says of an event, within its whole budget.
    pub(super) fn evaluate(&self, packet: &ParsedPacket, seq: Seq) -> Answer {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = self.memo.get(seq) {
            return answer;
        }
        let answer = self.within_limits(|budget| packet.answer(&self.expression, budget));
        self.memo.set(seq, answer);
        answer
    }

    /// What it says of a packet that is no event yet, within its whole budget.
    pub(super) fn evaluate_on(&self, index: &Index<'_, '_>) -> Answer {
        self.within_limits(|budget| self.expression.matches(index, budget).map(Answer::from))
    }

    fn within_limits(&self, evaluate: impl FnOnce(&mut Budget) -> Result<Answer, EvalError>) -> Answer {
        let mut budget = limits().budget();
        let answer = evaluate(&mut budget).unwrap_or_else(|error| {
            self.tell(&error);
            Answer::OverBudget
        });
        self.is_long.store(budget.spent() > SHORT, Ordering::Relaxed);
        answer
    }

    fn tell(&self, error: &EvalError) {
        if self.over_budget.fetch_add(1, Ordering::Relaxed) > 0 {
            return;
        }
        let expression = excerpt(self.text());
        match self.asker {
            Asker::Subscribers => {
                warn!(filter = expression, %error, "a filter costs too much on an event and counts as no match; told once");
            }
            Asker::Operator => {
                warn!(xpath = expression, %error, "a rule costs too much on an event and lets it pass; told once");
            }
        }
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        self.total_bytes.fetch_sub(self.weight_bytes, Ordering::Relaxed);
    }
}
