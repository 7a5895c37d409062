//! Receiving: one connection from an author, from its first byte to its receipt.
//!
//! The packet is read, admitted and answered. Packets up to 64 KiB, which are all that authors send on an ordinary
//! night, cost only themselves; what is larger shares a budget, so that a thousand connections that announce a large
//! packet each and send half of it cannot take more memory than a few. Whoever waits for a share of the budget waits
//! against the author's deadline.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tracing::{debug, info, warn};
use vtp::session::{CloseReason, Receiver, ReceiverConfig};

use super::alarm::Alarm;
use super::budget::{Budget, Share};
use super::link::{Link, Progress};
use super::stream::{Peer, Stream};
use crate::admission::{Admission, Terms, Verdict};
use crate::board::Board;
use crate::clock::Clock;
use crate::lifecycle::Stage;
use crate::plain::excerpt;

/// So much of a packet may come without a share of the budget: all of a small one, the beginning of a large one.
const SMALL_BYTES: u32 = 64 * 1024;
/// What all larger packets under way may take together.
const BUDGET_BYTES: u32 = 64 * 1024 * 1024;
/// How long an author may take to read its receipt.
const FAREWELL: Duration = Duration::from_secs(5);

/// What all connections from authors share.
#[derive(Debug)]
pub(crate) struct Receiving {
    session: Arc<ReceiverConfig>,
    admission: Admission,
    clock: Clock,
    stage: Stage,
    board: Board,
    budget: Arc<Budget>,
}

impl Receiving {
    pub(crate) fn new(
        session: ReceiverConfig,
        admission: Admission,
        clock: Clock,
        stage: Stage,
        board: Board,
    ) -> Arc<Self> {
        let budget = Budget::new(BUDGET_BYTES);
        Arc::new(Self { session: Arc::new(session), admission, clock, stage, board, budget })
    }

    /// Serves one author, whose packet comes in on these terms.
    pub(crate) async fn serve(self: Arc<Self>, stream: Stream, peer: Peer, terms: Arc<Terms>) {
        debug!(%peer, "author connected");
        let mut session = Receiver::new(self.session.clone(), self.clock.now());
        let mut link = Link::new(stream);
        let mut share = None;
        let payload = self.read(&mut session, &mut link, &mut share, peer).await;
        if let Some(payload) = payload {
            self.answer(&mut session, payload, peer, &terms).await;
        }
        while let Some(message) = session.transmit() {
            link.push(message);
        }
        match session.closed() {
            Some(CloseReason::Complete) | None => debug!(%peer, "author served"),
            Some(reason) => info!(%peer, %reason, "author closed"),
        }
        match link.flush(FAREWELL).await {
            // The author is about to send what it announced, and would meet a closed door before it read why.
            Ok(()) if matches!(session.closed(), Some(CloseReason::TooLong(_))) => {
                link.linger(FAREWELL).await
            }
            Ok(()) => link.close(FAREWELL).await,
            Err(error) => debug!(%peer, %error, "the author did not take its receipt"),
        }
        drop(share);
    }

    /// Reads until the packet is complete, or nothing is left to read for.
    async fn read(
        &self,
        session: &mut Receiver,
        link: &mut Link,
        share: &mut Option<Share>,
        peer: Peer,
    ) -> Option<Bytes> {
        let mut alarm = Alarm::new(self.clock);
        while session.closed().is_none() {
            if let Some(payload) = session.next_event() {
                return Some(payload);
            }
            let large = session.large_bytes(SMALL_BYTES).filter(|_| share.is_none());
            let deadline = session.deadline();
            let budget = async {
                match large {
                    Some(bytes) => self.budget.take(peer.ip(), bytes).await,
                    None => std::future::pending().await,
                }
            };
            // The end first, then the budget, without which nothing more is read, and the deadline last, so that a
            // packet that is complete is taken even if it was slow. All four can be cancelled without loss.
            tokio::select! {
                biased;
                () = self.stage.finishing() => return None,
                taken = budget => *share = taken,
                progress = link.progress(large.is_none(), |piece| session.receive(piece, self.clock.now())) => {
                    if !matches!(progress, Ok(Progress::Received)) {
                        return None;
                    }
                }
                () = alarm.until(deadline) => session.wake(self.clock.now()),
            }
        }
        None
    }

    async fn answer(&self, session: &mut Receiver, payload: Bytes, peer: Peer, terms: &Terms) {
        let source: Arc<str> = format!("author {peer}").into();
        let verdict = self.admission.admit(payload, terms, &source).await;
        self.board.intake().judged(&verdict);
        let now = self.clock.now();
        match verdict {
            Verdict::Accepted { ivorn, fault, .. } => {
                let note = fault
                    .map(|fault| excerpt(&format!("accepted, but not valid under VOEvent 2.0: {fault}")));
                session.accept(&ivorn, note.as_deref(), now);
            }
            Verdict::Duplicate { ivorn, .. } => {
                session.accept(&ivorn, Some("Duplicate: this broker has the event already"), now);
            }
            Verdict::Refused { ivorn, reason } => {
                warn!(%peer, ivoid = ivorn, reason, "event rejected");
                session.refuse(ivorn.as_deref(), &format!("Event rejected: {reason}"), now);
            }
            Verdict::Unwanted { ivorn, reason } => {
                debug!(%peer, ivoid = ivorn, reason, "event kept out by a rule");
                session.refuse(Some(&ivorn), &format!("Event rejected: {reason}"), now);
            }
            Verdict::NotAccepted { ivorn, reason } => session.refuse(Some(&ivorn), &reason, now),
        }
    }
}
