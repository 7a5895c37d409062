//! Spans: which part of the log somebody asks for, and reading it in pieces.
//!
//! A span is settled before anything is read, so that what comes in meanwhile does not lengthen it. Times are looked for by
//! halving: they are taken to ascend with the places, as they do unless the clock was set back.

use super::{
    ReadError, Store,
    engine::{Engine, EngineError},
    entry::{Entry, Seq},
    tail::Limit,
};
use jiff::Timestamp;
use std::{ops::RangeInclusive, sync::Arc};

/// Which entries are asked for; all that are kept, unless said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// From this place on.
    pub from: Option<Seq>,
    /// Up to this place.
    pub to: Option<Seq>,
    /// Received at this time or later.
    pub since: Option<Timestamp>,
    /// Received before this time.
    pub until: Option<Timestamp>,
    /// Of those, the last so many.
    pub last: Option<u64>,
    /// Of those, the first so many.
    pub limit: Option<u64>,
}

/// A part of the log: what follows one place, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The place before the first entry.
    pub after: Seq,
    /// The last place; the span is empty if that is not behind `after`.
    pub to: Seq,
}

impl Span {
    /// Whether nothing is left of it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.after >= self.to
    }
}

impl Store {
    /// Settles which part of the log is asked for; blocks on the disk.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn span(&self, wanted: &Wanted) -> Result<Span, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        Ok(settle(&engine, wanted, self.oldest()..=self.head())?)
    }

    /// All that is kept.
    #[must_use]
    pub fn kept(&self) -> Span {
        Span { after: self.oldest().previous(), to: self.head() }
    }

    /// Reads what stands at some places, in their order and up to a limit, which one entry may go beyond; blocks on the
    /// disk. Places without an entry are passed over.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Closed`] may pass by itself.
    pub fn pick(&self, places: &[Seq], limit: Limit) -> Result<Picked, ReadError> {
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        Picked::read(&engine, places, self.oldest(), limit)
    }

    /// Reads the next piece of a span, whose `after` moves on behind it; blocks on the disk. Empty at the end.
    ///
    /// Places that were lost to damage or retention are passed over.
    ///
    /// # Errors
    /// A [`ReadError`]; after [`ReadError::Damaged`] the span goes on behind that place.
    pub fn read_span(&self, span: &mut Span, limit: Limit) -> Result<Vec<Arc<Entry>>, ReadError> {
        let from = span.after.next().max(self.oldest());
        let engine = self.shared.engine().ok_or(ReadError::Closed)?;
        advance(&engine, from, span, limit)
    }
}

/// Entries that were picked out by their places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// Those that are kept, in the order in which they were asked for.
    pub entries: Vec<Arc<Entry>>,
    /// How many are kept and cannot be read.
    pub damaged: u64,
    /// How many places were looked at.
    pub looked_at: usize,
}

impl Picked {
    /// Reads what stands at some places among those that are kept, up to a limit.
    pub(super) fn read(
        engine: &Engine,
        places: &[Seq],
        oldest: Seq,
        limit: Limit,
    ) -> Result<Self, ReadError> {
        let (mut picked, mut bytes) = (Self::default(), 0);
        for place in places {
            if picked.entries.len() == limit.entries || bytes >= limit.bytes {
                break;
            }
            picked.looked_at += 1;
            match if *place < oldest { None } else { engine.entry(*place)? } {
                Some(Some(entry)) => {
                    bytes += entry.weight();
                    picked.entries.push(entry);
                }
                Some(None) => picked.damaged += 1,
                None => {}
            }
        }
        Ok(picked)
    }
}

/// Finds the span that is asked for among the places that are kept.
pub(super) fn settle(
    engine: &Engine,
    wanted: &Wanted,
    kept: RangeInclusive<Seq>,
) -> Result<Span, EngineError> {
    let mut from = wanted.from.map_or(*kept.start(), |from| from.max(*kept.start()));
    let mut to = wanted.to.map_or(*kept.end(), |to| to.min(*kept.end()));
    if let Some(since) = wanted.since {
        from = first_at(engine, from, to, since)?;
    }
    if let Some(until) = wanted.until {
        to = first_at(engine, from, to, until)?.previous();
    }
    if let Some(count) = wanted.last {
        from = match nth(engine.places(from..=to).rev(), count)? {
            Some(place) => from.max(place),
            None => from,
        };
    }
    if let Some(count) = wanted.limit {
        to = match nth(engine.places(from..=to), count)? {
            Some(place) => to.min(place),
            None => to,
        };
    }
    let is_none = wanted.last == Some(0) || wanted.limit == Some(0) || from > to;
    Ok(Span { after: from.previous(), to: if is_none { from.previous() } else { to } })
}

/// Reads a piece of a span.
pub(super) fn advance(
    engine: &Engine,
    from: Seq,
    span: &mut Span,
    limit: Limit,
) -> Result<Vec<Arc<Entry>>, ReadError> {
    let read = read(engine, from..=span.to, limit);
    match &read {
        Ok(entries) => span.after = entries.last().map_or(span.to, |entry| entry.seq),
        Err(ReadError::Damaged(place)) => span.after = *place,
        Err(ReadError::Closed | ReadError::DamagedCursor | ReadError::Database(_)) => {}
    }
    read
}

/// Reads what stands in a range of the log.
pub(super) fn read(
    engine: &Engine,
    range: RangeInclusive<Seq>,
    limit: Limit,
) -> Result<Vec<Arc<Entry>>, ReadError> {
    let mut entries = Vec::new();
    let following = engine.entries(range).map(|entry| {
        let (seq, entry) = entry?;
        entry.ok_or(ReadError::Damaged(seq))
    });
    let filled = limit.fill(following, &mut entries);
    // What was read before a fault is good; the next read meets the fault first.
    filled.or_else(|error| if entries.is_empty() { Err(error) } else { Ok(()) })?;
    Ok(entries)
}

/// The `count`th place, from 1.
fn nth(
    mut places: impl Iterator<Item = Result<Seq, EngineError>>,
    count: u64,
) -> Result<Option<Seq>, EngineError> {
    let Some(before) = count.checked_sub(1) else { return Ok(None) };
    usize::try_from(before).map_or(Ok(None), |before| places.nth(before).transpose())
}

/// The first place from which on all was received at a time or later; the one behind `to` if nothing was.
fn first_at(engine: &Engine, from: Seq, to: Seq, time: Timestamp) -> Result<Seq, EngineError> {
    let (mut low, mut high) = (from, to.next());
    while low < high {
        let middle = Seq(low.0 + (high.0 - low.0) / 2);
        match readable(engine, middle, high.previous())? {
            Some((place, received)) if received < time => low = place.next(),
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// The first entry in a range that can be read, and when it was received.
fn readable(engine: &Engine, from: Seq, to: Seq) -> Result<Option<(Seq, Timestamp)>, EngineError> {
    for entry in engine.entries(from..=to) {
        if let (seq, Some(entry)) = entry? {
            return Ok(Some((seq, entry.received)));
        }
    }
    Ok(None)
}
