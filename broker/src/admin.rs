//! Admin: the status page and its numbers, over HTTP.
//!
//! ```text
//! GET  /                                   the page, and the few files it is made of
//! GET  /api/status                         status::Now as JSON
//! GET  /api/events?limit=N                 the latest events in short, the newest first
//! GET  /api/events/SEQ[/packet]            one event as JSON; its packet, as text
//! GET  /api/stream                         server-sent events: `status`, `events`, `missed`
//! GET  /api/handlers/NAME[/logs]           one handler; the last lines that it logged
//! GET  /api/quarantine                     what handlers could not handle
//! POST /api/...                            orders, see `orders`; only with the token, if there is one
//! GET  /metrics                            OpenMetrics
//! GET  /healthz[/STAGE]                    200, or 503 if something does not do what it is for
//! ```
//! It promises that a page from elsewhere in the same browser reaches none of this (`guard`), that nothing strangers wrote
//! is handed out as anything but text, and that whoever connects holds one of few places and no more than a few kilobytes.
//! What is told is `status`' affair, what is done the control desk's.

mod answers;
mod guard;
mod metrics;
mod orders;
mod page;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tracing::debug;

use crate::control::Desk;
use crate::lifecycle::Stage;
use crate::net::stream::{Peer, Stream};
use crate::status::Status;
use guard::Guard;

/// How long a request's head may take, and how long a connection may be idle between requests.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take to end when the broker stops.
const FAREWELL: Duration = Duration::from_secs(1);
/// Longest head of a request.
const HEAD_BYTES: usize = 16 << 10;
/// Longest body of a request: orders have none.
const BODY_BYTES: usize = 1 << 10;
/// The fewest characters of a token.
const TOKEN_LENGTH: usize = 16;

/// What the page and its numbers are served with.
#[derive(Clone)]
pub(crate) struct Admin {
    router: Router,
    stage: Stage,
}

/// What requests are answered from.
#[derive(Clone)]
struct Shared {
    status: Status,
    desk: Desk,
    stage: Stage,
}

/// Why the token cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Its file cannot be read.
    #[error("cannot read the token for the status page, '{file}': {error}", file = .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is too short to be a secret.
    #[error(
        "the token in '{file}' has fewer than {TOKEN_LENGTH} characters; make one with: openssl rand -hex 16 > {file}",
        file = .0.display()
    )]
    Short(PathBuf),
}

/// Reads the token that orders must carry.
///
/// # Errors
/// A [`TokenError`].
pub(crate) fn token(file: &Path) -> Result<String, TokenError> {
    let unreadable = |error| TokenError::Unreadable { file: file.to_owned(), error };
    let token = std::fs::read_to_string(file).map_err(unreadable)?.trim().to_owned();
    if token.chars().count() < TOKEN_LENGTH { Err(TokenError::Short(file.to_owned())) } else { Ok(token) }
}

impl Admin {
    /// Ready to serve; `names` are those of this host, `token` what orders must carry.
    pub(crate) fn new(desk: Desk, stage: Stage, names: &[String], token: Option<&str>) -> Self {
        let guard = Guard::new(names, token);
        let shared = Shared { status: desk.status().clone(), desk, stage: stage.clone() };
        let router = page::routes()
            .route("/api/status", get(answers::status))
            .route("/api/events", get(answers::events))
            .route("/api/events/{seq}", get(answers::event))
            .route("/api/events/{seq}/packet", get(answers::packet))
            .route("/api/stream", get(stream::follow))
            .route("/api/handlers/{name}", get(answers::handler))
            .route("/api/handlers/{name}/logs", get(answers::logs))
            .route("/api/quarantine", get(answers::quarantine))
            .route("/api/handlers/{name}/{order}", post(orders::handler))
            .route("/api/quarantine/{name}/{seq}/{order}", post(orders::quarantine))
            .route("/api/reload", post(orders::reload))
            .route("/metrics", get(metrics::answer))
            .route("/healthz", get(answers::health))
            .route("/healthz/{stage}", get(answers::health_of))
            .with_state(shared)
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .layer(axum::middleware::from_fn_with_state(Arc::new(guard), guard::check));
        Self { router, stage }
    }

    /// Serves one connection.
    pub(crate) async fn serve(self, stream: Stream, peer: Peer) {
        let service = TowerToHyperService::new(self.router);
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD_BYTES);
        let mut connection = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            biased;
            ended = &mut connection => ended,
            () = self.stage.finishing() => {
                connection.as_mut().graceful_shutdown();
                // Who does not read must not hold up the end.
                match tokio::time::timeout(FAREWELL, connection).await {
                    Ok(ended) => ended,
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = ended {
            debug!(%peer, %error, "a connection to the status page broke");
        }
    }
}
