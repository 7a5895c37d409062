//! Searching: what is found in the tables, of the index and of what lies behind it.
//!
//! Rows are read a page at a time and handed on between two reads, so that whoever takes them slowly keeps nothing of the
//! index from being written.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, Statement, params, params_from_iter};

use super::criteria::{Conditions, Criteria};
use super::facts::{Cited, Facts};
use super::write::{CITES, CONFLICT, FLAGGED, IMPORTED, insert, number};
use super::{IndexError, file, schema};
use crate::event::{Place, Relation};
use crate::store::{Seq, Span};

/// How long to wait for a writer that holds a lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rows that are read at once.
const PAGE: usize = 500;

const COLUMNS: &str = "seq, received, authored, observed, ivoid, role, author, source, marks, ra, dec, error";

/// Tables to be searched: those of the index, if there is one, and those of what is not in it yet.
#[derive(Debug)]
pub(crate) struct Search {
    index: Option<Connection>,
    reached: Seq,
    behind: Connection,
}

/// An event that cites another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Citing {
    /// Its place in the log.
    pub(crate) seq: Seq,
    /// When it was received.
    pub(crate) received: Timestamp,
    /// Its identifier.
    pub(crate) ivoid: String,
    /// What it does to the other.
    pub(crate) relation: Option<&'static str>,
}

impl Search {
    /// Opens the index of a log for reading. None at all, one of another log, one that cannot be read, or one that
    /// reaches farther than a log that is at rest, which is one of another copy of it, reaches nowhere. The head of a log that
    /// is written is of no use: the index may have gone on meanwhile.
    ///
    /// # Errors
    /// An [`IndexError`]: there is no room for what is searched beside the index.
    pub(crate) fn open(data_folder: &Path, log: &str, at_rest: Option<Seq>) -> Result<Self, IndexError> {
        let mut search = Self::without_index()?;
        match existing(data_folder, log) {
            Ok(Some((index, reached))) if at_rest.is_none_or(|head| reached <= head) => {
                (search.index, search.reached) = (Some(index), reached);
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the log is read instead"),
        }
        Ok(search)
    }

    /// Tables of nothing but what will be [added](Self::add).
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn without_index() -> Result<Self, IndexError> {
        // Without a name it is kept in memory as far as there is room, then in a file that nobody else sees.
        let behind = Connection::open("")?;
        behind.pragma_update(None, "journal_mode", "OFF")?;
        schema::make(&behind, "")?;
        Ok(Self { index: None, reached: Seq::START, behind })
    }

    /// The last place that the index has looked at; what follows is to be [added](Self::add).
    pub(crate) fn reached(&self) -> Seq {
        self.reached
    }

    /// Adds what is not in the index yet, for this search alone.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn add(&mut self, facts: &[Facts]) -> Result<(), IndexError> {
        let change = self.behind.transaction()?;
        insert(&change, facts)?;
        Ok(change.commit()?)
    }

    /// Hands on what is wanted of a span, oldest first; of all that, the last so many if so many are wanted.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn find(
        &self,
        criteria: &Criteria,
        span: Span,
        last: Option<u64>,
        mut take: impl FnMut(Facts) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        if last.is_some() || criteria.is_indexed() {
            let places = self.places(criteria, span, last)?;
            for page in places.chunks(PAGE) {
                if self.rows(page)?.into_iter().try_for_each(&mut take).is_break() {
                    break;
                }
            }
            return Ok(());
        }
        for mut part in self.parts(span) {
            loop {
                let page = part.page(criteria)?;
                let Some(end) = page.last().map(|facts| facts.seq) else { break };
                if page.into_iter().try_for_each(&mut take).is_break() {
                    return Ok(());
                }
                part.span.after = end;
            }
        }
        Ok(())
    }

    /// The places of what is wanted of a span, in order; the last so many of them if so many are wanted.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn places(
        &self,
        criteria: &Criteria,
        span: Span,
        last: Option<u64>,
    ) -> Result<Vec<Seq>, IndexError> {
        let last = last.map(|last| usize::try_from(last).unwrap_or(usize::MAX));
        let mut places = Vec::new();
        for part in self.parts(span).rev() {
            let mut found = part.places(criteria, last.map(|last| last.saturating_sub(places.len())))?;
            found.append(&mut places);
            places = found;
        }
        Ok(places)
    }

    /// The events that cite an identifier, one for each identifier of theirs: the latest, oldest first, no more than
    /// `limit` beyond the first; and whether there are more.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn citing(
        &self,
        ivoid: &str,
        span: Span,
        limit: usize,
    ) -> Result<(Vec<Citing>, bool), IndexError> {
        let mut found: Vec<Citing> = Vec::new();
        for part in self.parts(span) {
            for citing in part.citing(ivoid, limit + 1)? {
                found.retain(|known| known.ivoid != citing.ivoid);
                found.push(citing);
            }
        }
        let is_more = found.len() > limit;
        found.truncate(limit);
        Ok((found, is_more))
    }

    /// The facts at some places.
    fn rows(&self, places: &[Seq]) -> Result<Vec<Facts>, IndexError> {
        let mut facts = Vec::with_capacity(places.len());
        for part in self.parts(Span { after: Seq::START, to: Seq(u64::MAX) }) {
            let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = ?");
            let mut statement = part.database.prepare_cached(&sql)?;
            let mut cited = part.database.prepare_cached(CITED)?;
            for place in places.iter().filter(|place| part.holds(**place)) {
                let row = statement.query_row([number(*place)], |row| Ok(read(row, &mut cited)));
                facts.extend(row.optional()?.transpose()?);
            }
        }
        Ok(facts)
    }

    fn parts(&self, span: Span) -> impl DoubleEndedIterator<Item = Part<'_>> {
        let index = self.index.as_ref().map(|index| Part {
            database: index,
            span: Span { after: span.after, to: span.to.min(self.reached) },
        });
        let behind =
            Part { database: &self.behind, span: Span { after: span.after.max(self.reached), to: span.to } };
        index.into_iter().chain([behind])
    }
}

/// A part of what is searched.
struct Part<'a> {
    database: &'a Connection,
    span: Span,
}

const CITED: &str = "SELECT ivoid, relation FROM citation WHERE seq = ? ORDER BY place";

impl Part<'_> {
    fn holds(&self, place: Seq) -> bool {
        place > self.span.after && place <= self.span.to
    }

    /// What is asked of rows in the span.
    fn conditions(&self, criteria: &Criteria) -> Conditions {
        let mut conditions = Conditions::default();
        // With a sign before it the column is no index, and the planner takes the one that leads there.
        let seq = if criteria.is_indexed() { "+seq" } else { "seq" };
        conditions.add(
            &format!("{seq} > ? AND {seq} <= ?"),
            [number(self.span.after).into(), number(self.span.to).into()],
        );
        criteria.ask(&mut conditions);
        conditions
    }

    /// The first rows of the span that are wanted, by their places.
    fn page(&self, criteria: &Criteria) -> Result<Vec<Facts>, IndexError> {
        let conditions = self.conditions(criteria);
        let sql = format!("SELECT {COLUMNS} FROM event WHERE {} ORDER BY seq LIMIT {PAGE}", conditions.sql());
        let mut statement = self.database.prepare_cached(&sql)?;
        let mut cited = self.database.prepare_cached(CITED)?;
        let mut rows = statement.query(params_from_iter(conditions.values))?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            page.push(read(row, &mut cited)?);
        }
        Ok(page)
    }

    /// The places that are wanted, in order; the last so many of them if so many are wanted.
    fn places(&self, criteria: &Criteria, last: Option<usize>) -> Result<Vec<Seq>, IndexError> {
        let conditions = self.conditions(criteria);
        let mut sql = format!("SELECT seq FROM event WHERE {}", conditions.sql());
        // An index gives them in its own order, and all of them are sorted here; else the last are at the end.
        if let (Some(last), false) = (last, criteria.is_indexed()) {
            sql = format!("{sql} ORDER BY seq DESC LIMIT {}", i64::try_from(last).unwrap_or(i64::MAX));
        }
        let mut statement = self.database.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(conditions.values))?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            places.push(place(row)?);
        }
        places.sort_unstable();
        places.drain(..last.map_or(0, |last| places.len().saturating_sub(last)));
        Ok(places)
    }

    /// The events that cite an identifier, the latest of each, oldest first.
    fn citing(&self, ivoid: &str, limit: usize) -> Result<Vec<Citing>, IndexError> {
        let mut statement = self.database.prepare_cached(
            "SELECT max(event.seq), event.received, event.ivoid, citation.relation \
             FROM citation JOIN event USING (seq) \
             WHERE citation.ivoid = ? AND seq > ? AND seq <= ? GROUP BY event.ivoid ORDER BY 1 LIMIT ?",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (after, to) = (number(self.span.after), number(self.span.to));
        let mut rows = statement.query(params![ivoid, after, to, limit])?;
        let mut citing = Vec::new();
        while let Some(row) = rows.next()? {
            citing.push(Citing {
                seq: place(row)?,
                received: moment(row.get(1)?).unwrap_or_default(),
                ivoid: row.get(2)?,
                relation: relation(row.get(3)?),
            });
        }
        Ok(citing)
    }
}

/// How far the index of a log reaches; nowhere if there is none that can be read.
pub(super) fn reached(data_folder: &Path, log: &str) -> Seq {
    existing(data_folder, log).ok().flatten().map_or(Seq::START, |(_, reached)| reached)
}

fn existing(data_folder: &Path, log: &str) -> Result<Option<(Connection, Seq)>, IndexError> {
    let path = file(data_folder);
    if !path.exists() {
        return Ok(None);
    }
    // A journal is opened with it, which takes the right to write even to read.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(PATIENCE)?;
    database.pragma_update(None, "query_only", true)?;
    if !schema::is_of(&database, log)? {
        return Ok(None);
    }
    let reached = schema::reached(&database)?;
    Ok(Some((database, reached)))
}

fn place(row: &Row<'_>) -> Result<Seq, IndexError> {
    Ok(Seq(row.get::<_, i64>(0)?.cast_unsigned()))
}

fn read(row: &Row<'_>, cited: &mut Statement<'_>) -> Result<Facts, IndexError> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|time| time.and_then(moment));
    let marks: i64 = row.get(8)?;
    let place = match (row.get(9)?, row.get(10)?) {
        (Some(ra), Some(dec)) => Some(Place { ra, dec, error: row.get(11)? }),
        _ => None,
    };
    let citations = if marks & CITES == 0 { Vec::new() } else { citations(row.get(0)?, cited)? };
    Ok(Facts {
        seq: self::place(row)?,
        received: time(1)?.unwrap_or_default(),
        authored: time(2)?,
        observed: time(3)?,
        ivoid: row.get(4)?,
        role: row.get(5)?,
        author: row.get(6)?,
        source: row.get(7)?,
        conflict: marks & CONFLICT != 0,
        is_flagged: marks & FLAGGED != 0,
        is_imported: marks & IMPORTED != 0,
        place,
        citations,
    })
}

fn citations(seq: i64, cited: &mut Statement<'_>) -> Result<Vec<Cited>, IndexError> {
    let citations =
        cited.query_map([seq], |row| Ok(Cited { ivoid: row.get(0)?, relation: relation(row.get(1)?) }))?;
    Ok(citations.collect::<Result<_, _>>()?)
}

fn relation(text: Option<String>) -> Option<&'static str> {
    Relation::named(&text?).name()
}

fn moment(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}
