//! What an operator may order from the page, with the token that [`guard`](super::guard) has seen.
//!
//! ```text
//! POST /api/handlers/NAME/pause · resume
//! POST /api/quarantine/NAME/SEQ/retry · drop
//! POST /api/reload
//! ```

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::answers::answered;
use crate::control::Request;

pub(super) async fn handler(
    State(shared): State<Shared>,
    Path((name, order)): Path<(String, String)>,
) -> Response {
    match order.as_str() {
        "pause" => answered(&shared, Request::Pause { name }).await,
        "resume" => answered(&shared, Request::Resume { name }).await,
        _ => unknown("the orders to a handler are pause and resume\n"),
    }
}

pub(super) async fn quarantine(
    State(shared): State<Shared>,
    Path((name, seq, order)): Path<(String, u64, String)>,
) -> Response {
    let seq = Some(seq);
    match order.as_str() {
        "retry" => answered(&shared, Request::Retry { name, seq }).await,
        "drop" => answered(&shared, Request::Drop { name, seq }).await,
        _ => unknown("an event in quarantine can be retried or dropped: retry, drop\n"),
    }
}

pub(super) async fn reload(State(shared): State<Shared>) -> Response {
    answered(&shared, Request::Reload).await
}

fn unknown(words: &'static str) -> Response {
    (StatusCode::NOT_FOUND, words).into_response()
}
