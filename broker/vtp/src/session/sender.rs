//! The sender: an author's side of a connection to a broker.
//!
//! It sends one packet and waits for one receipt. A receipt is known by its role alone: what peers write as its Origin
//! cannot be relied on. No receipt in time means that the broker may or may not have the packet; sending it again is
//! safe, because brokers know what they have seen.

use std::time::Duration;

use bytes::Bytes;

use super::{CloseReason, TRANSPORT_LIMIT_BYTES};
use crate::frame::Decoder;
use crate::message::Message;
use crate::moment::Moment;
use crate::transport::{Role, Transport};

/// What a broker said to a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It takes responsibility; with what it had to add.
    Accepted(Option<String>),
    /// It refuses, for good; with its reason.
    Refused(Option<String>),
    /// It answered with something that is no receipt.
    Unexpected(String),
}

/// One submission.
#[derive(Debug)]
pub struct Sender {
    packet: Option<Bytes>,
    decoder: Decoder,
    verdict: Option<Verdict>,
    timeout: Duration,
    deadline: Duration,
    closed: Option<CloseReason>,
}

impl Sender {
    /// A submission over a connection that was made just now.
    #[must_use]
    pub fn new(packet: Bytes, timeout: Duration, now: Moment) -> Self {
        Self {
            packet: Some(packet),
            decoder: Decoder::new(TRANSPORT_LIMIT_BYTES),
            verdict: None,
            timeout,
            deadline: now.elapsed + timeout,
            closed: None,
        }
    }

    /// Takes bytes from the broker.
    pub fn receive(&mut self, piece: &[u8], _now: Moment) {
        if self.closed.is_some() {
            return;
        }
        self.decoder.feed(piece);
        match self.decoder.next_frame() {
            Ok(None) => {}
            Ok(Some(payload)) => {
                self.verdict = Some(verdict(&payload));
                self.closed = Some(CloseReason::Complete);
            }
            Err(too_long) => self.closed = Some(too_long.into()),
        }
    }

    /// The broker's verdict, once.
    pub fn next_event(&mut self) -> Option<Verdict> {
        self.verdict.take()
    }

    /// The next payload to send.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.packet.take()
    }

    /// When [`wake`](Self::wake) wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.closed.is_none().then_some(self.deadline)
    }

    /// Lets time pass.
    pub fn wake(&mut self, now: Moment) {
        if self.closed.is_none() && now.elapsed >= self.deadline {
            self.closed = Some(CloseReason::Silent(self.timeout));
        }
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<&CloseReason> {
        self.closed.as_ref()
    }
}

fn verdict(payload: &Bytes) -> Verdict {
    // Message::peek stops at an ack's first tag; the author wants to read what stands in it.
    match Transport::parse(payload) {
        Ok(Transport { role: Role::Ack, result, .. }) => Verdict::Accepted(result),
        Ok(Transport { role: Role::Nak, result, .. }) => Verdict::Refused(result),
        Ok(Transport { role, .. }) => Verdict::Unexpected(role.as_str().to_owned()),
        // A receipt whose inside is broken is a receipt all the same.
        Err(_) if matches!(Message::peek(payload.clone()), Ok(Message::Ack)) => Verdict::Accepted(None),
        Err(error) => Verdict::Unexpected(error.to_string()),
    }
}
