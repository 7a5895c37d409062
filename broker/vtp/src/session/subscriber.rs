//! The subscriber: the side that listens to a broadcaster; a broker towards its upstream, or a person's tool.
//!
//! It answers `iamalive` and `authenticate`, hands out packets in the order in which they came, and after 120 s
//! without a readable message, or 1,000 unreadable ones in a row, gives the link up. What is too long it passes over.
//! It never naks: Comet takes a nak for a farewell.
//!
//! Towards a broadcaster that hands out cursors it is a returning subscriber: of the places it is given at the start
//! it gives back the one in the broadcaster's log, then lets only those cursors through which stand behind everything
//! it was sent ([`SubscriberEvent::Cursor`]). Whoever commits events in the order handed out, and a cursor after what
//! came before it, has nothing to lose when the link breaks, and nothing to compare.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::CloseReason;
use crate::cursor::{Cursor, PARAM, RESUMED_PARAM};
use crate::frame::{Decoder, FrameError};
use crate::message::Message;
use crate::moment::Moment;
use crate::transport::{Role, Transport, TransportError};

/// Longest frame that is passed over when it is longer than this side takes: what a Philae upstream may permit at
/// most. Beyond it the length is no length, and nothing sensible will follow.
const MAX_PASSED_OVER_BYTES: u32 = 64 << 20;

/// How to subscribe.
#[derive(Debug, Clone)]
pub struct SubscriberConfig {
    /// The subscriber's own IVOID, if it has one.
    pub subscriber: Option<String>,
    /// XPath filters to ask the broadcaster for.
    pub filters: Vec<String>,
    /// Places that were reached before, at most one a log.
    pub cursors: Vec<Cursor>,
    /// Longest packet that is taken, in bytes.
    pub limit_bytes: u32,
    /// How long silence is borne.
    pub silence_timeout: Duration,
}

/// What a broadcaster sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriberEvent {
    /// A packet; answer with [`Subscriber::acknowledge`] once it is safe.
    Packet(Bytes),
    /// Everything up to here was handed out before this event.
    Cursor(Cursor),
    /// It goes on where this subscriber left off; `missed` events before that are no longer kept there.
    Resumed {
        /// Where it goes on.
        from: Cursor,
        /// What lies between the place asked for and that.
        missed: u64,
    },
    /// A sign of life.
    Iamalive,
    /// It refused something, most likely a filter; with its reason.
    Nak(Option<String>),
    /// It sent something that cannot be understood.
    Unreadable(String),
}

/// A connection to a broadcaster.
#[derive(Debug)]
pub struct Subscriber {
    config: SubscriberConfig,
    decoder: Decoder,
    outbox: VecDeque<Bytes>,
    events: VecDeque<SubscriberEvent>,
    /// The place that was given back, until the broadcaster has confirmed it.
    asked: Option<Cursor>,
    deadline: Duration,
    /// Messages in a row that could not be understood.
    noise: u32,
    closed: Option<CloseReason>,
}

/// How many messages in a row may make no sense: a link to a broker is not given up lightly, but each is logged.
const MAX_NOISE: u32 = 1000;

impl Subscriber {
    /// A connection that was made just now.
    #[must_use]
    pub fn new(config: SubscriberConfig, now: Moment) -> Self {
        Self {
            decoder: Decoder::new(config.limit_bytes),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            asked: None,
            deadline: now.elapsed + config.silence_timeout,
            noise: 0,
            closed: None,
            config,
        }
    }

    /// Takes bytes from the broadcaster.
    pub fn receive(&mut self, piece: &[u8], now: Moment) {
        let mut unread = piece;
        while self.closed.is_none() {
            match self.decoder.next_in(&mut unread) {
                Ok(None) => return,
                // In memory of its own: a small packet must not keep a large one's buffer alive.
                Ok(Some(payload)) => self.take(payload.into(), now),
                Err(too_long) => self.pass_over(too_long, now),
            }
        }
    }

    /// A packet that is longer than this side takes must not keep away those behind it: a broadcaster that goes on
    /// from a cursor would send it first at every return. It is acknowledged, as any that is not kept.
    fn pass_over(&mut self, too_long: FrameError, now: Moment) {
        let FrameError::TooLong { declared_bytes, .. } = too_long;
        if declared_bytes > MAX_PASSED_OVER_BYTES {
            self.closed = Some(too_long.into());
            return;
        }
        self.decoder.skip();
        self.events.push_back(SubscriberEvent::Unreadable(too_long.to_string()));
        self.acknowledge("", now);
    }

    fn take(&mut self, payload: Bytes, now: Moment) {
        let event = match Message::peek(payload) {
            Ok(Message::Packet(packet)) => SubscriberEvent::Packet(packet),
            Ok(Message::Ack) => return self.hear_noise("an ack, which nobody asked for".to_owned()),
            Ok(Message::Transport(message)) => return self.take_transport(message, now),
            Err(error) => {
                // It may be an event in an encoding that is not read here. Comet cuts off who leaves ten unanswered.
                if !matches!(error, TransportError::UnknownRole { .. }) {
                    self.acknowledge("", now);
                }
                return self.hear_noise(error.to_string());
            }
        };
        self.understood(now);
        self.events.push_back(event);
    }

    fn understood(&mut self, now: Moment) {
        self.deadline = now.elapsed + self.config.silence_timeout;
        self.noise = 0;
    }

    fn hear_noise(&mut self, what: String) {
        self.events.push_back(SubscriberEvent::Unreadable(what));
        self.noise += 1;
        if self.noise >= MAX_NOISE {
            self.closed = Some(CloseReason::Noise(self.noise));
        }
    }

    fn take_transport(&mut self, message: Transport, now: Moment) {
        self.understood(now);
        match message.role {
            Role::Iamalive => {
                let answer = Transport::new(Role::Iamalive, message.origin.as_str());
                self.send(answer, now);
                self.events.push_back(SubscriberEvent::Iamalive);
                self.take_cursors(&message);
            }
            Role::Authenticate => self.authenticate(&message, now),
            Role::Nak => self.events.push_back(SubscriberEvent::Nak(message.result)),
            Role::Ack => {}
        }
    }

    fn authenticate(&mut self, message: &Transport, now: Moment) {
        let mut answer =
            Transport::new(Role::Authenticate, message.origin.as_str()).with_filters(&self.config.filters);
        if let Some(Ok(offered)) = message.param(PARAM).map(str::parse::<Cursor>) {
            let known = self.config.cursors.iter().find(|known| known.log() == offered.log());
            // An empty Param says: I know cursors, but have none of your log yet.
            answer = answer.with_param(PARAM, known.map(ToString::to_string).unwrap_or_default());
            match known {
                Some(known) if known.position() < offered.position() => self.asked = Some(known.clone()),
                _ => self.events.push_back(SubscriberEvent::Cursor(offered)),
            }
        }
        self.send(answer, now);
    }

    fn take_cursors(&mut self, message: &Transport) {
        let cursor = |param| message.param(param).and_then(|text| text.parse::<Cursor>().ok());
        if let (Some(from), Some(asked)) = (cursor(RESUMED_PARAM), &self.asked)
            && from.log() == asked.log()
        {
            let missed = from.position().saturating_sub(asked.position());
            self.asked = None;
            self.events.push_back(SubscriberEvent::Resumed { from, missed });
        }
        // Until it has gone back, the broadcaster's own place is ahead of what this side has.
        if let (Some(offered), None) = (cursor(PARAM), &self.asked) {
            self.events.push_back(SubscriberEvent::Cursor(offered));
        }
    }

    /// Answers a packet with an ack; `ivorn` is the packet's.
    pub fn acknowledge(&mut self, ivorn: &str, now: Moment) {
        self.send(Transport::new(Role::Ack, ivorn), now);
    }

    fn send(&mut self, message: Transport, now: Moment) {
        self.outbox.push_back(message.with_response(self.config.subscriber.as_deref()).to_bytes(now.utc));
    }

    /// What the broadcaster sent.
    pub fn next_event(&mut self) -> Option<SubscriberEvent> {
        self.events.pop_front()
    }

    /// The next payload to send.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.outbox.pop_front()
    }

    /// When [`wake`](Self::wake) wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.closed.is_none().then_some(self.deadline)
    }

    /// Lets time pass.
    pub fn wake(&mut self, now: Moment) {
        if self.closed.is_none() && now.elapsed >= self.deadline {
            self.closed = Some(CloseReason::Silent(self.config.silence_timeout));
        }
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<&CloseReason> {
        self.closed.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_end_is_not_kept() {
        let config = SubscriberConfig {
            subscriber: None,
            filters: Vec::new(),
            cursors: Vec::new(),
            limit_bytes: 1000,
            silence_timeout: Duration::from_secs(120),
        };
        let now = Moment { elapsed: Duration::ZERO, utc: jiff::Timestamp::UNIX_EPOCH };
        let mut subscriber = Subscriber::new(config, now);
        (0..1000).for_each(|_| subscriber.receive(&[0xff; 1000], now));
        assert!(subscriber.closed().is_some());
        assert!(subscriber.decoder.pending_bytes() <= 1000);
    }
}
