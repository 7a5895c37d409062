//! Which events a handler wants: by role, by the beginning of the identifier, by expression.

use std::sync::Arc;

use crate::filter::{Allowance, Filters, Selection};
use crate::store::Entry;

/// What an event must be for a handler to be called.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wants {
    /// One of these roles; none named is any.
    pub(crate) roles: Vec<String>,
    /// An identifier that begins with one of these; none named is any.
    pub(crate) streams: Vec<String>,
    /// A match of one of its expressions, if there are any.
    pub(crate) selection: Selection,
}

/// Why a handler is not called for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwanted {
    /// It is of another role.
    Role,
    /// Its identifier begins otherwise.
    Stream,
    /// No expression matches it.
    Filter,
}

impl Wants {
    /// Whether an event is wanted; what takes long to tell is told by the filters' own thread.
    pub(super) async fn accept(&self, entry: &Arc<Entry>, filters: &Filters) -> bool {
        self.judge(entry, filters).await.is_ok()
    }

    /// The same, with the reason if it is not.
    pub(crate) async fn judge(&self, entry: &Arc<Entry>, filters: &Filters) -> Result<(), Unwanted> {
        let is_any_of = |wanted: &[String], is_it: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| is_it(wanted))
        };
        if !is_any_of(&self.roles, &|role| *entry.role == *role) {
            return Err(Unwanted::Role);
        }
        if !is_any_of(&self.streams, &|stream| entry.ivoid.starts_with(stream)) {
            return Err(Unwanted::Stream);
        }
        let is_match = match filters.try_on(&self.selection, entry, &mut Allowance::default()) {
            Some(is_match) => is_match,
            None => filters.decide(&self.selection, entry).await,
        };
        if is_match { Ok(()) } else { Err(Unwanted::Filter) }
    }
}
