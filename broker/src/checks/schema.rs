//! The structure of VOEvent 2.0: what its schema (`VOEvent-v2.0.xsd`) asks of a packet's tree.
//!
//! ```text
//! version     which VOEvent it is, by the root's namespace
//! definition  the schema as data ────┐
//! lexical     kinds of values        ├──> judge    one walk over the tree, no deeper than the schema
//! kind        what the data are of ──┘             words    what of a packet a fault repeats
//! ```
//!
//! VOEvent 1.1 and 2.1 are told apart and not judged. A valid packet costs no allocation. A [`Fault`] names line and
//! element and says what was expected, for the author who reads it in a nak.
//!
//! It differs from libxml2, which Comet uses, in this, on purpose:
//!
//! | | libxml2 | here | XML Schema |
//! |---|---|---|---|
//! | white space around `xs:dateTime`, or behind INF and NaN | refused | taken | collapsed: part 2 § 3.2.4, § 3.2.7, § 4.3.6 |
//! | a float such as `1e` or `1e+` | taken | refused | an exponent is an integer: part 2 § 3.2.4.1 |
//! | `xsi:type` with a type derived from the declared one | taken | refused | may be taken: part 1 § 3.3.4; nobody writes it |

mod date;
mod definition;
mod judge;
mod kind;
mod lexical;
mod version;
mod words;

use std::fmt;

use roxmltree::Document;

pub use version::Version;

/// Most faults that are told of one packet.
pub const MAX_FAULTS: usize = 50;

/// What in a packet is not as VOEvent 2.0 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the packet, from 1.
    pub line: usize,
    /// The local name of the element, as the packet has it.
    pub element: String,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The first fault of a packet; none if it is valid.
pub(super) fn first_fault(document: &Document<'_>) -> Option<Fault> {
    judge::faults(document, 1).pop()
}

/// The faults of a packet by line, [`MAX_FAULTS`] at most.
pub(super) fn faults(document: &Document<'_>) -> Vec<Fault> {
    let mut faults = judge::faults(document, MAX_FAULTS);
    faults.sort_by_key(|fault| fault.line);
    faults
}

#[cfg(test)]
mod tests;
