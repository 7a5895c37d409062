//! The broadcaster: a broker's side of a connection from a subscriber.
//!
//! It greets with `authenticate`, asks for a sign of life at a steady interval, reads filters and cursors, and counts
//! what is delivered against what is acknowledged. It does not hold packets: the broker sends those itself, between
//! what [`transmit`](Broadcaster::transmit) gives, and tells the count with [`delivered`](Broadcaster::delivered).
//!
//! A subscriber must answer each `iamalive` before the next is due, and must within the permitted time acknowledge
//! what it was sent. It need not answer `authenticate` (pygcn never does). A nak concerns one packet and leaves the
//! link alone (VTP 2.0 § Broker to subscriber; Comet closes). Receipts nobody waits for are ignored.
//!
//! ```text
//!   -> authenticate, philae-cursor=LOG:42          greeting: "your packets begin after 42"
//!   <- authenticate, xpath-filter=…, philae-cursor=LOG:17     "I have all up to 17": Event::Returning(17)
//!   -> iamalive, philae-resumed=LOG:17             "then they begin after 17", by Broadcaster::resume
//!   -> packets 18, 19, … 43                        every iamalive after says how far this is
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{CloseReason, TRANSPORT_LIMIT_BYTES};
use crate::cursor::{Cursor, PARAM, RESUMED_PARAM};
use crate::frame::Decoder;
use crate::message::{AckForm, Message};
use crate::moment::Moment;
use crate::transport::{Role, Transport, TransportError};

/// What all broadcasters of a broker share.
#[derive(Debug, Clone)]
pub struct BroadcasterConfig {
    /// The broker's own IVOID.
    pub broker: String,
    /// How often to ask for a sign of life.
    pub iamalive_interval: Duration,
    /// How long a subscriber may leave a packet unacknowledged.
    pub ack_timeout: Duration,
}

/// What a subscriber wants or says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BroadcasterEvent {
    /// From now on, only packets that match one of these; all, if there is none.
    Filters(Vec<String>),
    /// It has everything up to this place. Answer with [`Broadcaster::resume`] whenever the place is in this log and
    /// behind, from the edge of what is kept if need be: until it is confirmed, the subscriber takes no other cursor.
    /// The position is a stranger's word, and may be any number.
    Returning(Cursor),
    /// It refused a packet.
    Nak {
        /// What it named as the packet.
        origin: String,
        /// Its reason.
        reason: Option<String>,
    },
    /// It sent something that a subscriber does not send.
    Unexpected(&'static str),
    /// It sent something that cannot be understood.
    Unreadable(TransportError),
}

/// One subscriber's connection.
#[derive(Debug)]
pub struct Broadcaster {
    config: Arc<BroadcasterConfig>,
    decoder: Decoder,
    outbox: VecDeque<Bytes>,
    events: VecDeque<BroadcasterEvent>,
    ack_form: AckForm,
    alive: Alive,
    receipts: Receipts,
    noise: u32,
    resumable: bool,
    closed: Option<CloseReason>,
}

/// Signs of life: how many were asked for, how many came, and how many must have come at the next interval.
#[derive(Debug)]
struct Alive {
    asked: u64,
    answered: u64,
    due: u64,
    next: Duration,
}

/// Packets delivered and acknowledged. The mark is a count of deliveries that must be reached by a time: whatever is
/// delivered is acknowledged within twice the permitted time at the latest, at the cost of one number a subscriber.
#[derive(Debug, Default)]
struct Receipts {
    delivered: u64,
    acknowledged: u64,
    mark: Option<(u64, Duration)>,
}

/// How many messages a peer may send that cannot be understood.
const MAX_NOISE: u32 = 100;

impl Broadcaster {
    /// A connection that was made just now, to which packets after `cursor` will be sent.
    #[must_use]
    pub fn new(config: Arc<BroadcasterConfig>, cursor: &Cursor, now: Moment) -> Self {
        let greeting = Transport::new(Role::Authenticate, config.broker.as_str());
        let greeting = greeting.with_param(PARAM, cursor.to_string()).to_bytes(now.utc);
        let next = now.elapsed + config.iamalive_interval;
        Self {
            config,
            decoder: Decoder::new(TRANSPORT_LIMIT_BYTES),
            outbox: VecDeque::from([greeting]),
            events: VecDeque::new(),
            ack_form: AckForm::default(),
            alive: Alive { asked: 0, answered: 0, due: 0, next },
            receipts: Receipts::default(),
            noise: 0,
            resumable: false,
            closed: None,
        }
    }

    /// Takes bytes from the subscriber.
    pub fn receive(&mut self, piece: &[u8], now: Moment) {
        let mut unread = piece;
        while self.closed.is_none() {
            match self.decoder.next_in(&mut unread) {
                Ok(None) => return,
                Ok(Some(payload)) => self.take(&payload, now),
                Err(too_long) => self.closed = Some(too_long.into()),
            }
        }
    }

    fn take(&mut self, payload: &[u8], now: Moment) {
        if self.ack_form.recognises(payload) {
            return self.receipts.acknowledge(now, self.config.ack_timeout);
        }
        match Message::peek_transport(payload) {
            Ok(Some(Message::Ack)) => self.receipts.acknowledge(now, self.config.ack_timeout),
            Ok(Some(Message::Transport(message))) => self.take_transport(message, now),
            Ok(None | Some(Message::Packet(_))) => self.hear_noise(BroadcasterEvent::Unexpected("a packet")),
            Err(error) => self.hear_noise(BroadcasterEvent::Unreadable(error)),
        }
    }

    fn take_transport(&mut self, message: Transport, now: Moment) {
        match message.role {
            Role::Iamalive => self.alive.answered = (self.alive.answered + 1).min(self.alive.asked),
            Role::Ack => self.receipts.acknowledge(now, self.config.ack_timeout),
            Role::Nak if !self.receipts.are_pending() => {}
            Role::Nak => {
                self.receipts.acknowledge(now, self.config.ack_timeout);
                self.events
                    .push_back(BroadcasterEvent::Nak { origin: message.origin, reason: message.result });
            }
            Role::Authenticate => {
                self.events.push_back(BroadcasterEvent::Filters(message.filters()));
                let cursor = message.param(PARAM);
                self.resumable |= cursor.is_some();
                if let Some(Ok(cursor)) = cursor.map(str::parse) {
                    self.events.push_back(BroadcasterEvent::Returning(cursor));
                }
            }
        }
    }

    fn hear_noise(&mut self, event: BroadcasterEvent) {
        self.events.push_back(event);
        self.noise += 1;
        if self.noise >= MAX_NOISE {
            self.closed = Some(CloseReason::Noise(self.noise));
        }
    }

    /// What the subscriber wanted or said.
    pub fn next_event(&mut self) -> Option<BroadcasterEvent> {
        self.events.pop_front()
    }

    /// Counts packets as they are handed to the socket: before they can be answered, because a receipt for what was not
    /// counted is one that nobody asked for.
    pub fn delivered(&mut self, packets: u64, now: Moment) {
        self.receipts.deliver(packets, now, self.config.ack_timeout);
    }

    /// Packets delivered so far, and how many of them were not acknowledged yet.
    #[must_use]
    pub fn delivered_and_pending(&self) -> (u64, u64) {
        (self.receipts.delivered, self.receipts.delivered - self.receipts.acknowledged)
    }

    /// How much of an unfinished message of the subscriber's is held in memory, in bytes.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.decoder.pending_bytes()
    }

    /// Confirms that packets after `cursor` will now be sent, as a returning subscriber asked.
    pub fn resume(&mut self, cursor: &Cursor, now: Moment) {
        self.ask(RESUMED_PARAM, cursor, now);
    }

    /// Hands out a cursor before its time, during a long catch-up, so that less is sent again if the link breaks.
    /// Nothing is sent to a subscriber that never showed that it knows cursors.
    pub fn offer(&mut self, cursor: &Cursor, now: Moment) {
        if self.resumable {
            self.ask(PARAM, cursor, now);
        }
    }

    /// Answers filters that cannot be honoured; the packets go on.
    pub fn refuse_filters(&mut self, reason: &str, now: Moment) {
        let nak = Transport::new(Role::Nak, self.config.broker.as_str()).with_result(Some(reason));
        self.outbox.push_back(nak.to_bytes(now.utc));
    }

    fn ask(&mut self, param: &str, cursor: &Cursor, now: Moment) {
        let message = Transport::new(Role::Iamalive, self.config.broker.as_str());
        self.outbox.push_back(message.with_param(param, cursor.to_string()).to_bytes(now.utc));
        self.alive.asked += 1;
    }

    /// The next payload to send.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.outbox.pop_front()
    }

    /// When [`wake`](Self::wake) wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let acks = self.receipts.mark.map_or(self.alive.next, |(_, by)| by.min(self.alive.next));
        self.closed.is_none().then_some(acks)
    }

    /// Lets time pass; `cursor` is how far delivery has come, counting what goes to the socket before the next payload
    /// of [`transmit`](Self::transmit) and nothing that goes after it.
    pub fn wake(&mut self, cursor: &Cursor, now: Moment) {
        if self.closed.is_some() {
            return;
        }
        if self.receipts.mark.is_some_and(|(_, by)| now.elapsed >= by) {
            let packets = self.receipts.delivered - self.receipts.acknowledged;
            self.closed = Some(CloseReason::Unacknowledged { packets, within: self.config.ack_timeout });
        } else if now.elapsed >= self.alive.next {
            if self.alive.answered < self.alive.due {
                self.closed = Some(CloseReason::NotAlive);
                return;
            }
            self.ask(PARAM, cursor, now);
            self.alive.due = self.alive.asked;
            self.alive.next = now.elapsed + self.config.iamalive_interval;
        }
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<&CloseReason> {
        self.closed.as_ref()
    }
}

impl Receipts {
    fn are_pending(&self) -> bool {
        self.delivered > self.acknowledged
    }

    fn deliver(&mut self, packets: u64, now: Moment, timeout: Duration) {
        self.delivered += packets;
        if self.mark.is_none() && self.are_pending() {
            self.mark = Some((self.delivered, now.elapsed + timeout));
        }
    }

    fn acknowledge(&mut self, now: Moment, timeout: Duration) {
        self.acknowledged = (self.acknowledged + 1).min(self.delivered);
        if self.mark.is_some_and(|(count, _)| self.acknowledged >= count) {
            self.mark = self.are_pending().then_some((self.delivered, now.elapsed + timeout));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_end_is_not_kept() {
        let (broker, minute) = ("ivo://org.example/broker".to_owned(), Duration::from_secs(60));
        let config = BroadcasterConfig { broker, iamalive_interval: minute, ack_timeout: minute };
        let now = Moment { elapsed: Duration::ZERO, utc: jiff::Timestamp::UNIX_EPOCH };
        let cursor = Cursor::new("LOG", 0).unwrap();
        let mut broadcaster = Broadcaster::new(Arc::new(config), &cursor, now);
        (0..1000).for_each(|_| broadcaster.receive(&[0xff; 1000], now));
        assert!(broadcaster.closed().is_some());
        assert!(broadcaster.decoder.pending_bytes() <= 1000);
    }
}
