//! What an evaluation may still spend.
//!
//! Everything an evaluation does is charged here before or while it is done, so that it ends within a constant
//! time of the last unit, whatever the expression and the document. What is counted is work, never the clock:
//! the same expression on the same document spends the same on every machine.

use std::cell::Cell;

/// The units of work that an evaluation may do, and the memory that its parts may hold.
///
/// One budget can serve several evaluations in turn, which then share it.
#[derive(Debug, Clone)]
pub struct Budget {
    granted: u64,
    left: Cell<u64>,
    nodes: usize,
    string_bytes: usize,
}

/// Why an evaluation has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It would have cost more than its [`Budget`] grants.
    #[error("over budget: {0}")]
    OverBudget(Bound),
}

/// The bound that an evaluation met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// All units of work are spent.
    Work(u64),
    /// A node-set would have held more nodes than this.
    Nodes(usize),
    /// A string would have been longer than this many bytes.
    StringBytes(usize),
}

/// Bytes of text that are read or written for one unit.
const BYTES_A_UNIT: u64 = 16;

impl Budget {
    /// A budget of so many units of work, with the bounds on node-sets and strings of the default
    /// [`Limits`](crate::Limits).
    #[must_use]
    pub fn new(work: u64) -> Self {
        let limits = crate::Limits::default();
        Self { granted: work, left: Cell::new(work), nodes: limits.nodes, string_bytes: limits.string_bytes }
    }

    /// The same budget with another bound on the nodes of one node-set.
    #[must_use]
    pub fn with_nodes(self, nodes: usize) -> Self {
        Self { nodes, ..self }
    }

    /// The same budget with another bound on the bytes of one string.
    #[must_use]
    pub fn with_string_bytes(self, string_bytes: usize) -> Self {
        Self { string_bytes, ..self }
    }

    /// The units of work that were spent so far.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.granted - self.left.get()
    }

    /// The units of work that are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left.get()
    }

    /// Spends units of work.
    #[inline]
    pub(crate) fn work(&self, units: u64) -> Result<(), EvalError> {
        if let Some(left) = self.left.get().checked_sub(units) {
            self.left.set(left);
            return Ok(());
        }
        self.left.set(0);
        Err(EvalError::OverBudget(Bound::Work(self.granted)))
    }

    /// Spends what reading or writing a text of so many bytes costs.
    #[inline]
    pub(crate) fn text(&self, bytes: usize) -> Result<(), EvalError> {
        self.work(1 + bytes as u64 / BYTES_A_UNIT)
    }

    /// Checks that a node-set may hold one node more than it does.
    #[inline]
    pub(crate) fn room_for_node(&self, held: usize) -> Result<(), EvalError> {
        if held < self.nodes { Ok(()) } else { Err(EvalError::OverBudget(Bound::Nodes(self.nodes))) }
    }

    /// Spends what a string of so many bytes costs to make, and checks that it may be that long.
    #[inline]
    pub(crate) fn room_for_string(&self, bytes: usize) -> Result<(), EvalError> {
        if bytes > self.string_bytes {
            return Err(EvalError::OverBudget(Bound::StringBytes(self.string_bytes)));
        }
        self.text(bytes)
    }

    /// Spends what sorting so many nodes costs.
    pub(crate) fn sort(&self, nodes: usize) -> Result<(), EvalError> {
        self.work(nodes as u64 * u64::from(nodes.max(1).ilog2()) / 4)
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Work(units) => write!(f, "more than {units} units of work"),
            Self::Nodes(nodes) => write!(f, "more than {nodes} nodes in a set"),
            Self::StringBytes(bytes) => write!(f, "more than {bytes} bytes in a string"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_and_left_add_up() {
        let budget = Budget::new(10);
        budget.work(4).unwrap();
        assert_eq!((budget.spent(), budget.left()), (4, 6));
    }

    #[test]
    fn nothing_is_left_once_the_budget_was_overrun() {
        let budget = Budget::new(10);
        assert_eq!(budget.work(11), Err(EvalError::OverBudget(Bound::Work(10))));
        assert_eq!(budget.left(), 0);
    }

    #[test]
    fn the_bound_that_was_met_is_named() {
        let error = Budget::new(10).with_string_bytes(3).room_for_string(4).unwrap_err();
        assert_eq!(error.to_string(), "over budget: more than 3 bytes in a string");
    }
}
