//! The tables of the index: format 1.
//!
//! Times are microseconds since 1970 in UTC, angles degrees, `x y z` the position as a point on the unit sphere. The
//! application's number and the format's tell an index from any other file; `about` says whose it is and how far it reaches.

use rusqlite::Connection;

use super::IndexError;
use crate::store::Seq;

/// "Phil", as the number that SQLite keeps in a file for its application.
const APPLICATION: i32 = 0x5068_696c;
/// Anything else is made anew. It rises with the tables and with what is read from packets into them.
const FORMAT: i32 = 1;

const TABLES: &str = "
CREATE TABLE about (log TEXT NOT NULL, reached INTEGER NOT NULL) STRICT;
CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    received INTEGER NOT NULL, authored INTEGER, observed INTEGER,
    ivoid TEXT NOT NULL, role TEXT NOT NULL, author TEXT, author_lower TEXT, source TEXT NOT NULL,
    marks INTEGER NOT NULL,
    ra REAL, dec REAL, error REAL, x REAL, y REAL, z REAL
) STRICT;
CREATE INDEX event_ivoid ON event (ivoid);
CREATE INDEX event_authored ON event (authored) WHERE authored IS NOT NULL;
CREATE INDEX event_observed ON event (observed) WHERE observed IS NOT NULL;
CREATE INDEX event_place ON event (dec, x, y, z) WHERE dec IS NOT NULL;
CREATE TABLE citation (
    seq INTEGER NOT NULL, place INTEGER NOT NULL, ivoid TEXT NOT NULL, relation TEXT,
    PRIMARY KEY (seq, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX citation_ivoid ON citation (ivoid);
";

/// Makes the tables of an empty database, for a log.
pub(super) fn make(database: &Connection, log: &str) -> Result<(), IndexError> {
    database.execute_batch(TABLES)?;
    database.execute("INSERT INTO about VALUES (?1, 0)", [log])?;
    database.pragma_update(None, "application_id", APPLICATION)?;
    database.pragma_update(None, "user_version", FORMAT)?;
    Ok(())
}

/// Takes the tables away.
pub(super) fn drop(database: &Connection) -> Result<(), IndexError> {
    Ok(database.execute_batch(
        "DROP TABLE IF EXISTS about; DROP TABLE IF EXISTS event; DROP TABLE IF EXISTS citation;",
    )?)
}

/// Whether a database is an index of this format for a log.
pub(super) fn is_of(database: &Connection, log: &str) -> Result<bool, IndexError> {
    let number = |name| database.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if number("application_id")? != APPLICATION || number("user_version")? != FORMAT {
        return Ok(false);
    }
    let own: String = database.query_row("SELECT log FROM about", [], |row| row.get(0))?;
    Ok(own == log)
}

/// The last place of the log that an index has looked at.
pub(super) fn reached(database: &Connection) -> Result<Seq, IndexError> {
    let reached: i64 = database.query_row("SELECT reached FROM about", [], |row| row.get(0))?;
    Ok(Seq(reached.cast_unsigned()))
}
