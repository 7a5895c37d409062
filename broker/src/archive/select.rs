//! Selecting: which entries of an archive somebody wants, by the index where it leads and by the packets where it does not.
//!
//! What is asked of places, times and facts is answered by the index, and by the same questions put to what lies behind it.
//! Text and expressions are looked for in the packets of what is left. "The last so many" are the last of all that is wanted,
//! which takes two rounds if packets must be read to tell.

use std::ops::ControlFlow;

use super::log::{Log, LogError};
use super::open::{Archive, Picks};
use crate::filter::{self, Expression};
use crate::index::{Criteria, Facts, IndexError, Search};
use crate::store::{Entry, Seq, Span, Wanted};

/// How many facts are added to a search at once.
const PIECE: usize = 512;

/// What is wanted; all that is kept, unless said.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// From this place on.
    pub(crate) from: Option<Seq>,
    /// Up to this place.
    pub(crate) to: Option<Seq>,
    /// What it must be.
    pub(crate) criteria: Criteria,
    /// What must stand in its packet.
    pub(crate) content: Content,
    /// Of those, the last so many.
    pub(crate) last: Option<u64>,
}

/// What must stand in a packet.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// A text in lower case, which must be in the packet in either.
    pub(crate) text: Option<String>,
    /// One of these expressions must match, if there are any.
    pub(crate) filters: Vec<Expression>,
}

/// Why nothing can be selected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SelectError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The index cannot be read.
    #[error("{0}; make it anew with philae index rebuild, as the broker's user")]
    Index(#[from] IndexError),
}

/// Selected entries, oldest first; ends with the first error.
#[derive(Debug)]
pub(crate) struct Selected {
    source: Source,
    content: Content,
}

#[derive(Debug)]
enum Source {
    Log(Box<Log>),
    Picks(Box<Picks>),
}

impl Selection {
    /// Begins to read the entries that are wanted.
    ///
    /// # Errors
    /// A [`SelectError`].
    pub(crate) fn entries(self, archive: Archive) -> Result<Selected, SelectError> {
        let Some(last) = self.last.filter(|_| !self.content.is_any()) else {
            return self.candidates(archive);
        };
        let archive_again = archive.again();
        let candidates = Self { last: None, ..self }.candidates(archive)?;
        let places = candidates.map(|entry| entry.map(|entry| entry.seq));
        let mut places = places.collect::<Result<Vec<_>, _>>()?;
        let passed = places.len().saturating_sub(usize::try_from(last).unwrap_or(usize::MAX));
        places.drain(..passed);
        Ok(Selected::of(Source::Picks(Box::new(archive_again.pick(places))), Content::default()))
    }

    /// Hands on the facts of all that is wanted, oldest first; returns how many entries were passed over because they are
    /// damaged.
    ///
    /// # Errors
    /// A [`SelectError`].
    pub(crate) fn facts(
        self,
        archive: Archive,
        mut take: impl FnMut(Facts) -> ControlFlow<()>,
    ) -> Result<u64, SelectError> {
        if self.content.is_any() {
            let span = self.span(archive.kept());
            search(&archive)?.find(&self.criteria, span, self.last, take)?;
            return Ok(0);
        }
        let mut entries = self.entries(archive)?;
        for entry in &mut entries {
            if take(Facts::of(&entry?)).is_break() {
                break;
            }
        }
        Ok(entries.damaged())
    }

    fn candidates(self, archive: Archive) -> Result<Selected, SelectError> {
        if self.criteria.is_of_time() {
            let (since, until) = self.criteria.received;
            let wanted = Wanted { from: self.from, to: self.to, since, until, last: self.last, limit: None };
            let log = archive.read(&wanted)?;
            return Ok(Selected::of(Source::Log(Box::new(log)), self.content));
        }
        let span = self.span(archive.kept());
        let mut places = search(&archive)?.places(&self.criteria, span)?;
        if let Some(last) = self.last {
            let passed = places.len().saturating_sub(usize::try_from(last).unwrap_or(usize::MAX));
            places.drain(..passed);
        }
        Ok(Selected::of(Source::Picks(Box::new(archive.pick(places))), self.content))
    }

    fn span(&self, kept: Span) -> Span {
        Span {
            after: self.from.map_or(kept.after, |from| from.previous().max(kept.after)),
            to: self.to.map_or(kept.to, |to| to.min(kept.to)),
        }
    }
}

impl Content {
    /// Whether any content will do.
    pub(crate) fn is_any(&self) -> bool {
        self.text.is_none() && self.filters.is_empty()
    }

    fn accepts(&self, entry: &Entry) -> bool {
        let is_in = |wanted: &String| {
            vtp::encoding::text(&entry.bytes).is_ok_and(|text| text.to_lowercase().contains(wanted))
        };
        self.text.as_ref().is_none_or(is_in)
            && (self.filters.is_empty() || filter::any_matches(&self.filters, &entry.bytes).unwrap_or(false))
    }
}

impl Selected {
    fn of(source: Source, content: Content) -> Self {
        Self { source, content }
    }

    /// How many entries are still to be looked at, no less than will come.
    pub(crate) fn left(&self) -> u64 {
        match &self.source {
            Source::Log(log) => log.left(),
            Source::Picks(picks) => picks.left() as u64,
        }
    }

    /// How many entries were passed over so far because they are damaged.
    pub(crate) fn damaged(&self) -> u64 {
        match &self.source {
            Source::Log(log) => log.damaged(),
            Source::Picks(picks) => picks.damaged(),
        }
    }
}

impl Iterator for Selected {
    type Item = Result<Entry, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let next = match &mut self.source {
                Source::Log(log) => log.next(),
                Source::Picks(picks) => picks.next(),
            };
            match next {
                Some(Ok(entry)) if !self.content.accepts(&entry) => {}
                next => return next,
            }
        }
    }
}

/// What can be searched of an archive: its index, and what lies behind that.
pub(crate) fn search(archive: &Archive) -> Result<Search, SelectError> {
    let mut search = Search::open(archive.folder(), archive.log())?;
    let kept = archive.kept();
    if search.reached() >= kept.to {
        return Ok(search);
    }
    let wanted = Wanted { from: Some(search.reached().next()), to: Some(kept.to), ..Wanted::default() };
    let mut facts = Vec::new();
    for entry in archive.read(&wanted)? {
        facts.push(Facts::of(&entry?));
        if facts.len() == PIECE {
            search.add(&facts)?;
            facts.clear();
        }
    }
    search.add(&facts)?;
    Ok(search)
}
