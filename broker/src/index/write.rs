//! Writing the index: what there is to add, and what goes.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::facts::{Cited, Facts};
use super::{IndexError, file, schema};
use crate::event::Place;
use crate::store::Seq;

/// How long to wait for a reader that holds a lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rows that are removed at once.
const SLICE: u64 = 1000;
/// What SQLite may keep of the file in memory, and of its journal on the disk.
const CACHE_KIB: i64 = 2048;
const JOURNAL_BYTES: i64 = 16 << 20;
/// After so many pages what is in the journal goes into the file, which syncs the disk that the log is on, too.
const JOURNAL_PAGES: i64 = 4096;

/// Marks of an event, as bits.
pub(super) const CONFLICT: i64 = 1;
pub(super) const FLAGGED: i64 = 2;
pub(super) const IMPORTED: i64 = 4;
/// It cites something: who reads many asks for the citations of those alone.
pub(super) const CITES: i64 = 8;

/// An index that is written. One at a time: whoever has the log open, has it.
#[derive(Debug)]
pub(crate) struct Index {
    database: Connection,
    reached: Seq,
}

impl Index {
    /// Opens the index in a data folder, or makes it: anew if it is damaged, of another format or of another log.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn open(data_folder: &Path, log: &str) -> Result<Self, IndexError> {
        match Self::open_existing(data_folder, log) {
            Ok(Some(index)) => return Ok(index),
            Ok(None) => {}
            Err(error) if error.is_damage() => {
                tracing::warn!(%error, "the index is made anew from the log");
            }
            Err(error) => return Err(error),
        }
        Self::make(data_folder, log)
    }

    /// Empties it, to be made anew, while others read it.
    ///
    /// # Errors
    /// An [`IndexError`]; nothing has changed.
    pub(super) fn empty(&mut self, log: &str) -> Result<(), IndexError> {
        let change = self.database.transaction()?;
        schema::drop(&change)?;
        schema::make(&change, log)?;
        change.commit()?;
        self.reached = Seq::START;
        Ok(())
    }

    /// Makes an empty index, in the place of one that cannot be used.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(super) fn make(data_folder: &Path, log: &str) -> Result<Self, IndexError> {
        let path = file(data_folder);
        let folder = path.parent().unwrap_or(data_folder);
        let failed = |error| IndexError::Folder { folder: folder.to_owned(), error };
        // All of it, whatever has come to be there. Who reads what was there goes on with that.
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(folder).map_err(failed)?;
        let database = Connection::open(&path)?;
        tune(&database)?;
        let made = database.unchecked_transaction()?;
        schema::make(&made, log)?;
        made.commit()?;
        Ok(Self { database, reached: Seq::START })
    }

    fn open_existing(data_folder: &Path, log: &str) -> Result<Option<Self>, IndexError> {
        let path = file(data_folder);
        if !path.exists() {
            return Ok(None);
        }
        let database = Connection::open(&path)?;
        tune(&database)?;
        if !schema::is_of(&database, log)? || !is_sound(&database)? {
            return Ok(None);
        }
        let reached = schema::reached(&database)?;
        Ok(Some(Self { database, reached }))
    }

    /// The last place of the log that it has looked at.
    pub(crate) fn reached(&self) -> Seq {
        self.reached
    }

    /// Adds facts, and notes that the log has been looked at up to a place; all or nothing.
    ///
    /// # Errors
    /// An [`IndexError`]; nothing has changed.
    pub(crate) fn add(&mut self, facts: &[Facts], reached: Seq) -> Result<(), IndexError> {
        let change = self.database.transaction()?;
        insert(&change, facts)?;
        change.execute("UPDATE about SET reached = ?1", [number(reached)])?;
        change.commit()?;
        self.reached = reached;
        Ok(())
    }

    /// Moves all of the journal into the file; whether nobody kept it from that.
    #[cfg(test)]
    pub(super) fn checkpoint(&self) -> Result<bool, IndexError> {
        let busy: i64 = self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// Forgets some of what lies before a place; whether there may be more.
    ///
    /// # Errors
    /// An [`IndexError`].
    pub(crate) fn forget_before(&mut self, oldest: Seq) -> Result<bool, IndexError> {
        let change = self.database.transaction()?;
        let first: Option<i64> = change.query_row("SELECT min(seq) FROM event", [], |row| row.get(0))?;
        let Some(first) = first.filter(|first| *first < number(oldest)) else { return Ok(false) };
        let end = number(oldest).min(first.saturating_add_unsigned(SLICE));
        change.execute("DELETE FROM event WHERE seq < ?1", [end])?;
        change.execute("DELETE FROM citation WHERE seq < ?1", [end])?;
        change.commit()?;
        Ok(true)
    }
}

/// Adds facts to the tables of a database.
pub(super) fn insert(database: &Connection, facts: &[Facts]) -> Result<(), IndexError> {
    let mut event = database.prepare_cached(
        "INSERT OR REPLACE INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let mut citation = database.prepare_cached("INSERT OR REPLACE INTO citation VALUES (?1, ?2, ?3, ?4)")?;
    for facts in facts {
        let seq = number(facts.seq);
        let [x, y, z] = facts.place.map(point).map_or([None; 3], |point| point.map(Some));
        event.execute(params![
            seq,
            facts.received.as_microsecond(),
            facts.authored.map(Timestamp::as_microsecond),
            facts.observed.map(Timestamp::as_microsecond),
            facts.ivoid,
            facts.role,
            facts.author,
            facts.author.as_ref().map(|author| author.to_lowercase()),
            facts.source,
            marks(facts),
            facts.place.map(|place| place.ra),
            facts.place.map(|place| place.dec),
            facts.place.and_then(|place| place.error),
            x,
            y,
            z,
        ])?;
        for (place, Cited { ivoid, relation }) in (0_i64..).zip(&facts.citations) {
            citation.execute(params![seq, place, ivoid, relation])?;
        }
    }
    Ok(())
}

/// A place as a point on the unit sphere, which no pole and no zero of right ascension divides.
pub(super) fn point(place: Place) -> [f64; 3] {
    let (sin_ra, cos_ra) = place.ra.to_radians().sin_cos();
    let (sin_dec, cos_dec) = place.dec.to_radians().sin_cos();
    [cos_dec * cos_ra, cos_dec * sin_ra, sin_dec]
}

/// Whether SQLite finds nothing amiss with the file, all of which it reads for it.
fn is_sound(database: &Connection) -> Result<bool, IndexError> {
    let verdict: String = database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        tracing::warn!(verdict, "the index is made anew from the log");
    }
    Ok(verdict == "ok")
}

fn tune(database: &Connection) -> Result<(), IndexError> {
    database.busy_timeout(PATIENCE)?;
    // Readers go on while it is written. A power cut takes the last pieces, which are read from the log again.
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "NORMAL")?;
    database.pragma_update(None, "cache_size", -CACHE_KIB)?;
    database.pragma_update(None, "journal_size_limit", JOURNAL_BYTES)?;
    database.pragma_update(None, "wal_autocheckpoint", JOURNAL_PAGES)?;
    Ok(())
}

fn marks(facts: &Facts) -> i64 {
    let mark = |is_set, mark| if is_set { mark } else { 0 };
    mark(!facts.citations.is_empty(), CITES)
        | mark(facts.conflict, CONFLICT)
        | mark(facts.is_flagged, FLAGGED)
        | mark(facts.is_imported, IMPORTED)
}

/// A place as the database counts it. No log comes to the end of either.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
