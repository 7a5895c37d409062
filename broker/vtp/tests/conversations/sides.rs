//! The sides as a broker and a subscriber would drive them: with a log to send from, and with receipts given.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vtp::session::{
    AUTHOR_TIMEOUT, Broadcaster, BroadcasterConfig, BroadcasterEvent, IAMALIVE_INTERVAL, Receiver,
    ReceiverConfig, SILENCE_TIMEOUT, Sender, Subscriber, SubscriberConfig, SubscriberEvent,
};
use vtp::{Cursor, Moment, Packet};

use crate::pair::Side;

pub(crate) const BROKER: &str = "ivo://org.example/broker";
pub(crate) const ACK_TIMEOUT: Duration = Duration::from_secs(90);

/// A log, and one subscriber's connection to it.
pub(crate) struct Broker {
    pub(crate) session: Broadcaster,
    pub(crate) events: Vec<BroadcasterEvent>,
    pub(crate) log: Vec<Bytes>,
    /// How many packets at the start of the log have expired.
    pub(crate) expired: u64,
    /// How far delivery has come.
    position: u64,
}

impl Broker {
    /// A subscriber has connected; it gets what is added to the log from now on.
    pub(crate) fn new(log: Vec<Bytes>, now: Moment) -> Self {
        let position = log.len() as u64;
        let session = Broadcaster::new(broadcaster_config(), &place(position), now);
        Self { session, events: Vec::new(), log, expired: 0, position }
    }
}

impl Side for Broker {
    fn receive(&mut self, piece: &[u8], now: Moment) {
        self.session.receive(piece, now);
        while let Some(event) = self.session.next_event() {
            if let BroadcasterEvent::Returning(cursor) = &event
                && cursor.log() == place(0).log()
            {
                self.position = cursor.position().max(self.expired);
                self.session.resume(&place(self.position), now);
            }
            self.events.push(event);
        }
    }

    fn transmit(&mut self, now: Moment) -> Option<Bytes> {
        self.session.transmit().or_else(|| {
            let packet = self.log.get(usize::try_from(self.position).ok()?)?;
            self.position += 1;
            self.session.delivered(1, now);
            Some(packet.clone())
        })
    }

    fn deadline(&self) -> Option<Duration> {
        self.session.deadline()
    }

    fn wake(&mut self, now: Moment) {
        self.session.wake(&place(self.position), now);
    }
}

/// A subscriber that acknowledges every packet and keeps what it hears.
pub(crate) struct Listener {
    pub(crate) session: Subscriber,
    pub(crate) events: Vec<SubscriberEvent>,
}

impl Listener {
    /// A subscriber that has connected and knows these places from before.
    pub(crate) fn new(cursors: &[Cursor], now: Moment) -> Self {
        Self { session: Subscriber::new(subscriber_config(cursors), now), events: Vec::new() }
    }

    /// The packets that came, in order.
    pub(crate) fn packets(&self) -> Vec<Bytes> {
        let packet = |event: &SubscriberEvent| {
            if let SubscriberEvent::Packet(packet) = event { Some(packet.clone()) } else { None }
        };
        self.events.iter().filter_map(packet).collect()
    }

    /// The places that were handed out, in order.
    pub(crate) fn cursors(&self) -> Vec<Cursor> {
        let cursor = |event: &SubscriberEvent| {
            if let SubscriberEvent::Cursor(cursor) = event { Some(cursor.clone()) } else { None }
        };
        self.events.iter().filter_map(cursor).collect()
    }
}

impl Side for Listener {
    fn receive(&mut self, piece: &[u8], now: Moment) {
        self.session.receive(piece, now);
        while let Some(event) = self.session.next_event() {
            if let SubscriberEvent::Packet(packet) = &event {
                let ivorn =
                    Packet::parse(packet.clone()).map_or_else(|_| String::new(), |p| p.ivorn().to_owned());
                self.session.acknowledge(&ivorn, now);
            }
            self.events.push(event);
        }
    }

    fn transmit(&mut self, _now: Moment) -> Option<Bytes> {
        self.session.transmit()
    }

    fn deadline(&self) -> Option<Duration> {
        self.session.deadline()
    }

    fn wake(&mut self, now: Moment) {
        self.session.wake(now);
    }
}

impl Side for Sender {
    fn receive(&mut self, piece: &[u8], now: Moment) {
        self.receive(piece, now);
    }

    fn transmit(&mut self, _now: Moment) -> Option<Bytes> {
        self.transmit()
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline()
    }

    fn wake(&mut self, now: Moment) {
        self.wake(now);
    }
}

impl Side for Receiver {
    fn receive(&mut self, piece: &[u8], now: Moment) {
        self.receive(piece, now);
    }

    fn transmit(&mut self, _now: Moment) -> Option<Bytes> {
        self.transmit()
    }

    fn deadline(&self) -> Option<Duration> {
        self.deadline()
    }

    fn wake(&mut self, now: Moment) {
        self.wake(now);
    }
}

pub(crate) fn receiver(now: Moment) -> Receiver {
    let timeout = AUTHOR_TIMEOUT;
    Receiver::new(Arc::new(ReceiverConfig { broker: BROKER.to_owned(), limit_bytes: 99_999, timeout }), now)
}

pub(crate) fn broadcaster_config() -> Arc<BroadcasterConfig> {
    Arc::new(BroadcasterConfig {
        broker: BROKER.to_owned(),
        iamalive_interval: IAMALIVE_INTERVAL,
        ack_timeout: ACK_TIMEOUT,
    })
}

pub(crate) fn subscriber_config(cursors: &[Cursor]) -> SubscriberConfig {
    SubscriberConfig {
        subscriber: Some("ivo://org.example/subscriber".to_owned()),
        filters: Vec::new(),
        cursors: cursors.to_vec(),
        limit_bytes: 99_999,
        silence_timeout: SILENCE_TIMEOUT,
    }
}

/// That place in the broker's log.
pub(crate) fn place(position: u64) -> Cursor {
    Cursor::new("LOG", position).unwrap()
}
