//! What handlers publish, on its way into the log.
//!
//! A packet of a handler's is judged as an author's and comes into the log as anyone's, under the handler's name. It is one
//! hop further from the outside than the event that caused it, and beyond a number of hops it is refused: two handlers that
//! answer each other would never end.

use std::sync::Arc;

use bytes::Bytes;

use crate::admission::{self, Rejection, Terms};
use crate::checks::{Origin, Policy};
use crate::store::{Draft, Entry};

/// How many handlers in a row may lead to an event.
pub(crate) const MAX_HOPS: u8 = 4;

/// Turns packets into drafts.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    source: Arc<str>,
}

impl Publisher {
    pub(crate) fn new(handler: &str) -> Self {
        Self { source: format!("handler {handler}").into() }
    }

    /// The drafts of what a call published, or why one of them cannot be taken.
    pub(super) fn drafts(&self, cause: &Entry, packets: Vec<Bytes>) -> Result<Vec<Draft>, String> {
        let hops = cause.hops.saturating_add(1);
        if !packets.is_empty() && hops > MAX_HOPS {
            return Err(format!(
                "it publishes about an event that {MAX_HOPS} handlers in a row led to, which looks like a loop; \
                 let one of them want less"
            ));
        }
        packets.into_iter().map(|packet| self.draft(packet, hops)).collect()
    }

    fn draft(&self, packet: Bytes, hops: u8) -> Result<Draft, String> {
        let draft =
            self.judge(packet).map_err(|why| format!("a packet that it published is refused: {why}"))?;
        Ok(Draft { hops, ..draft })
    }

    /// What admission makes of a packet, held to the terms of authors; or why it cannot be taken.
    pub(crate) fn judge(&self, packet: Bytes) -> Result<Draft, String> {
        let terms = Terms { origin: Origin::Author, policy: Policy::Schema, screen: None };
        let examined = admission::examine_now(packet, &terms, &self.source);
        examined.map(|admissible| admissible.draft).map_err(Rejection::into_reason)
    }
}
