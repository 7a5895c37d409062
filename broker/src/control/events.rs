//! Events out of the log, for whoever reads it from outside.
//!
//! The log is read a piece at a time, on a thread for what blocks, and the next piece when the last has been taken: a slow
//! reader costs one piece, and delays nobody.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;

use super::line::line;
use super::message::{Message, entry_bytes};
use crate::store::{Entry, Limit, ReadError, Seq, Span, Store, Wanted};

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
    to.write_all(&line(&Message::begin(store, left))).await?;
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
    to.write_all(&line(&Message::End { damaged })).await
}

/// Sends what is kept, and the entries at some places.
pub(super) async fn pick(
    store: &Store,
    places: Vec<u64>,
    to: &mut (impl AsyncWriteExt + Unpin),
) -> io::Result<()> {
    let kept = store.kept();
    to.write_all(&line(&Message::begin(store, kept))).await?;
    let places: Vec<_> = places.into_iter().map(Seq).collect();
    let mut damaged = 0;
    let mut left: Arc<[Seq]> = places.into();
    while !left.is_empty() {
        let (reader, places) = (store.clone(), left.clone());
        let picked = spawn_blocking(move || reader.pick(&places, PIECE)).await;
        match picked.unwrap_or(Err(ReadError::Closed)) {
            Ok(picked) => {
                to.write_all(&bytes_of(&picked.entries)).await?;
                damaged += picked.damaged;
                left = left.get(picked.looked_at..).unwrap_or_default().into();
            }
            Err(error) => return fail(&error, to).await,
        }
    }
    to.write_all(&line(&Message::End { damaged })).await
}

/// The next piece of a span as it is sent, and what is left behind it.
fn piece(store: &Store, mut left: Span) -> (Span, Result<Vec<u8>, ReadError>) {
    let bytes = store.read_span(&mut left, PIECE).map(|entries| bytes_of(&entries));
    (left, bytes)
}

fn bytes_of(entries: &[Arc<Entry>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    entries.iter().for_each(|entry| entry_bytes(entry, &mut bytes));
    bytes
}

async fn fail(error: &ReadError, to: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
    to.write_all(&line(&Message::Error(error.to_string()))).await
}
