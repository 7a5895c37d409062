//! What is told: each as JSON, but a packet, which is text whatever it says of itself.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use crate::control::Request;
use crate::status::{Health, State as Judgement};
use crate::store::{Entry, Limit, ReadError, Seq, Store};
use crate::traffic::{self, Sighting};

/// Cases of quarantine that are told at once.
const CASES: usize = 200;

/// How many of something somebody wants.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    limit: Option<usize>,
}

pub(super) async fn status(State(shared): State<Shared>) -> Response {
    Json(shared.status.now()).into_response()
}

pub(super) async fn events(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let limit = wanted.limit.unwrap_or(traffic::KEPT).min(traffic::KEPT);
    Json(json!({ "events": shared.status.traffic().latest(limit) })).into_response()
}

pub(super) async fn event(State(shared): State<Shared>, Path(seq): Path<u64>) -> Response {
    match find(shared.status.store(), Seq(seq)).await {
        Ok(entry) => {
            let packet = String::from_utf8_lossy(&entry.bytes);
            Json(json!({ "event": Sighting::of(&entry), "packet": packet })).into_response()
        }
        Err(none) => none.into_response(),
    }
}

pub(super) async fn packet(State(shared): State<Shared>, Path(seq): Path<u64>) -> Response {
    match find(shared.status.store(), Seq(seq)).await {
        Ok(entry) => text(entry.bytes.clone()),
        Err(none) => none.into_response(),
    }
}

pub(super) async fn handler(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    answered(&shared, Request::Handler { name }).await
}

pub(super) async fn logs(State(shared): State<Shared>, Path(name): Path<String>) -> Response {
    answered(&shared, Request::Logs { name, follow: false }).await
}

pub(super) async fn quarantine(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> Response {
    let limit = Some(wanted.limit.unwrap_or(CASES).min(CASES));
    answered(&shared, Request::Quarantine { name: None, limit }).await
}

pub(super) async fn health(State(shared): State<Shared>) -> Response {
    let health = shared.status.health();
    (code(health.state()), Json(health)).into_response()
}

pub(super) async fn health_of(State(shared): State<Shared>, Path(stage): Path<String>) -> Response {
    let health: Health = shared.status.health();
    match health.stages().into_iter().find(|(name, _)| *name == stage) {
        Some((_, stage)) => (code(stage.state), Json(stage)).into_response(),
        None => {
            (StatusCode::NOT_FOUND, "the stages are process, store, upstreams, handlers\n").into_response()
        }
    }
}

/// What the desk says to a request, as an answer.
pub(super) async fn answered(shared: &Shared, request: Request) -> Response {
    let answer: Value = shared.desk.answer(request).await;
    let code = if answer.get("error").is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    (code, Json(answer)).into_response()
}

/// Degraded is not down: whoever restarts brokers must not restart one for a link that is lost.
fn code(state: Judgement) -> StatusCode {
    match state {
        Judgement::Well | Judgement::Degraded => StatusCode::OK,
        Judgement::Failing => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn text(packet: Bytes) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], packet).into_response()
}

/// Why there is no such event.
enum None {
    Gone,
    Unreadable(ReadError),
}

impl IntoResponse for None {
    fn into_response(self) -> Response {
        match self {
            Self::Gone => (StatusCode::NOT_FOUND, "no event is kept under that number\n").into_response(),
            Self::Unreadable(error) => {
                (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
            }
        }
    }
}

async fn find(store: &Store, seq: Seq) -> Result<std::sync::Arc<Entry>, None> {
    let store = store.clone();
    let one = Limit { entries: 1, bytes: 1 };
    let read = tokio::task::spawn_blocking(move || store.read_after(seq.previous(), one)).await;
    let found = read.unwrap_or(Err(ReadError::Closed)).map_err(None::Unreadable)?;
    found.into_iter().next().filter(|entry| entry.seq == seq && seq != Seq::START).ok_or(None::Gone)
}
