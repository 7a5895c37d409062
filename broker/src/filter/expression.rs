//! One expression, compiled once for all who ask for it, with what it said of late.
//!
//! It is evaluated once an event, whoever asks first: under a small budget where the asker waits, or under the whole
//! one on the [lane](super::lane). One that needed more than the small budget is remembered as long and not tried again
//! in vain, until it turns out to have become short. Over its whole budget it does not match, which is logged once.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bounded_xpath::{Budget, EvalError, Expression};
use tracing::warn;

use super::limits;
use super::memo::Memo;
use super::packet::ParsedPacket;
use crate::plain::excerpt;
use crate::store::Seq;

/// A compiled expression that subscribers share.
#[derive(Debug)]
pub(crate) struct Filter {
    expression: Expression,
    memo: Memo,
    /// Held while it is evaluated, so that two who ask at once do not both evaluate it.
    turn: Mutex<()>,
    is_long: AtomicBool,
    over_budget: AtomicU64,
    weight_bytes: usize,
    /// What all filters weigh together, this one included.
    total_bytes: Arc<AtomicUsize>,
}

impl Filter {
    pub(super) fn new(expression: Expression, total_bytes: Arc<AtomicUsize>) -> Self {
        let weight_bytes = size_of::<Self>() + expression.heap_bytes();
        total_bytes.fetch_add(weight_bytes, Ordering::Relaxed);
        Self {
            expression,
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

    /// What it said of an event, if it is remembered.
    pub(super) fn remembered(&self, seq: Seq) -> Option<bool> {
        self.memo.get(seq)
    }

    /// Whether it had better be evaluated where nobody waits.
    pub(super) fn is_long(&self) -> bool {
        self.is_long.load(Ordering::Relaxed)
    }

    /// Evaluates it within `allowance` units of work and takes what it cost off; none if that was not enough.
    pub(super) fn try_on(&self, packet: &ParsedPacket, seq: Seq, allowance: &mut u64) -> Option<bool> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = self.memo.get(seq) {
            return Some(verdict);
        }
        let mut budget = Budget::new(*allowance);
        let outcome = packet.matches(&self.expression, &mut budget);
        *allowance = budget.left();
        match outcome {
            Ok(verdict) => {
                self.memo.set(seq, verdict);
                Some(verdict)
            }
            Err(EvalError::OverBudget(_)) => {
                self.is_long.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// Evaluates it within its whole budget.
    pub(super) fn evaluate(&self, packet: &ParsedPacket, seq: Seq, short: u64) -> bool {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = self.memo.get(seq) {
            return verdict;
        }
        let mut budget = limits().budget();
        let verdict = match packet.matches(&self.expression, &mut budget) {
            Ok(verdict) => verdict,
            Err(error) => {
                self.tell(&error);
                false
            }
        };
        self.is_long.store(budget.spent() > short, Ordering::Relaxed);
        self.memo.set(seq, verdict);
        verdict
    }

    fn tell(&self, error: &EvalError) {
        if self.over_budget.fetch_add(1, Ordering::Relaxed) == 0 {
            let filter = excerpt(self.text());
            warn!(filter, %error, "a filter costs too much on an event and counts as no match; told once");
        }
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        self.total_bytes.fetch_sub(self.weight_bytes, Ordering::Relaxed);
    }
}
