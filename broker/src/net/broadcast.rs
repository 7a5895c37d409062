//! Broadcasting: one connection to a subscriber.
//!
//! Its task carries the events that the subscriber wants from its place in the log to its socket, and what it says to
//! the session. New events are fetched only when the last have gone out, so that a subscriber that does not read holds one
//! piece of the log and no more; sooner or later it owes an answer, and is then cut off for good.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info, warn};
use vtp::session::{Broadcaster, BroadcasterConfig, BroadcasterEvent, CloseReason, TRANSPORT_LIMIT_BYTES};

use super::alarm::Alarm;
use super::budget::{Budget, Share};
use super::link::{Link, Progress};
use super::stream::{Peer, Stream};
use crate::board::{Board, Seated};
use crate::clock::Clock;
use crate::fanout::{Next, Subscription};
use crate::filter::{Asked, Filters, Screen};
use crate::lifecycle::Stage;
use crate::plain::excerpt;
use crate::store::{Entry, ReadError, Store};

/// How long a subscriber may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long to wait before a log that cannot be read is tried again.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// How long a subscriber is not listened to after it sent filters: whoever replaces them in a loop does so at this pace.
const FILTER_PAUSE: Duration = Duration::from_millis(20);
/// Lines in the log that one subscriber can cause by what it says.
const MAX_TOLD: u32 = 100;

/// An unfinished message of a subscriber's up to this size needs no share of the budget.
const SMALL_BYTES: usize = 8 * 1024;
/// What all larger ones may take together.
const BUDGET_BYTES: u32 = 32 * 1024 * 1024;

/// What all connections to subscribers share.
pub(crate) struct Broadcasting {
    session: Arc<BroadcasterConfig>,
    max_behind: u64,
    store: Store,
    filters: Filters,
    clock: Clock,
    stage: Stage,
    board: Board,
    budget: Arc<Budget>,
}

/// Why a subscriber's connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("it left")]
    Left,
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    #[error(transparent)]
    Session(CloseReason),
    #[error("it is {0} events behind")]
    Behind(u64),
    #[error("too many long messages are under way from its address, or from all")]
    Crowded,
    #[error("the log cannot be read: {0}")]
    Log(ReadError),
    #[error("the broker is stopping")]
    Drained,
}

impl Broadcasting {
    pub(crate) fn new(
        session: BroadcasterConfig,
        max_behind: u64,
        store: Store,
        filters: Filters,
        clock: Clock,
        stage: Stage,
        board: Board,
    ) -> Arc<Self> {
        let budget = Budget::new(BUDGET_BYTES);
        Arc::new(Self { session: Arc::new(session), max_behind, store, filters, clock, stage, board, budget })
    }

    /// Serves one subscriber, which gets what `screen` lets out.
    pub(crate) async fn serve(self: Arc<Self>, stream: Stream, peer: Peer, screen: Option<Arc<Screen>>) {
        let subscription = Subscription::new(&self.store, &self.filters, screen);
        info!(%peer, place = %subscription.cursor(), "subscriber connected");
        let session = Broadcaster::new(self.session.clone(), &subscription.cursor(), self.clock.now());
        let mut connection = Connection {
            shared: &self,
            peer,
            seat: self.board.seat(peer.to_string()),
            session,
            subscription,
            link: Link::new(stream),
            share: None,
            naks: 0,
            said: 0,
            deaf_until: Duration::ZERO,
        };
        let ended = connection.run().await;
        let (delivered, unacknowledged) = connection.session.delivered_and_pending();
        let naks = connection.naks;
        match ended {
            Ended::Left | Ended::Drained | Ended::Broken(_) => {
                info!(%peer, reason = %ended, delivered, unacknowledged, naks, "subscriber gone");
            }
            Ended::Session(_) | Ended::Behind(_) | Ended::Crowded | Ended::Log(_) => {
                warn!(%peer, reason = %ended, delivered, unacknowledged, naks, "subscriber disconnected");
            }
        }
        if matches!(ended, Ended::Drained) {
            connection.link.linger(FAREWELL).await;
        } else {
            connection.link.abandon();
        }
    }
}

struct Connection<'a> {
    shared: &'a Broadcasting,
    peer: Peer,
    seat: Seated,
    session: Broadcaster,
    subscription: Subscription,
    link: Link,
    /// Memory for an unfinished message of its, if that is long.
    share: Option<Share>,
    naks: u64,
    /// How often it said something that may be worth a line in the log.
    said: u32,
    /// When it is listened to again after it sent filters.
    deaf_until: Duration,
}

/// What became of looking for events to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fetched {
    /// There is nothing new.
    Nothing,
    /// Something is under way: to the socket, or the verdict on it.
    Something,
    /// What was looked at is not wanted; there may be more.
    Unwanted,
}

impl Connection<'_> {
    async fn run(&mut self) -> Ended {
        match self.carry().await {
            Ok(ended) | Err(ended) => ended,
        }
    }

    async fn carry(&mut self) -> Result<Ended, Ended> {
        let clock = self.shared.clock;
        let mut alarm = Alarm::new(clock);
        loop {
            self.hear();
            self.budget()?;
            let fetched = self.fetch().await?;
            self.seat.reached(self.subscription.place().0);
            while let Some(message) = self.session.transmit() {
                self.link.push(message);
            }
            if let Some(reason) = self.session.closed() {
                return Ok(Ended::Session(reason.clone()));
            }
            let now = clock.now().elapsed;
            let is_heard = now >= self.deaf_until;
            let deadline = if is_heard { self.session.deadline() } else { Some(self.deaf_until) };
            let is_idle = fetched == Fetched::Nothing && self.link.is_flushed();
            if is_idle && self.shared.stage.is_finishing() {
                return Ok(Ended::Drained);
            }
            let mut entries = Vec::new();
            // The deadline first, or a peer that never stops talking could put it off; then the socket, because what
            // the peer says may change what it is sent; then new events, which are fetched only when the last are out,
            // or the verdict on the next; the end and more of what is not wanted last, because they come only when all
            // is quiet. None of them loses anything when cancelled.
            tokio::select! {
                biased;
                () = alarm.until(deadline) => {
                    self.session.wake(&self.subscription.cursor(), clock.now());
                }
                progress = self.link.progress(is_heard, |piece| self.session.receive(piece, clock.now())) => {
                    if progress? == Progress::Ended {
                        return Ok(Ended::Left);
                    }
                }
                () = self.subscription.proceed(&mut entries), if is_idle || self.subscription.is_deciding() => {}
                () = self.shared.stage.finishing(), if is_idle => {}
                () = tokio::task::yield_now(), if fetched == Fetched::Unwanted => {}
            }
            self.send(&entries);
        }
    }

    /// Holds a share of the budget for as long as a long message is under way.
    fn budget(&mut self) -> Result<(), Ended> {
        if self.session.pending_bytes() < SMALL_BYTES {
            self.share = None;
        } else if self.share.is_none() {
            let taken = self.shared.budget.try_take(self.peer.ip(), TRANSPORT_LIMIT_BYTES);
            self.share = Some(taken.ok_or(Ended::Crowded)?);
        }
        Ok(())
    }

    /// Puts what follows on the link, if it has room.
    async fn fetch(&mut self) -> Result<Fetched, Ended> {
        if !self.link.is_flushed() || self.subscription.is_deciding() {
            return Ok(Fetched::Something);
        }
        let behind = self.subscription.behind();
        if behind > self.shared.max_behind {
            return Err(Ended::Behind(behind));
        }
        let mut entries = Vec::new();
        match self.subscription.next(&mut entries) {
            Next::UpToDate => return Ok(Fetched::Nothing),
            Next::Brought => self.send(&entries),
            Next::Behind => match self.subscription.read(&mut entries).await {
                Ok(()) => {
                    self.send(&entries);
                    self.session.offer(&self.subscription.cursor(), self.shared.clock.now());
                }
                Err(ReadError::Closed) => tokio::time::sleep(READ_AGAIN).await,
                Err(error) => return Err(Ended::Log(error)),
            },
        }
        let is_under_way = !entries.is_empty() || self.subscription.is_deciding();
        Ok(if is_under_way { Fetched::Something } else { Fetched::Unwanted })
    }

    fn send(&mut self, entries: &[Arc<Entry>]) {
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            self.link.push(entry.bytes.clone());
        }
        self.session.delivered(entries.len() as u64, self.shared.clock.now());
        self.seat.delivered(entries.len() as u64);
    }

    /// Does what the subscriber asks for.
    fn hear(&mut self) {
        let peer = self.peer;
        while let Some(event) = self.session.next_event() {
            let now = self.shared.clock.now();
            self.said = self.said.saturating_add(1);
            let is_told = self.said <= MAX_TOLD;
            match event {
                BroadcasterEvent::Filters(filters) => self.want(&filters, is_told),
                BroadcasterEvent::Returning(from) => {
                    let found = self.subscription.go_back(&from);
                    if is_told {
                        info!(%peer, %from, place = %self.subscription.cursor(), found, "subscriber returns");
                    }
                    if found {
                        self.session.resume(&self.subscription.cursor(), now);
                    }
                }
                BroadcasterEvent::Nak { origin, reason } => {
                    self.naks += 1;
                    self.seat.refused();
                    let (ivoid, reason) = (excerpt(&origin), reason.as_deref().map(excerpt));
                    if is_told {
                        info!(%peer, ivoid, reason, "the subscriber refused an event");
                    }
                }
                BroadcasterEvent::Unexpected(what) => debug!(%peer, what, "unexpected message"),
                BroadcasterEvent::Unreadable(error) => {
                    let error = excerpt(&error.to_string());
                    debug!(%peer, error, "unreadable message");
                }
            }
        }
    }

    /// Sends from now on what a subscriber asks for: what one of its filters matches, or everything if it has none.
    fn want(&mut self, filters: &[String], is_told: bool) {
        let (peer, now) = (self.peer, self.shared.clock.now());
        if filters.is_empty() {
            if self.subscription.is_filtered() && is_told {
                info!(%peer, "the subscriber has lifted its filters");
            }
            self.seat.wants(None);
            return self.subscription.want(None);
        }
        self.deaf_until = now.elapsed + FILTER_PAUSE;
        let asked = Asked::of(&self.shared.filters, filters);
        if is_told {
            let (applied, refused) = (asked.applied(), asked.refusal.as_deref());
            info!(%peer, asked = filters.len(), applied, refused, "the subscriber has set its filters");
        }
        if let Some(refusal) = &asked.refusal {
            self.session.refuse_filters(refusal, now);
        }
        self.seat.wants(asked.set.clone());
        self.subscription.want(asked.set);
    }
}
