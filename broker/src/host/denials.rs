//! Denials: what one call asked for and was not granted, for whoever writes its grants.
//!
//! Noted where a request is refused, each thing once, up to a limit.

use std::sync::{Arc, Mutex, PoisonError};

use crate::grants::Denied;

/// Things of one call that are told.
const TOLD: usize = 16;

/// What was denied; clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Denials(Arc<Mutex<Vec<Denied>>>);

impl Denials {
    /// Notes something.
    pub(super) fn note(&self, denied: Denied) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < TOLD && !all.contains(&denied) {
            all.push(denied);
        }
    }

    /// All that was noted, in order.
    pub(super) fn take(&self) -> Vec<Denied> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_and_no_more_than_a_few() {
        let denials = Denials::default();
        for port in (1..=100).chain(1..=100) {
            denials.note(Denied::Tcp(([192, 0, 2, 7], port).into()));
        }
        let told = denials.take();
        assert_eq!((told.len(), told.first()), (TOLD, Some(&Denied::Tcp(([192, 0, 2, 7], 1).into()))));
        assert!(denials.take().is_empty());
    }
}
