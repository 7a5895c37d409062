//! Rules: what an operator refuses and accepts at an endpoint.
//!
//! A rule matches a packet when each of its keys does, and a key when one of its values does. A packet passes when no
//! rule of `refuse` matches and, if there are rules of `accept`, one of them does. Rules are data that was checked; what
//! they say of packets is left to [`judge`], and with what effort it is found out to the [screen](super::screen).

pub(super) mod judge;

use std::sync::Arc;

use bounded_xpath::{CompileError, Expression};

use super::check;
use crate::event::Role;

/// The rules of one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// What does not pass.
    pub refuse: Vec<Rule>,
    /// What alone passes; everything, if there are none.
    pub accept: Vec<Rule>,
}

/// One rule; a key without values is not asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// Beginnings of the packet's identifier, as they are written.
    pub ivoid: Vec<String>,
    /// Its role; a packet without one is an observation.
    pub role: Vec<Role>,
    /// It has more bytes than this.
    pub larger_than_bytes: Option<u64>,
    /// Expressions that are true of it.
    pub xpath: Vec<Condition>,
}

/// An expression of a rule, which is one.
#[derive(Debug, Clone)]
pub struct Condition(Arc<Expression>);

impl Rules {
    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.refuse.is_empty() && self.accept.is_empty()
    }
}

impl Condition {
    /// Reads an expression, under the same limits as those of subscribers.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(text: &str) -> Result<Self, CompileError> {
        check(text).map(|expression| Self(Arc::new(expression)))
    }

    /// The expression, ready to be evaluated.
    pub(super) fn expression(&self) -> Arc<Expression> {
        self.0.clone()
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text()
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Condition {}
