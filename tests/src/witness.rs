//! A well-behaved author and subscriber beside the hostile ones: what they feel is what counts.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::client::{Listener, packet, submit_acked};
use crate::philae::Philae;

/// How long an event may take from its author to its subscriber, on a machine that is busy with other tests.
const PROMPT: Duration = Duration::from_secs(5);
/// Numbers of these events, far from those that tests choose.
const FIRST: usize = 1_000_000;

/// An author and a subscriber of one broker.
#[derive(Debug)]
pub struct Witness {
    receive: SocketAddr,
    listener: Listener,
    next: usize,
}

impl Witness {
    /// Subscribes.
    ///
    /// # Errors
    /// The broker does not serve.
    pub fn start(philae: &Philae) -> Result<Self> {
        let listener = Listener::start(philae.broadcast()?)?;
        Ok(Self { receive: philae.receive()?, listener, next: FIRST })
    }

    /// Submits an event and sees it come, promptly; events of others are passed over.
    ///
    /// # Errors
    /// It was not acknowledged, did not come, or not promptly.
    pub fn feels_nothing(&mut self) -> Result<()> {
        let start = Instant::now();
        let event = packet(self.next, 0);
        self.next += 1;
        submit_acked(self.receive, &event)?;
        while self.listener.next(PROMPT)?.context("the broker has closed")? != event {}
        let took = start.elapsed();
        ensure!(took < PROMPT, "an event took {took:?}");
        Ok(())
    }
}
