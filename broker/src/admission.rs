//! Admission: from a payload to a verdict.
//!
//! A payload that a peer sent is read, checked, held to the rules of its endpoint and committed, in that order, and every way this can end is a
//! [`Verdict`]. It promises that [`Verdict::Accepted`] is said only after the event is on disk, and that what is
//! refused leaves no trace in the store, so that a corrected packet is never taken for a duplicate. How the verdict is
//! told to the peer is left to `net`.

use std::sync::Arc;

use bytes::Bytes;
use tracing::{debug, info, warn};
use vtp::{Packet, PacketError};

use crate::checks::schema::Fault;
use crate::checks::{Origin, Policy, Sound};
use crate::filter::Screen;
use crate::plain::excerpt;
use crate::store::{CommitError, Committed, Draft, MediaType, Seq, Submission, Submitter};

/// Above this many bytes, judging a packet takes long enough to be done away from the network threads.
const LARGE_BYTES: usize = 64 * 1024;

/// How a submission ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept, under this number.
    Accepted {
        /// The event's identifier.
        ivorn: String,
        /// Its number in the log.
        seq: Seq,
        /// What is not valid in it, if the policy was to take it all the same.
        fault: Option<Fault>,
    },
    /// It had been kept before.
    Duplicate {
        /// The event's identifier.
        ivorn: String,
        /// The number of the first in the log.
        seq: Seq,
    },
    /// It is not fit to be kept; the reason is for the author.
    Refused {
        /// The event's identifier, if it could be read.
        ivorn: Option<String>,
        /// What is wrong, and where.
        reason: String,
    },
    /// It is sound, and the operator's rules keep it out.
    Unwanted {
        /// The event's identifier.
        ivorn: String,
        /// Which rule, or what the rules let in.
        reason: String,
    },
    /// It is sound but cannot be kept at present.
    NotAccepted {
        /// The event's identifier.
        ivorn: String,
        /// Why.
        reason: String,
    },
}

/// Admits what peers send to the store.
#[derive(Debug, Clone)]
pub struct Admission {
    submitter: Submitter,
}

/// On what terms packets come in at an endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) origin: Origin,
    pub(crate) policy: Policy,
    /// The operator's rules, if there are any.
    pub(crate) screen: Option<Arc<Screen>>,
}

/// What passed the checks: a draft for the store and what receipts need.
#[derive(Debug)]
pub(crate) struct Admissible {
    pub(crate) ivorn: String,
    /// What is not valid in it, if it is to be flagged.
    pub(crate) fault: Option<Fault>,
    pub(crate) draft: Draft,
}

/// What did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// It failed a check.
    Unfit { ivorn: Option<String>, reason: String },
    /// The operator's rules keep it out.
    Unwanted { ivorn: String, reason: String },
}

impl Rejection {
    /// What is wrong, whoever says so.
    pub(crate) fn into_reason(self) -> String {
        match self {
            Self::Unfit { reason, .. } | Self::Unwanted { reason, .. } => reason,
        }
    }
}

impl From<Rejection> for Verdict {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Unfit { ivorn, reason } => Self::Refused { ivorn, reason },
            Rejection::Unwanted { ivorn, reason } => Self::Unwanted { ivorn, reason },
        }
    }
}

impl Admission {
    /// Admission to the store behind `submitter`.
    #[must_use]
    pub fn new(submitter: Submitter) -> Self {
        Self { submitter }
    }

    /// Judges a payload and commits it; `source` says who brought it.
    pub(crate) async fn admit(&self, payload: Bytes, terms: &Terms, source: &Arc<str>) -> Verdict {
        match examine(payload, terms, source).await {
            Ok(Admissible { ivorn, fault, draft }) => {
                let committed = self.submitter.commit(Submission::event(draft)).await;
                conclude(ivorn, fault, source, committed)
            }
            Err(rejection) => rejection.into(),
        }
    }

    /// The store's way in, for those who commit more than events.
    pub(crate) fn submitter(&self) -> &Submitter {
        &self.submitter
    }
}

/// Judges a payload, on a thread of its own when that takes long: when it is large, or the rules are found to be.
pub(crate) async fn examine(
    payload: Bytes,
    terms: &Terms,
    source: &Arc<str>,
) -> Result<Admissible, Rejection> {
    if payload.len() < LARGE_BYTES && !terms.screen.as_ref().is_some_and(|screen| screen.is_long()) {
        return examine_now(payload, terms, source);
    }
    let (terms, source) = (terms.clone(), source.clone());
    let judged = tokio::task::spawn_blocking(move || examine_now(payload, &terms, &source)).await;
    judged.unwrap_or_else(|error| {
        Err(Rejection::Unfit { ivorn: None, reason: format!("it could not be judged: {error}") })
    })
}

/// Judges a payload, here and now.
pub(crate) fn examine_now(payload: Bytes, terms: &Terms, source: &Arc<str>) -> Result<Admissible, Rejection> {
    let packet = Packet::parse(payload).map_err(|error: PacketError| {
        let reason = excerpt(&error.to_string());
        Rejection::Unfit { ivorn: None, reason }
    })?;
    let ivorn = packet.ivorn();
    let unfit = |reason: String| Rejection::Unfit { ivorn: Some(excerpt(ivorn)), reason: excerpt(&reason) };
    let sound = Sound::check(&packet, terms.origin).map_err(unfit)?;
    // Before the structure: nobody need mend what is not wanted.
    if let Some(reason) = terms.screen.as_ref().and_then(|it| it.refusal(&packet, sound.document())) {
        return Err(Rejection::Unwanted { ivorn: ivorn.to_owned(), reason: excerpt(&reason) });
    }
    let fault = sound.structure(terms.policy).map_err(unfit)?;
    let draft = Draft {
        source: source.clone(),
        media_type: MediaType::VoeventXml,
        digest: packet.digest(),
        ivoid: ivorn.into(),
        role: packet.role().into(),
        is_flagged: fault.is_some(),
        is_imported: false,
        hops: 0,
        bytes: packet.raw().clone(),
    };
    Ok(Admissible { ivorn: ivorn.to_owned(), fault, draft })
}

/// Puts what the store said into words, and the accepted event's one line into the log.
pub(crate) fn conclude(
    ivorn: String,
    fault: Option<Fault>,
    source: &str,
    committed: Result<Committed, CommitError>,
) -> Verdict {
    match committed {
        Ok(Committed::New { seq, conflict }) => {
            info!(seq = seq.0, ivoid = %ivorn, source, "event accepted");
            if conflict {
                warn!(seq = seq.0, ivoid = %ivorn, source, "another packet was accepted under this IVOID before");
            }
            if let Some(fault) = &fault {
                let fault = excerpt(&fault.to_string());
                warn!(seq = seq.0, ivoid = %ivorn, source, fault, "an event was accepted that is not valid VOEvent 2.0");
            }
            Verdict::Accepted { ivorn, seq, fault }
        }
        Ok(Committed::Duplicate { seq }) => {
            debug!(first = seq.0, ivoid = %ivorn, source, "duplicate");
            Verdict::Duplicate { ivorn, seq }
        }
        Ok(Committed::Cursor | Committed::Effects(_)) => unreachable!("an event was submitted"),
        Err(error @ (CommitError::NotAccepted(_) | CommitError::Closed)) => {
            let reason = error.to_string();
            debug!(ivoid = %ivorn, source, reason, "event not accepted");
            Verdict::NotAccepted { ivorn, reason }
        }
    }
}
