//! What [`handler!`](crate::handler!) exports: the broker's calls, made into those of the handler's functions.

pub use crate::bindings::exports::philae::handler::handler::{Description, Envelope, Failure, Guest};

use crate::event::Event;
use crate::handler::Handler;
use crate::logger;

/// Says what the handler is.
#[must_use]
pub fn describe(handler: &Handler) -> Description {
    Description {
        name: handler.name.to_owned(),
        version: handler.version.to_owned(),
        roles: handler.roles.to_vec(),
        streams: handler.streams.iter().map(|&stream| stream.to_owned()).collect(),
    }
}

/// Looks whether its settings make sense.
///
/// # Errors
/// They do not; why.
pub fn init(handler: &Handler) -> Result<(), String> {
    logger::install();
    (handler.init)().map_err(|error| error.to_string())
}

/// Handles an event.
///
/// # Errors
/// As the handler says.
pub fn handle(handler: &Handler, envelope: Envelope) -> Result<(), Failure> {
    logger::install();
    (handler.handle)(&Event::new(envelope)).map_err(|error| {
        if error.is_retry() {
            Failure::Retry(error.to_string())
        } else {
            Failure::Permanent(error.to_string())
        }
    })
}
