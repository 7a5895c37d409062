//! What one subscriber is sent: what the operator lets out at its endpoint and one of its own filters matches.

use std::sync::Arc;

use super::lane::Lane;
use super::packet::Packets;
use super::{FilterSet, Screen};
use crate::store::Entry;

/// A screen and a set of filters; what is not there lets everything pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selection {
    pub(crate) screen: Option<Arc<Screen>>,
    pub(crate) wanted: Option<Arc<FilterSet>>,
}

impl Selection {
    /// Whether everything passes.
    pub(crate) fn is_everything(&self) -> bool {
        self.screen.is_none() && self.wanted.is_none()
    }

    /// Whether an event passes, if that is known or can be found out within `allowance`.
    pub(super) fn try_on(&self, entry: &Arc<Entry>, packets: &Packets, allowance: &mut u64) -> Option<bool> {
        if let Some(screen) = &self.screen
            && !screen.try_on(entry, packets, allowance)?
        {
            return Some(false);
        }
        self.wanted.as_ref().map_or(Some(true), |set| set.try_on(entry, packets, allowance))
    }

    /// Whether an event passes, found out on the lane, where it may take its time.
    pub(super) async fn decide(&self, entry: &Arc<Entry>, lane: &Lane) -> bool {
        if let Some(screen) = &self.screen
            && !screen.decide(entry, lane).await
        {
            return false;
        }
        match &self.wanted {
            Some(set) => set.decide(entry, lane).await,
            None => true,
        }
    }
}
