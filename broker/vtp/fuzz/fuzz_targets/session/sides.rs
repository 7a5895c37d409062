//! The four sessions, and what the owner of each does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vtp::session::{
    AUTHOR_TIMEOUT, Broadcaster, BroadcasterConfig, BroadcasterEvent, CloseReason, IAMALIVE_INTERVAL,
    Receiver, ReceiverConfig, SILENCE_TIMEOUT, Sender, Subscriber, SubscriberConfig, SubscriberEvent,
    Verdict,
};
use vtp::{Cursor, Moment};

use crate::script::Happening;

const BROKER: &str = "ivo://org.example/broker";
const IVORN: &str = "ivo://org.example/stream#1";

/// What all sessions have in common.
pub trait Side {
    type Event;

    fn receive(&mut self, piece: &[u8], now: Moment);
    fn wake(&mut self, now: Moment);
    fn next_event(&mut self) -> Option<Self::Event>;
    fn transmit(&mut self) -> Option<Bytes>;
    fn deadline(&self) -> Option<Duration>;
    fn closed(&self) -> Option<&CloseReason>;
    /// Does as the session's owner would.
    fn act(&mut self, happening: &Happening<'_>, now: Moment);
}

/// Passes on what is the same for all sessions.
macro_rules! pass_on {
    ($event:ty) => {
        type Event = $event;

        fn receive(&mut self, piece: &[u8], now: Moment) {
            self.receive(piece, now);
        }

        fn next_event(&mut self) -> Option<Self::Event> {
            self.next_event()
        }

        fn transmit(&mut self) -> Option<Bytes> {
            self.transmit()
        }

        fn deadline(&self) -> Option<Duration> {
            self.deadline()
        }

        fn closed(&self) -> Option<&CloseReason> {
            self.closed()
        }
    };
}

impl Side for Receiver {
    pass_on!(Bytes);

    fn wake(&mut self, now: Moment) {
        self.wake(now);
    }

    fn act(&mut self, happening: &Happening<'_>, now: Moment) {
        // Only a packet that was taken can be answered.
        let judging = self.deadline().is_none() && self.closed().is_none();
        match happening {
            Happening::Accept if judging => self.accept(IVORN, None, now),
            Happening::Refuse if judging => self.refuse(None, "not today", now),
            _ => {}
        }
    }
}

impl Side for Broadcaster {
    pass_on!(BroadcasterEvent);

    fn wake(&mut self, now: Moment) {
        self.wake(&place(self.delivered_and_pending().0), now);
    }

    fn act(&mut self, happening: &Happening<'_>, now: Moment) {
        match happening {
            Happening::Deliver(packets) => self.delivered(*packets, now),
            Happening::Resume(position) => self.resume(&place(*position), now),
            Happening::Offer(position) => self.offer(&place(*position), now),
            Happening::RefuseFilters => self.refuse_filters("no XPath", now),
            _ => {}
        }
        let (delivered, pending) = self.delivered_and_pending();
        assert!(pending <= delivered);
    }
}

impl Side for Subscriber {
    pass_on!(SubscriberEvent);

    fn wake(&mut self, now: Moment) {
        self.wake(now);
    }

    fn act(&mut self, happening: &Happening<'_>, now: Moment) {
        if let Happening::Accept = happening {
            self.acknowledge(IVORN, now);
        }
    }
}

impl Side for Sender {
    pass_on!(Verdict);

    fn wake(&mut self, now: Moment) {
        self.wake(now);
    }

    fn act(&mut self, _happening: &Happening<'_>, _now: Moment) {}
}

pub fn receiver(now: Moment) -> Receiver {
    let timeout = AUTHOR_TIMEOUT;
    Receiver::new(Arc::new(ReceiverConfig { broker: BROKER.to_owned(), limit_bytes: 10_000, timeout }), now)
}

pub fn broadcaster(now: Moment) -> Broadcaster {
    let (iamalive_interval, ack_timeout) = (IAMALIVE_INTERVAL, Duration::from_secs(90));
    let config = BroadcasterConfig { broker: BROKER.to_owned(), iamalive_interval, ack_timeout };
    Broadcaster::new(Arc::new(config), &place(42), now)
}

pub fn subscriber(now: Moment) -> Subscriber {
    let config = SubscriberConfig {
        subscriber: Some("ivo://org.example/subscriber".to_owned()),
        filters: vec!["//Param[@name=\"SC_Lat\"]".to_owned()],
        cursors: vec![place(17)],
        limit_bytes: 10_000,
        silence_timeout: SILENCE_TIMEOUT,
    };
    Subscriber::new(config, now)
}

pub fn sender(now: Moment) -> Sender {
    Sender::new(Bytes::from_static(b"<VOEvent ivorn='ivo://org.example/stream#1'/>"), AUTHOR_TIMEOUT, now)
}

fn place(position: u64) -> Cursor {
    Cursor::new("LOG", position).expect("a name of letters")
}
