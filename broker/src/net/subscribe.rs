//! Subscribing: an upstream broker, for as long as ours runs.
//!
//! An [`Upstream`] keeps a link up: whoever loses it tries again after 1 s, then twice as long each time up to 1024 s,
//! give or take a tenth, and from the start again once the upstream has said something sensible. What is said over a
//! link is left to the [conversation].

mod conversation;
mod places;

use std::sync::Arc;
use std::time::Duration;

use tracing::{info, warn};

use self::conversation::{Conversation, Ended};
use super::connect::connect;
use super::endpoint::ConnectEndpoint;
use crate::admission::{Admission, Terms};
use crate::board::{Board, Link};
use crate::clock::Clock;
use crate::lifecycle::Stage;
use crate::store::Store;

/// How long an upstream may take to answer the knock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// The first wait after a link is lost, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(1024);

/// One upstream broker.
pub(crate) struct Upstream {
    pub(crate) endpoint: ConnectEndpoint,
    /// Our own IVOID, if there is one.
    pub(crate) subscriber: Option<String>,
    pub(crate) filters: Vec<String>,
    /// On what terms its packets come in.
    pub(crate) terms: Terms,
    /// Longest packet that is taken.
    pub(crate) limit_bytes: u32,
    pub(crate) silence_timeout: Duration,
    pub(crate) admission: Admission,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) stage: Stage,
    pub(crate) board: Board,
    /// Where the link is noted.
    pub(crate) link: Arc<Link>,
}

impl Upstream {
    /// Keeps the link up until the broker stops.
    pub(crate) async fn run(self) {
        let source: Arc<str> = format!("upstream {}", self.endpoint).into();
        let mut wait = FIRST_WAIT;
        while !self.stage.is_finishing() {
            let (ended, has_spoken) = self.listen_once(&source).await;
            if matches!(ended, Ended::Stopping) {
                return;
            }
            if has_spoken {
                wait = FIRST_WAIT;
            }
            self.link.lost(ended.to_string());
            let pause = wait.mul_f64(0.9 + 0.2 * fastrand::f64());
            warn!(upstream = %self.endpoint, reason = %ended, again_in_s = pause.as_secs_f32(), "no link to upstream");
            tokio::select! {
                biased;
                () = self.stage.finishing() => return,
                () = tokio::time::sleep(pause) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// One link from its beginning to its end, and whether the upstream said something sensible.
    async fn listen_once(&self, source: &Arc<str>) -> (Ended, bool) {
        // Given up while connecting, there is nothing to tell the upstream.
        let connected = tokio::select! {
            biased;
            () = self.stage.finishing() => return (Ended::Stopping, false),
            connected = connect(&self.endpoint, CONNECT_TIMEOUT) => connected,
        };
        match connected {
            Ok(stream) => {
                info!(upstream = %self.endpoint, "connected to upstream");
                self.link.connected();
                match Conversation::begin(self, stream, source.clone()).await {
                    Ok(conversation) => conversation.run().await,
                    Err(ended) => (ended, false),
                }
            }
            Err(error) => (Ended::Broken(error), false),
        }
    }
}
