//! Searching: what is found in the tables, of the index and of what lies behind it.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Row, Statement, params_from_iter};

use super::criteria::{Conditions, Criteria};
use super::facts::{Cited, Facts, Place};
use super::write::{CITES, CONFLICT, FLAGGED, IMPORTED, insert, number};
use super::{IndexError, file, schema};
use crate::store::{Seq, Span};

/// How long to wait for a writer that holds a lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// The relations that there are names for.
const RELATIONS: [&str; 3] = ["followup", "supersedes", "retraction"];

/// Tables to be searched: those of the index, if there is one, and those of what is not in it yet.
#[derive(Debug)]
pub(crate) struct Search {
    index: Option<Connection>,
    reached: Seq,
    behind: Connection,
}

impl Search {
    /// Opens the index of a log for reading. None at all, or one of another log, reaches nowhere.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn open(data_folder: &Path, log: &str) -> Result<Self, IndexError> {
        let (index, reached) = match existing(data_folder, log) {
            Ok(Some((index, reached))) => (Some(index), reached),
            Ok(None) => (None, Seq::START),
            Err(error) if error.is_damage() => (None, Seq::START),
            Err(error) => return Err(error),
        };
        // Without a name it is kept in memory as far as there is room, then in a file that nobody else sees.
        let behind = Connection::open("")?;
        behind.pragma_update(None, "journal_mode", "OFF")?;
        schema::make(&behind, "")?;
        Ok(Self { index, reached, behind })
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
        let Some(last) = last else {
            for part in self.parts(span) {
                let ended =
                    part.each(criteria, Order::OldestFirst, |row, cited| Ok(take(read(row, cited)?)))?;
                if ended.is_break() {
                    break;
                }
            }
            return Ok(());
        };
        // Whoever takes them may have enough before the end.
        let _ = self.facts(criteria, span, last)?.into_iter().try_for_each(take);
        Ok(())
    }

    /// The last so many of what is wanted of a span, oldest first.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn facts(&self, criteria: &Criteria, span: Span, last: u64) -> Result<Vec<Facts>, IndexError> {
        let mut found = Vec::new();
        for part in self.parts(span).rev() {
            let left = last.saturating_sub(found.len() as u64);
            part.all(criteria, Order::Last(left), |row, cited| {
                found.push(read(row, cited)?);
                Ok(())
            })?;
        }
        found.reverse();
        Ok(found)
    }

    /// The places of what is wanted of a span, in order.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn places(&self, criteria: &Criteria, span: Span) -> Result<Vec<Seq>, IndexError> {
        let mut places = Vec::new();
        for part in self.parts(span) {
            part.all(criteria, Order::OldestFirst, |row, _| {
                places.push(place(row)?);
                Ok(())
            })?;
        }
        Ok(places)
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

/// In which order, and how many.
#[derive(Debug, Clone, Copy)]
enum Order {
    OldestFirst,
    Last(u64),
}

impl Part<'_> {
    /// Hands on all rows that are wanted.
    fn all(
        &self,
        criteria: &Criteria,
        order: Order,
        mut take: impl FnMut(&Row<'_>, &mut Statement<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let ended = self.each(criteria, order, |row, cited| {
            take(row, cited)?;
            Ok(ControlFlow::Continue(()))
        });
        ended.map(drop)
    }

    /// Hands on each row that is wanted, with what asks for its citations.
    fn each(
        &self,
        criteria: &Criteria,
        order: Order,
        mut take: impl FnMut(&Row<'_>, &mut Statement<'_>) -> Result<ControlFlow<()>, IndexError>,
    ) -> Result<ControlFlow<()>, IndexError> {
        let mut conditions = Conditions::default();
        // With a sign before it the column is no index, and the planner takes the one that leads there.
        let seq = if criteria.is_indexed() { "+seq" } else { "seq" };
        conditions.add(
            &format!("{seq} > ? AND {seq} <= ?"),
            [number(self.span.after).into(), number(self.span.to).into()],
        );
        criteria.ask(&mut conditions);
        let order = match order {
            Order::OldestFirst => "seq".to_owned(),
            Order::Last(count) => format!("seq DESC LIMIT {}", i64::try_from(count).unwrap_or(i64::MAX)),
        };
        let sql = format!(
            "SELECT seq, received, authored, observed, ivoid, role, author, source, marks, ra, dec, error \
             FROM event WHERE {} ORDER BY {order}",
            conditions.sql()
        );
        let mut statement = self.database.prepare(&sql)?;
        let mut cited =
            self.database.prepare("SELECT ivoid, relation FROM citation WHERE seq = ? ORDER BY place")?;
        let mut rows = statement.query(params_from_iter(conditions.values))?;
        while let Some(row) = rows.next()? {
            if take(row, &mut cited)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
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
    database.pragma_update(None, "temp_store", "MEMORY")?;
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
    let citations = cited.query_map([seq], |row| {
        let relation: Option<String> = row.get(1)?;
        let relation = RELATIONS.into_iter().find(|name| relation.as_deref() == Some(name));
        Ok(Cited { ivoid: row.get(0)?, relation })
    })?;
    Ok(citations.collect::<Result<_, _>>()?)
}

fn moment(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}
