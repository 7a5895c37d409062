//! Events out of the log, for whoever reads it from outside.
//!
//! The log is read a piece at a time, on a thread for what blocks, and the next piece when the last has been taken: a slow
//! reader costs one piece, and delays nobody.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;

use super::message::{Message, entry_bytes};
use crate::store::{Limit, ReadError, Span, Store, Wanted};

/// What is read and sent at once.
const PIECE: Limit = Limit { entries: 256, bytes: 512 << 10 };

/// Sends what is wanted of the log.
pub(super) async fn send(
    store: &Store,
    wanted: Wanted,
    to: &mut (impl AsyncWriteExt + Unpin),
) -> io::Result<()> {
    let reader = store.clone();
    // A thread that fails is one that the runtime has no use for any more.
    let span = spawn_blocking(move || reader.span(&wanted)).await.unwrap_or(Err(ReadError::Closed));
    let mut left = match span {
        Ok(span) => span,
        Err(error) => return fail(&error, to).await,
    };
    let begin = Message::Events { log: store.id().to_string(), after: left.after.0, to: left.to.0 };
    to.write_all(&begin.line()).await?;
    let mut damaged = 0;
    while !left.is_empty() {
        let (reader, span) = (store.clone(), left);
        let read = spawn_blocking(move || piece(&reader, span)).await;
        let (behind, bytes) = read.unwrap_or((left, Err(ReadError::Closed)));
        match bytes {
            Ok(bytes) => to.write_all(&bytes).await?,
            Err(ReadError::Damaged(_)) => damaged += 1,
            Err(error) => return fail(&error, to).await,
        }
        left = behind;
    }
    to.write_all(&Message::End { damaged }.line()).await
}

/// The next piece of a span as it is sent, and what is left behind it.
fn piece(store: &Store, mut left: Span) -> (Span, Result<Vec<u8>, ReadError>) {
    let entries = store.read_span(&mut left, PIECE);
    let bytes = entries.map(|entries| {
        let mut bytes = Vec::new();
        entries.iter().for_each(|entry| entry_bytes(entry, &mut bytes));
        bytes
    });
    (left, bytes)
}

async fn fail(error: &ReadError, to: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
    to.write_all(&Message::Error(error.to_string()).line()).await
}
