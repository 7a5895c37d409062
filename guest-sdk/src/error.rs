//! Why an event was not handled: worth another try, or not.

use std::any::Any;
use std::fmt::{self, Display};
use std::io;

/// What a handler answers. An event is done with after `Ok`; [`Error`] says what happens otherwise.
pub type Outcome = Result<(), Error>;

/// The result of whatever may fail in a handler.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an event was not handled.
///
/// The broker calls again for an event that ends with [`Error::retry`], after a growing wait, as often as the settings say.
/// One that ends with [`Error::permanent`] goes to the handler's quarantine at once, where the operator sees it and can have
/// it tried again. Either way nothing of what the call wrote or published remains.
///
/// `?` makes one of any error of the standard library or of a crate. It is permanent, because nearly all of them are about the
/// event itself, which is the same the next time (a text that is no number, a Param that is missing), and because a quarantined
/// event is not lost. Only [`io::Error`] is worth a retry: files and peers come back. [`Context`] decides otherwise.
///
/// ```
/// use philae_guest::prelude::*;
///
/// fn magnitude(text: &str) -> Result<f64> {
///     Ok(text.parse::<f64>()?)
/// }
/// assert!(!magnitude("bright").unwrap_err().is_retry());
/// assert!(Error::retry("the archive is closed").is_retry());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    reason: String,
    is_retry: bool,
}

impl Error {
    /// Something that may be different later.
    pub fn retry(reason: impl Display) -> Self {
        Self { reason: reason.to_string(), is_retry: true }
    }

    /// Something that will never be different.
    pub fn permanent(reason: impl Display) -> Self {
        Self { reason: reason.to_string(), is_retry: false }
    }

    /// Whether the broker is to call again for the same event.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.is_retry
    }

    /// The same, with what could not be done in front of it.
    #[must_use]
    pub fn during(self, doing: impl Display) -> Self {
        Self { reason: format!("{doing}: {}", self.reason), ..self }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

// This type is no `std::error::Error` itself, or the conversion from all of those would overlap with `From<T> for T`.
impl<E: std::error::Error + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let is_retry = as_any(&error).is::<io::Error>();
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        Self { reason, is_retry }
    }
}

fn as_any(error: &(impl std::error::Error + 'static)) -> &dyn Any {
    error
}

/// Says of any `Result` or `Option` what could not be done, and whether to try again.
///
/// ```
/// use philae_guest::prelude::*;
///
/// let found: Option<u32> = None;
/// let error = found.or_permanent("there is no trigger number").unwrap_err();
/// assert_eq!(error.to_string(), "there is no trigger number");
///
/// let error = "x".parse::<u8>().or_retry("cannot read the counter").unwrap_err();
/// assert_eq!(error.to_string(), "cannot read the counter: invalid digit found in string");
/// ```
pub trait Context<T> {
    /// What is there, or an error that will never be different.
    ///
    /// # Errors
    /// It is not there; the text says what could not be done, and why if that is known.
    fn or_permanent(self, doing: impl Display) -> Result<T>;

    /// What is there, or an error that is worth another try.
    ///
    /// # Errors
    /// It is not there; the text says what could not be done, and why if that is known.
    fn or_retry(self, doing: impl Display) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn or_permanent(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Error { is_retry: false, ..error.into().during(doing) })
    }

    fn or_retry(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Error { is_retry: true, ..error.into().during(doing) })
    }
}

impl<T> Context<T> for Option<T> {
    fn or_permanent(self, doing: impl Display) -> Result<T> {
        self.ok_or_else(|| Error::permanent(doing))
    }

    fn or_retry(self, doing: impl Display) -> Result<T> {
        self.ok_or_else(|| Error::retry(doing))
    }
}
