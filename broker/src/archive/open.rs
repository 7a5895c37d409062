//! An archive that is open: from whom its entries come, and which there are.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::at_rest::AtRest;
use super::live::{Begun, Live};
use super::log::{Log, LogError};
use crate::control::{BUSY_PATIENCE, BrokerError, PATIENCE, Request};
use crate::store::{Entry, Limit, Seq, Snapshot, SnapshotError, Span, Wanted};

/// What is picked out at once: few enough that a request for them is short enough for a broker.
const PIECE: Limit = Limit { entries: 128, bytes: 1 << 20 };

/// The log in a data folder, as it was when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    folder: PathBuf,
    log: String,
    kept: Span,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Live,
    AtRest(Arc<Snapshot>),
}

impl Archive {
    /// Opens the log in a data folder: that of the broker that runs there, else of the store. Blocks.
    ///
    /// # Errors
    /// A [`LogError`] that names the folder and what to do.
    pub(crate) fn open(folder: &Path) -> Result<Self, LogError> {
        let none = Request::Pick { places: Vec::new() };
        let away = match Live::ask(folder, &none, PATIENCE)? {
            Ok((_, begun)) => {
                let (folder, source) = (folder.to_owned(), Source::Live);
                return Ok(Self { folder, log: begun.log, kept: begun.span, source });
            }
            Err(away) => away,
        };
        let snapshot = Snapshot::take(folder).map_err(|error| match error {
            SnapshotError::InUse { folder, holder } => BrokerError::deaf(folder, holder, away).into(),
            other @ (SnapshotError::NoFolder(_)
            | SnapshotError::NoStore(_)
            | SnapshotError::Format { .. }
            | SnapshotError::Folder { .. }
            | SnapshotError::Damaged { .. }) => LogError::AtRest(other),
        })?;
        let (log, kept) = (snapshot.id().to_string(), snapshot.kept());
        let source = Source::AtRest(Arc::new(snapshot));
        Ok(Self { folder: folder.to_owned(), log, kept, source })
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The identity of the log.
    pub(crate) fn log(&self) -> &str {
        &self.log
    }

    /// The broker's snapshot at rest, if none runs.
    pub(crate) fn at_rest(&self) -> Option<&Snapshot> {
        match &self.source {
            Source::Live => None,
            Source::AtRest(snapshot) => Some(snapshot),
        }
    }

    /// The last place of a log that nobody writes.
    pub(crate) fn head_at_rest(&self) -> Option<Seq> {
        self.at_rest().map(|_| self.kept.to)
    }

    /// What was kept when it was opened.
    pub(crate) fn kept(&self) -> Span {
        self.kept
    }

    /// Begins to read a part of it, in order.
    ///
    /// # Errors
    /// A [`LogError`].
    pub(crate) fn read(&self, wanted: &Wanted) -> Result<Log, LogError> {
        match &self.source {
            Source::Live => {
                let (live, begun) = self.ask(&Request::events(wanted))?;
                Ok(Log::live(live, begun.span))
            }
            Source::AtRest(snapshot) => {
                let (at_rest, span) = AtRest::begin(&self.folder, snapshot.clone(), wanted)?;
                Ok(Log::at_rest(at_rest, span))
            }
        }
    }

    /// The entries at some places, in their order; what is not kept any more is passed over.
    pub(crate) fn pick(self, places: Vec<Seq>) -> Picks {
        Picks { archive: self, places: places.into(), piece: Piece::Read(VecDeque::new()), damaged: 0 }
    }

    /// One entry, if it is kept.
    ///
    /// # Errors
    /// A [`LogError`].
    pub(crate) fn one(&self, place: Seq) -> Result<Option<Entry>, LogError> {
        self.clone().pick(vec![place]).next().transpose()
    }

    fn ask(&self, request: &Request) -> Result<(Live, Begun), LogError> {
        let asked = Live::ask(&self.folder, request, BUSY_PATIENCE)?;
        asked.map_err(|error| BrokerError::broken_off(&self.folder, error).into())
    }
}

/// Entries that are picked out of an archive; ends with the first error.
#[derive(Debug)]
pub(crate) struct Picks {
    archive: Archive,
    places: VecDeque<Seq>,
    piece: Piece,
    damaged: u64,
}

/// What comes next.
#[derive(Debug)]
enum Piece {
    /// It is on its way from the broker.
    Coming(Box<Live>),
    /// It has been read.
    Read(VecDeque<Entry>),
}

impl Picks {
    /// How many were passed over so far because they are damaged.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// How many are left at most, but for those that are on their way.
    pub(crate) fn left(&self) -> usize {
        self.places.len()
    }

    fn advance(&mut self) -> Result<Option<Entry>, LogError> {
        loop {
            match &mut self.piece {
                Piece::Read(piece) => {
                    if let Some(entry) = piece.pop_front() {
                        return Ok(Some(entry));
                    }
                }
                Piece::Coming(live) => {
                    if let Some(entry) = live.next()? {
                        return Ok(Some(entry));
                    }
                    self.damaged += live.damaged();
                    self.piece = Piece::Read(VecDeque::new());
                }
            }
            if self.places.is_empty() {
                return Ok(None);
            }
            self.piece = self.begin()?;
        }
    }

    /// Begins the next piece.
    fn begin(&mut self) -> Result<Piece, LogError> {
        let count = self.places.len().min(PIECE.entries);
        let places: Vec<_> = self.places.iter().take(count).copied().collect();
        let Source::AtRest(snapshot) = &self.archive.source else {
            self.places.drain(..count);
            let places = places.iter().map(|place| place.0).collect();
            let (live, _) = self.archive.ask(&Request::Pick { places })?;
            return Ok(Piece::Coming(Box::new(live)));
        };
        let picked = snapshot.pick(&places, PIECE);
        let picked =
            picked.map_err(|error| LogError::Store { folder: self.archive.folder.clone(), error })?;
        self.places.drain(..picked.looked_at);
        self.damaged += picked.damaged;
        Ok(Piece::Read(picked.entries.into_iter().map(Arc::unwrap_or_clone).collect()))
    }
}

impl Iterator for Picks {
    type Item = Result<Entry, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.places.clear();
            self.piece = Piece::Read(VecDeque::new());
        }
        next.transpose()
    }
}
