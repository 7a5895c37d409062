//! Where we left off with an upstream.
//!
//! A cursor is kept for each log that was met behind an endpoint, because a name may lead to several brokers in turn.
//! They are read from the store anew for each link: what was not committed before a link broke must not be believed.

use vtp::Cursor;

use crate::net::endpoint::ConnectEndpoint;
use crate::store::{CursorName, ReadError, Store, Submission};

/// How many logs are remembered behind one endpoint, the latest first.
const MAX_LOGS: usize = 8;

/// The places reached with one upstream, the latest first.
#[derive(Debug)]
pub(super) struct Places {
    name: CursorName,
    cursors: Vec<Cursor>,
}

impl Places {
    pub(super) async fn load(store: &Store, endpoint: &ConnectEndpoint) -> Result<Self, ReadError> {
        let name = CursorName::new(&format!("upstream {endpoint}"));
        let (store, wanted) = (store.clone(), name.clone());
        let kept = tokio::task::spawn_blocking(move || store.cursor(&wanted)).await;
        // The only way to fail is that the runtime is going down.
        let kept = kept.unwrap_or(Err(ReadError::Closed))?.unwrap_or_default();
        Ok(Self { name, cursors: kept.split(' ').filter_map(|text| text.parse().ok()).collect() })
    }

    pub(super) fn cursors(&self) -> &[Cursor] {
        &self.cursors
    }

    /// Notes that a place was reached; the submission makes it last.
    pub(super) fn reach(&mut self, cursor: Cursor) -> Submission {
        self.cursors.retain(|known| known.log() != cursor.log());
        self.cursors.insert(0, cursor);
        self.cursors.truncate(MAX_LOGS);
        let kept: Vec<String> = self.cursors.iter().map(ToString::to_string).collect();
        Submission::cursor(self.name.clone(), &kept.join(" "))
    }
}
