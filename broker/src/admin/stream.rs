//! What happens, as it happens: server-sent events.
//!
//! ```text
//! event: status   data: status::Now, at once and every two seconds
//! event: events   data: [Sighting, ..], the oldest first, as they pass
//! event: missed   data: N looks were missed; ask for the latest anew
//! ```
//! A reader that does not read is a full socket and one value under way, and misses what it misses. When the broker stops
//! the stream ends, and a browser tries again by itself.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::Event;
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::Shared;
use crate::traffic::Sighting;

/// How often the status is told.
const PACE: Duration = Duration::from_secs(2);
/// How long a browser waits before it tries again.
const RETRY: Duration = Duration::from_secs(2);

struct Follower {
    shared: Shared,
    ticks: Interval,
    passing: Receiver<std::sync::Arc<[Sighting]>>,
}

pub(super) async fn follow(
    State(shared): State<Shared>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let passing = shared.status.traffic().follow();
    let follower = Follower { shared, ticks, passing };
    Sse::new(unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event.retry(RETRY)), follower))
    }))
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        let stage = self.shared.stage.clone();
        // The end first; then the status, or a flood of events would put it off. All can be waited for again.
        tokio::select! {
            biased;
            () = stage.finishing() => None,
            _ = self.ticks.tick() => {
                let now = self.shared.status.now();
                named("status").json_data(now).ok()
            }
            passed = self.passing.recv() => match passed {
                Ok(sightings) => named("events").json_data(&*sightings).ok(),
                Err(RecvError::Lagged(looks)) => Some(named("missed").data(looks.to_string())),
                Err(RecvError::Closed) => None,
            },
        }
    }
}

fn named(name: &str) -> Event {
    Event::default().event(name)
}
