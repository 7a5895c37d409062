//! Selecting: which entries of an archive somebody wants, by the index where it leads and by the packets where it does not.
//!
//! What is asked of places, times and facts is answered by the index, and by the same questions put to what lies behind it.
//! Text and expressions are looked for in the packets of what is left. "The last so many" are the last of all that is wanted,
//! which takes two rounds if packets must be read to tell.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    /// How many were passed over before the first.
    damaged: u64,
    /// Set when no more are wanted.
    is_over: Arc<AtomicBool>,
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
        let mut candidates = Self { last: None, ..self }.candidates(archive.clone())?;
        let places = candidates.by_ref().map(|entry| entry.map(|entry| entry.seq));
        let mut places = places.collect::<Result<Vec<_>, _>>()?;
        let passed = places.len().saturating_sub(usize::try_from(last).unwrap_or(usize::MAX));
        places.drain(..passed);
        let selected = Selected::of(Source::Picks(Box::new(archive.pick(places))), Content::default());
        Ok(Selected { damaged: candidates.damaged(), ..selected })
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
            let (mut span, mut last) = (self.span(archive.kept()), self.last);
            let found = |search: &Search| {
                search.find(&self.criteria, span, last, |facts| {
                    // Whoever asks again asks for the rest.
                    (span.after, last) = (facts.seq, last.map(|last| last - 1));
                    take(facts)
                })
            };
            return ask(&archive, found).map(|((), damaged)| damaged);
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
        let (places, damaged) = ask(&archive, |search| search.places(&self.criteria, span, self.last))?;
        let selected = Selected::of(Source::Picks(Box::new(archive.pick(places))), self.content);
        Ok(Selected { damaged, ..selected })
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
        Self { source, content, damaged: 0, is_over: Arc::default() }
    }

    /// Ends, with whatever is looked at, once this is set.
    pub(crate) fn until(self, is_over: Arc<AtomicBool>) -> Self {
        Self { is_over, ..self }
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
        let damaged = match &self.source {
            Source::Log(log) => log.damaged(),
            Source::Picks(picks) => picks.damaged(),
        };
        self.damaged + damaged
    }
}

impl Iterator for Selected {
    type Item = Result<Entry, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over.load(Ordering::Relaxed) {
            let next = match &mut self.source {
                Source::Log(log) => log.next(),
                Source::Picks(picks) => picks.next(),
            };
            match next {
                Some(Ok(entry)) if !self.content.accepts(&entry) => {}
                next => return next,
            }
        }
        None
    }
}

/// Asks the index and what lies behind it, and asks the log alone when the index turns out to be unusable; also tells how many
/// of the entries that were read for it are damaged.
fn ask<T>(
    archive: &Archive,
    mut question: impl FnMut(&Search) -> Result<T, IndexError>,
) -> Result<(T, u64), SelectError> {
    let (indexed, damaged) = search(archive)?;
    match question(&indexed) {
        Ok(answer) => return Ok((answer, damaged)),
        Err(error) if indexed.reached() == Seq::START => return Err(error.into()),
        Err(error) => tracing::warn!(%error, "the log is read instead"),
    }
    let (log, damaged) = search_log(archive, Search::without_index()?)?;
    Ok((question(&log)?, damaged))
}

/// What can be searched of an archive: its index, and what lies behind that; and how many entries there cannot be read.
pub(crate) fn search(archive: &Archive) -> Result<(Search, u64), SelectError> {
    search_log(archive, Search::open(archive.folder(), archive.log(), archive.head_at_rest())?)
}

/// Adds what lies behind the index that is searched.
fn search_log(archive: &Archive, mut search: Search) -> Result<(Search, u64), SelectError> {
    let kept = archive.kept();
    if search.reached() >= kept.to {
        return Ok((search, 0));
    }
    let wanted = Wanted { from: Some(search.reached().next()), to: Some(kept.to), ..Wanted::default() };
    let mut facts = Vec::new();
    let mut log = archive.read(&wanted)?;
    for entry in &mut log {
        facts.push(Facts::of(&entry?));
        if facts.len() == PIECE {
            search.add(&facts)?;
            facts.clear();
        }
    }
    search.add(&facts)?;
    Ok((search, log.damaged()))
}
