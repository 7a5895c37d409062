//! Cursors: a place in a broadcaster's log, so that a subscriber can come back to where it was.
//!
//! Philae's own addition to VTP, carried in Meta Params that other peers ignore: a broadcaster says in `authenticate`
//! and `iamalive` how far it has come with this subscriber, and a subscriber that returns gives back the last place
//! up to which it has everything safe. A cursor names the log that it belongs to, because a position in one log
//! means nothing in another.

use std::fmt;
use std::str::FromStr;

/// The Param that carries a cursor: from a broadcaster how far it has come, from a subscriber how far it has got.
pub(crate) const PARAM: &str = "philae-cursor";
/// The Param by which a broadcaster confirms that it goes on from a cursor it was given.
pub(crate) const RESUMED_PARAM: &str = "philae-resumed";

/// Longest name of a log.
const MAX_LOG_BYTES: usize = 64;

/// A place in a log: all up to and including `position` lies behind it. Written `LOG:POSITION`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    log: Box<str>,
    position: u64,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is written LOG:POSITION, letters and digits, then a number")]
pub struct CursorError;

impl Cursor {
    /// A place in the log of that name.
    ///
    /// # Errors
    /// If the name is empty, longer than 64 bytes, or has other characters than ASCII letters and digits.
    pub fn new(log: &str, position: u64) -> Result<Self, CursorError> {
        let sound = !log.is_empty()
            && log.len() <= MAX_LOG_BYTES
            && log.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if sound { Ok(Self { log: log.into(), position }) } else { Err(CursorError) }
    }

    /// The log that the place is in.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.log
    }

    /// The number of the last event that lies behind it; 0 is the start of the log.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Another place in the same log.
    #[must_use]
    pub fn at(&self, position: u64) -> Self {
        Self { log: self.log.clone(), position }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.log, self.position)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (log, position) = text.split_once(':').ok_or(CursorError)?;
        Self::new(log, position.parse().map_err(|_| CursorError)?)
    }
}
