//! The receiver: a broker's side of a connection from an author.
//!
//! ```text
//!  Reading ── frame ──> Judging ── accept / refuse ──> Replied        (VTP 2.0 § Author to broker)
//!     └── 20 s, or a frame too long (refused) ──────────> over
//! ```
//!
//! One packet a connection: what an author sends behind it gets no receipt and so is not taken. The time runs from
//! connecting and is not prolonged by bytes that trickle in. While the packet is judged there is no deadline, because
//! an answer that comes late is worth more to an author than none.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::CloseReason;
use crate::frame::Decoder;
use crate::moment::Moment;
use crate::transport::{Role, Transport};

/// What all receivers of a broker share.
#[derive(Debug, Clone)]
pub struct ReceiverConfig {
    /// The broker's own IVOID, named in receipts.
    pub broker: String,
    /// Longest packet that is taken, in bytes.
    pub limit_bytes: u32,
    /// How long an author may take.
    pub timeout: Duration,
}

/// One author's connection.
#[derive(Debug)]
pub struct Receiver {
    config: Arc<ReceiverConfig>,
    decoder: Decoder,
    state: State,
    reply: Option<Bytes>,
}

#[derive(Debug)]
enum State {
    Reading { deadline: Duration },
    Received(Bytes),
    Judging,
    Over(CloseReason),
}

impl Receiver {
    /// A connection that was made just now.
    #[must_use]
    pub fn new(config: Arc<ReceiverConfig>, now: Moment) -> Self {
        let decoder = Decoder::new(config.limit_bytes);
        let deadline = now.elapsed + config.timeout;
        Self { config, decoder, state: State::Reading { deadline }, reply: None }
    }

    /// Takes bytes from the author.
    pub fn receive(&mut self, piece: &[u8], now: Moment) {
        if !matches!(self.state, State::Reading { .. }) {
            return;
        }
        self.decoder.feed(piece);
        match self.decoder.next_frame() {
            Ok(None) => {}
            Ok(Some(payload)) => self.state = State::Received(payload),
            Err(too_long) => {
                self.refuse(None, &too_long.to_string(), now);
                self.state = State::Over(too_long.into());
            }
        }
    }

    /// The packet, once, when all of it has come; then [`accept`](Self::accept) or [`refuse`](Self::refuse) it.
    pub fn next_event(&mut self) -> Option<Bytes> {
        if !matches!(self.state, State::Received(_)) {
            return None;
        }
        match std::mem::replace(&mut self.state, State::Judging) {
            State::Received(payload) => Some(payload),
            State::Reading { .. } | State::Judging | State::Over(_) => None,
        }
    }

    /// Answers with an ack; `ivorn` is the packet's, `note` what the author may want to know.
    pub fn accept(&mut self, ivorn: &str, note: Option<&str>, now: Moment) {
        self.answer(Transport::new(Role::Ack, ivorn).with_result(note), now);
    }

    /// Answers with a nak. Where the packet names no event, the broker itself is the Origin (VTP is silent here).
    pub fn refuse(&mut self, ivorn: Option<&str>, reason: &str, now: Moment) {
        let origin = ivorn.unwrap_or(&self.config.broker);
        self.answer(Transport::new(Role::Nak, origin).with_result(Some(reason)), now);
    }

    fn answer(&mut self, receipt: Transport, now: Moment) {
        let broker = Some(self.config.broker.as_str()).filter(|broker| !broker.is_empty());
        self.reply = Some(receipt.with_response(broker).to_bytes(now.utc));
        self.state = State::Over(CloseReason::Complete);
    }

    /// The next payload to send.
    pub fn transmit(&mut self) -> Option<Bytes> {
        self.reply.take()
    }

    /// When [`wake`](Self::wake) wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Reading { deadline } => Some(deadline),
            State::Received(_) | State::Judging | State::Over(_) => None,
        }
    }

    /// Lets time pass.
    pub fn wake(&mut self, now: Moment) {
        if self.deadline().is_some_and(|deadline| now.elapsed >= deadline) {
            self.state = State::Over(CloseReason::Silent(self.config.timeout));
        }
    }

    /// Why the connection is over, if it is; what [`transmit`](Self::transmit) still has goes out first.
    #[must_use]
    pub fn closed(&self) -> Option<&CloseReason> {
        match &self.state {
            State::Over(reason) => Some(reason),
            State::Reading { .. } | State::Received(_) | State::Judging => None,
        }
    }

    /// The length of a packet of more than `small_bytes`, once that much of it has come, so that a broker can budget
    /// for the rest.
    #[must_use]
    pub fn large_bytes(&self, small_bytes: u32) -> Option<u32> {
        let has_come = self.decoder.pending_bytes() >= small_bytes as usize;
        self.decoder.declared_bytes().filter(|declared| has_come && *declared > small_bytes)
    }
}
