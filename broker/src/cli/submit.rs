//! Submitting one packet to a broker, as an author does.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use vtp::session::{Sender, Verdict};

use crate::clock::Clock;
use crate::net::connect::connect;
use crate::net::endpoint::ConnectEndpoint;
use crate::net::link::{Link, Progress};
use crate::plain::excerpt;

/// What a broker says of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Receipt {
    /// It has it, and may have added something.
    Ack(Option<String>),
    /// It does not take it, and may say why.
    Nak(Option<String>),
}

/// Nobody is there to take it.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach {0}")]
pub(super) struct Unreachable(String);

/// Submits one packet and waits for its receipt; an error is an [`Unreachable`], or leaves open whether the broker has it.
pub(super) async fn submit(
    broker: &ConnectEndpoint,
    packet: Bytes,
    timeout: Duration,
) -> anyhow::Result<Receipt> {
    let stream = connect(broker, timeout).await.with_context(|| Unreachable(broker.to_string()))?;
    let clock = Clock::start();
    let mut session = Sender::new(packet, timeout, clock.now());
    let mut link = Link::new(stream);
    loop {
        while let Some(message) = session.transmit() {
            link.push(message);
        }
        if let Some(verdict) = session.next_event() {
            return match verdict {
                Verdict::Accepted(note) => Ok(Receipt::Ack(note.as_deref().map(excerpt))),
                Verdict::Refused(reason) => Ok(Receipt::Nak(reason.as_deref().map(excerpt))),
                Verdict::Unexpected(what) => {
                    let what = excerpt(&what);
                    bail!("{broker} answered with something that is no receipt: {what}")
                }
            };
        }
        if let Some(reason) = session.closed() {
            bail!(
                "no receipt from {broker}: {reason}; it may or may not have the event, sending again is safe"
            );
        }
        let deadline = session.deadline().map(|deadline| clock.at(deadline));
        let progress = link.progress(true, |piece| session.receive(piece, clock.now()));
        let progress = match deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, progress).await,
            None => Ok(progress.await),
        };
        match progress {
            Ok(Ok(Progress::Ended)) => {
                bail!("{broker} closed the connection without a receipt; sending again is safe")
            }
            Ok(Ok(Progress::Received | Progress::Flushed)) => {}
            Ok(Err(error)) => return Err(error).with_context(|| format!("the connection to {broker} broke")),
            Err(_) => session.wake(clock.now()),
        }
    }
}
