//! Alarms: waking a connection at its session's deadline, cheaply.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Sleep;

use crate::clock::Clock;

/// A timer that is moved only when a deadline comes nearer, because most deadlines are put off long before they come.
#[derive(Debug)]
pub(crate) struct Alarm {
    clock: Clock,
    sleep: Pin<Box<Sleep>>,
}

impl Alarm {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, sleep: Box::pin(tokio::time::sleep(Duration::ZERO)) }
    }

    /// Completes when the clock shows `deadline`; never, without one. Cancel-safe.
    pub(crate) async fn until(&mut self, deadline: Option<Duration>) {
        let Some(deadline) = deadline else { return std::future::pending().await };
        let at = self.clock.at(deadline);
        if self.sleep.is_elapsed() || self.sleep.deadline() > at {
            self.sleep.as_mut().reset(at);
        }
        while self.clock.now().elapsed < deadline {
            self.sleep.as_mut().await;
            if self.clock.now().elapsed < deadline {
                self.sleep.as_mut().reset(at);
            }
        }
    }
}
