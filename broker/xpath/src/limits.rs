//! What an expression may be, and what its evaluation may cost: all bounds in one place.
//!
//! Compiling promises to stay within the first four, and evaluation within the last three. What each is counted in
//! stands beside it; the README tells what the defaults mean in time and memory.

use crate::Budget;

/// The bounds under which an expression is compiled and evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The length of an expression, in bytes of UTF-8.
    pub text_bytes: usize,
    /// How deep parentheses, predicates and arguments may enclose each other.
    pub nesting: usize,
    /// How many steps, predicates and operands there may be in all.
    pub parts: usize,
    /// What the compiled form may hold in memory, in bytes.
    pub compiled_bytes: usize,
    /// What one evaluation may do, in units of work: a node visited, an operator applied, 16 bytes of text read or
    /// written. A unit is some 10 ns, and never more than some 25 ns.
    pub work: u64,
    /// How many nodes one node-set may hold, at 8 bytes each.
    pub nodes: usize,
    /// How long one string may be, in bytes of UTF-8.
    pub string_bytes: usize,
}

impl Limits {
    /// A budget for one evaluation within these limits.
    #[must_use]
    pub fn budget(&self) -> Budget {
        Budget::new(self.work).with_nodes(self.nodes).with_string_bytes(self.string_bytes)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 8 * 1024,
            nesting: 32,
            parts: 2048,
            compiled_bytes: 256 * 1024,
            work: 250_000,
            nodes: 200_000,
            string_bytes: 2 * 1024 * 1024,
        }
    }
}
