//! Something that is looked at again and again, and told when it differs and has come to rest.

use std::time::Duration;

/// What was told of something, and what was seen of it since; `None` is that it is not there.
#[derive(Debug)]
pub(super) struct Steady<T> {
    told: Option<T>,
    seen: Option<T>,
    since: Duration,
}

impl<T: PartialEq + Clone> Steady<T> {
    /// Something that was not there until now.
    pub(super) const fn new(now: Duration) -> Self {
        Self { told: None, seen: None, since: now }
    }

    /// Takes in what is seen now. If it has been the same for so long and differs from what was told, it counts as told
    /// from now on, and both are given.
    pub(super) fn look(
        &mut self,
        seen: Option<T>,
        now: Duration,
        steady: Duration,
    ) -> Option<(Option<T>, Option<T>)> {
        if self.seen != seen {
            self.seen = seen;
            self.since = now;
        }
        if self.seen == self.told || now.saturating_sub(self.since) < steady {
            return None;
        }
        let before = std::mem::replace(&mut self.told, self.seen.clone());
        Some((before, self.seen.clone()))
    }

    /// Whether there is nothing to remember about it.
    pub(super) const fn is_nothing(&self) -> bool {
        self.told.is_none() && self.seen.is_none()
    }
}
