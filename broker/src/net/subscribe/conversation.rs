//! What is said over one link to an upstream broker.
//!
//! Events are admitted as they come, many at a time, and acknowledged in order once they are on disk. A duplicate or a
//! packet that is not fit to be kept, or not wanted, is acknowledged all the same, because an upstream may take a nak for a farewell.
//! What cannot be kept at present is not: the link is given up, and a Philae upstream sends it again. A cursor is
//! committed behind the events that came before it, so that after a break nothing is missed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use tracing::{debug, info, warn};
use vtp::Cursor;
use vtp::session::{CloseReason, Subscriber, SubscriberConfig, SubscriberEvent};

use super::Upstream;
use super::places::Places;
use crate::admission::{self, Admissible, Rejection, Verdict};
use crate::net::alarm::Alarm;
use crate::net::link::{Link, Progress};
use crate::net::stream::Stream;
use crate::plain::excerpt;
use crate::store::{CommitError, ReadError, Submission};

/// Events of one upstream that may be on their way to the disk.
const MAX_UNDER_WAY: usize = 128;
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("the upstream closed it")]
    Left,
    #[error("{0}")]
    Broken(#[from] io::Error),
    #[error(transparent)]
    Session(CloseReason),
    #[error("where we left off is not known: {0}")]
    Place(#[from] ReadError),
    #[error("an event could not be kept: {0}")]
    NotKept(String),
    #[error("the broker is stopping")]
    Stopping,
}

/// What became of something that came over the link.
enum Settled {
    Event(Verdict),
    Cursor(Result<(), CommitError>),
}

pub(super) struct Conversation<'a> {
    upstream: &'a Upstream,
    source: Arc<str>,
    session: Subscriber,
    link: Link,
    places: Places,
    under_way: FuturesOrdered<BoxFuture<'static, Settled>>,
    has_spoken: bool,
}

impl<'a> Conversation<'a> {
    pub(super) async fn begin(
        upstream: &'a Upstream,
        stream: Stream,
        source: Arc<str>,
    ) -> Result<Self, Ended> {
        let places = Places::load(&upstream.store, &upstream.endpoint).await?;
        let config = SubscriberConfig {
            subscriber: upstream.subscriber.clone(),
            filters: upstream.filters.clone(),
            cursors: places.cursors().to_vec(),
            limit_bytes: upstream.limit_bytes,
            silence_timeout: upstream.silence_timeout,
        };
        let session = Subscriber::new(config, upstream.clock.now());
        let link = Link::new(stream);
        let under_way = FuturesOrdered::new();
        Ok(Self { upstream, source, session, link, places, under_way, has_spoken: false })
    }

    /// Listens until the link ends; tells why, and whether the upstream said something sensible.
    pub(super) async fn run(mut self) -> (Ended, bool) {
        let ended = match self.listen().await {
            Ok(ended) | Err(ended) => ended,
        };
        if matches!(ended, Ended::Stopping) {
            self.take_leave().await;
            return (ended, true);
        }
        (ended, self.has_spoken)
    }

    async fn listen(&mut self) -> Result<Ended, Ended> {
        let (clock, stage) = (self.upstream.clock, &self.upstream.stage);
        let mut alarm = Alarm::new(clock);
        loop {
            while let Some(event) = self.session.next_event() {
                self.hear(event).await;
            }
            self.say();
            if let Some(reason) = self.session.closed() {
                return Ok(Ended::Session(reason.clone()));
            }
            let deadline = self.session.deadline();
            let has_room = self.under_way.len() < MAX_UNDER_WAY;
            // The end first. Then what has settled, to make room; then the socket, unless there is no room; then the
            // deadline, which means nothing while nothing is read. None of them loses anything when cancelled.
            tokio::select! {
                biased;
                () = stage.finishing() => return Ok(Ended::Stopping),
                Some(settled) = self.under_way.next() => self.settle(settled)?,
                progress = self.link.progress(has_room, |piece| self.session.receive(piece, clock.now())) => {
                    if progress? == Progress::Ended {
                        return Ok(Ended::Left);
                    }
                }
                () = alarm.until(deadline), if has_room => self.session.wake(clock.now()),
            }
        }
    }

    /// Acknowledges what is still on its way to the disk, and ends the link.
    async fn take_leave(mut self) {
        while let Some(settled) = self.under_way.next().await {
            if self.settle(settled).is_err() {
                break;
            }
        }
        self.say();
        if self.link.flush(FAREWELL).await.is_ok() {
            self.link.linger(FAREWELL).await;
        }
    }

    fn say(&mut self) {
        while let Some(message) = self.session.transmit() {
            self.link.push(message);
        }
    }

    async fn hear(&mut self, event: SubscriberEvent) {
        let upstream = &self.upstream.endpoint;
        let is_sensible = !matches!(event, SubscriberEvent::Unreadable(_));
        self.has_spoken |= is_sensible;
        match event {
            SubscriberEvent::Packet(payload) => {
                let settling = self.admit(payload).await;
                self.under_way.push_back(settling);
            }
            SubscriberEvent::Cursor(cursor) => {
                let settling = self.commit(cursor).await;
                self.under_way.push_back(settling);
            }
            SubscriberEvent::Resumed { from, missed: 0 } => {
                info!(%upstream, %from, "the upstream goes on where we left off");
            }
            SubscriberEvent::Resumed { from, missed } => {
                warn!(%upstream, %from, missed, "the upstream no longer keeps all that we missed");
            }
            SubscriberEvent::Iamalive => {
                self.upstream.link.heartbeat();
                debug!(%upstream, "sign of life");
            }
            SubscriberEvent::Nak(reason) => {
                let reason = reason.as_deref().map(excerpt);
                warn!(%upstream, reason, "the upstream refuses our filters");
            }
            SubscriberEvent::Unreadable(reason) => {
                let reason = excerpt(&reason);
                warn!(%upstream, reason, "the upstream sent something that cannot be understood");
            }
        }
    }

    async fn admit(&mut self, payload: Bytes) -> BoxFuture<'static, Settled> {
        let source = self.source.clone();
        let examined = admission::examine(payload, &self.upstream.terms, &source).await;
        let Admissible { ivorn, fault, draft } = match examined {
            Ok(admissible) => admissible,
            Err(rejection) => {
                match &rejection {
                    Rejection::Unfit { ivorn, reason } => {
                        warn!(%source, ivoid = ivorn, reason, "event from upstream rejected");
                    }
                    Rejection::Unwanted { ivorn, reason } => {
                        debug!(%source, ivoid = ivorn, reason, "event kept out by a rule");
                    }
                }
                return at_once(Settled::Event(rejection.into()));
            }
        };
        match self.upstream.admission.submitter().send(Submission::event(draft)).await {
            Ok(receipt) => {
                Box::pin(
                    async move { Settled::Event(admission::conclude(ivorn, fault, &source, receipt.await)) },
                )
            }
            Err(error) => at_once(Settled::Event(admission::conclude(ivorn, fault, &source, Err(error)))),
        }
    }

    async fn commit(&mut self, cursor: Cursor) -> BoxFuture<'static, Settled> {
        let submission = self.places.reach(cursor);
        match self.upstream.admission.submitter().send(submission).await {
            Ok(receipt) => Box::pin(async move { Settled::Cursor(receipt.await.map(drop)) }),
            Err(error) => at_once(Settled::Cursor(Err(error))),
        }
    }

    /// Answers what has settled.
    fn settle(&mut self, settled: Settled) -> Result<(), Ended> {
        let now = self.upstream.clock.now();
        if let Settled::Event(verdict) = &settled {
            self.upstream.link.judged(verdict);
            self.upstream.board.intake().judged(verdict);
        }
        match settled {
            Settled::Event(
                Verdict::Accepted { ivorn, .. }
                | Verdict::Duplicate { ivorn, .. }
                | Verdict::Unwanted { ivorn, .. },
            ) => {
                self.session.acknowledge(&ivorn, now);
            }
            Settled::Event(Verdict::Refused { ivorn, .. }) => {
                self.session.acknowledge(ivorn.as_deref().unwrap_or_default(), now);
            }
            Settled::Event(Verdict::NotAccepted { reason, .. }) => return Err(Ended::NotKept(reason)),
            Settled::Cursor(Ok(())) => {}
            Settled::Cursor(Err(error)) => return Err(Ended::NotKept(error.to_string())),
        }
        Ok(())
    }
}

fn at_once(settled: Settled) -> BoxFuture<'static, Settled> {
    Box::pin(std::future::ready(settled))
}
