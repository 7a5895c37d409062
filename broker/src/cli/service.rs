//! What a service manager is told, if there is one that listens: the protocol of `sd_notify(3)`.
//!
//! ```text
//!  READY=1 ── when every port is bound, the log is open and the handlers are asked for
//!  WATCHDOG=1 ── at half of the time that the manager gives, after a sign of life from the network's threads and from
//!                the writer, who has put something on the disk for it; a disk that hangs ends the signs
//!  RELOADING=1, READY=1 ── around a look at the handlers       STOPPING=1 ── when the broker begins to drain
//! ```

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;

use crate::broker::Broker;

/// The manager, as this process knows it by its environment.
pub(super) struct ServiceManager {
    /// The time after which it ends a broker that shows no sign of life.
    watchdog: Option<Duration>,
}

impl ServiceManager {
    pub(super) fn of_environment() -> Self {
        Self { watchdog: sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) }
    }

    /// Tells that the broker serves.
    pub(super) fn ready(&self, broker: &Broker) {
        tell(&[NotifyState::Ready, NotifyState::Status(&status(broker))]);
    }

    /// Has the broker look at its handlers, and tells that it does and goes on serving.
    pub(super) fn look(&self, broker: &Broker) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(error) => tracing::debug!(%error, "the time since the start of the machine is not to be had"),
        }
        broker.look_at_handlers();
        self.ready(broker);
    }

    /// Tells that the broker has begun to stop.
    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("sending what is in, then closing the log")]);
    }

    /// Shows signs of life as long as there are some; completes never.
    pub(super) async fn show_life(&self, broker: &Broker) {
        let Some(limit) = self.watchdog else { return std::future::pending().await };
        let mut ticks = tokio::time::interval(limit / 2);
        // After a sign that came late the next is due half the time from then, not at once.
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            broker.sign_of_life().await;
            tell(&[NotifyState::Watchdog, NotifyState::Status(&status(broker))]);
        }
    }
}

fn status(broker: &Broker) -> String {
    format!("serving; the log is at {}", broker.head())
}

/// Tells the manager, if there is one.
fn tell(states: &[NotifyState<'_>]) {
    let told: io::Result<()> = sd_notify::notify(states);
    if let Err(error) = told {
        tracing::warn!(%error, "the service manager cannot be told how the broker does");
    }
}
