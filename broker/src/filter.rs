//! Filters: the expressions with which subscribers say what they want, and what they say of an event.
//!
//! Expressions come from strangers. Each is compiled once for all who ask for it and evaluated once an event, on a tree
//! that is made once a packet and only if somebody asks. Short evaluations are done by whoever needs the answer; long
//! ones go to a thread of their own, so that no expression costs those who did not ask for it. An expression over its
//! budget does not match. An operator's [rules] on what passes an endpoint are asked in the same way, before what a
//! subscriber wants. It promises bounded memory, however many filters are asked for and replaced. What they mean
//! is XPath 1.0 and `bounded_xpath`'s affair; whom to tell what is wrong with one, and to send what, is left to
//! `fanout` and `net`.
//!
//! ```text
//!  authenticate ──> Filters::compile ──> FilterSet (shared) ──┐         remembered? ── yes ──> verdict
//!                                                            ├─ entry ──> short? ──── here ──> verdict
//!  tail or log ──────────────────────────────── Entry ───────┘           long? ───── lane ──> verdict
//! ```

mod answer;
mod asked;
mod expression;
mod lane;
mod memo;
mod packet;
pub(crate) mod rules;
mod screen;
mod selection;
mod set;
mod shelf;
mod trial;

use std::io;
use std::sync::Arc;

use bounded_xpath::{CompileError, Limits};

use crate::store::Entry;
pub(crate) use asked::Asked;
pub(crate) use bounded_xpath::Expression;
pub(crate) use screen::Screen;
pub(crate) use selection::Selection;
pub(crate) use set::FilterSet;
pub(crate) use trial::{Trial, any_matches, try_out};

use lane::Lane;
use packet::Packets;
use shelf::Shelf;

/// The bounds of one expression. As a rule it has some fifty characters and compiles to some hundred bytes.
pub(crate) fn limits() -> Limits {
    Limits { compiled_bytes: 64 * 1024, ..Limits::default() }
}

/// Compiles an expression within those bounds.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn check(text: &str) -> Result<Expression, CompileError> {
    Expression::compile(text, &limits())
}

/// What is wrong with a filter, in words for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterError {
    /// It is no expression, or one beyond the limits.
    #[error("{0}")]
    Expression(CompileError),
    /// There are too many filters in the broker.
    #[error("the broker holds as many filters as it can; try again later")]
    NoRoom,
}

/// All filters of a broker.
#[derive(Debug, Clone)]
pub(crate) struct Filters {
    shelf: Arc<Shelf>,
    packets: Arc<Packets>,
    lane: Lane,
}

/// What may be spent on a piece of the log before the rest is left to the lane.
#[derive(Debug)]
pub(crate) struct Allowance(u64);

impl Default for Allowance {
    fn default() -> Self {
        Self(set::SHORT)
    }
}

impl Filters {
    /// No filters yet.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start() -> io::Result<Self> {
        let packets = Arc::<Packets>::default();
        Ok(Self { shelf: Arc::default(), lane: Lane::start(packets.clone())?, packets })
    }

    /// Whether an event is one to be sent, if that can be told at once.
    pub(crate) fn try_on(
        &self,
        selection: &Selection,
        entry: &Arc<Entry>,
        allowance: &mut Allowance,
    ) -> Option<bool> {
        selection.try_on(entry, &self.packets, &mut allowance.0)
    }

    /// Whether an event is one to be sent, when it is known.
    pub(crate) async fn decide(&self, selection: &Selection, entry: &Arc<Entry>) -> bool {
        selection.decide(entry, &self.lane).await
    }
}

#[cfg(test)]
mod tests;
