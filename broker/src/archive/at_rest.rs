//! A log that no broker has open, in pieces.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::log::LogError;
use crate::store::{Entry, Limit, ReadError, Snapshot, Span, Wanted};

/// What is read at once.
const PIECE: Limit = Limit { entries: 256, bytes: 1 << 20 };

/// A snapshot that is being read.
#[derive(Debug)]
pub(super) struct AtRest {
    folder: PathBuf,
    snapshot: Arc<Snapshot>,
    left: Span,
    piece: VecDeque<Arc<Entry>>,
    damaged: u64,
}

impl AtRest {
    /// Settles what is read of a snapshot.
    pub(super) fn begin(
        folder: &Path,
        snapshot: Arc<Snapshot>,
        wanted: &Wanted,
    ) -> Result<(Self, Span), LogError> {
        let span = snapshot.span(wanted);
        let span = span.map_err(|error| LogError::Store { folder: folder.to_owned(), error })?;
        let folder = folder.to_owned();
        Ok((Self { folder, snapshot, left: span, piece: VecDeque::new(), damaged: 0 }, span))
    }

    pub(super) fn damaged(&self) -> u64 {
        self.damaged
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>, LogError> {
        while self.piece.is_empty() && !self.left.is_empty() {
            match self.snapshot.read_span(&mut self.left, PIECE) {
                Ok(piece) => self.piece = piece.into(),
                Err(ReadError::Damaged(_)) => self.damaged += 1,
                Err(error) => return Err(LogError::Store { folder: self.folder.clone(), error }),
            }
        }
        Ok(self.piece.pop_front().map(Arc::unwrap_or_clone))
    }
}
