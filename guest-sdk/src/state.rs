//! What lasts from one event to the next: the handler's own keys and values, which nobody else sees.
//!
//! Memory does not: every event gets a fresh instance. Values are kept as JSON. What a call writes takes effect if it
//! succeeds, together with its end; of a call that fails nothing remains.
//!
//! ```
//! use philae_guest::{prelude::*, testing::Broker};
//!
//! fn handler(event: &Event) -> Outcome {
//!     let count = state::increment("events", 1)?;
//!     state::update("streams", |streams: Option<Vec<String>>| {
//!         let mut streams = streams.unwrap_or_default();
//!         streams.push(event.stream().to_owned());
//!         streams
//!     })?;
//!     log::info!("{count}");
//!     Ok(())
//! }
//!
//! let broker = Broker::new();
//! broker.handle(handler, &Packet::new("ivo://a.b/c#d")).unwrap();
//! assert_eq!(broker.state::<i64>("events"), Some(1));
//! assert_eq!(broker.state::<Vec<String>>("streams"), Some(vec!["ivo://a.b/c".to_owned()]));
//! ```

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::philae::handler::state::StateError;
use crate::broker;
use crate::error::{Error, Result};

/// How often [`update`] starts over when somebody else was faster.
const TRIES: usize = 16;

/// The value of a key, if it has one that has not expired.
///
/// # Errors
/// The value is no `T`: permanent, because it stays what it is.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    broker::state::get(key).map(|bytes| decode(key, &bytes)).transpose()
}

/// Sets a value for good.
///
/// # Errors
/// The quota does not hold it, or the key is empty or longer than 256 bytes.
pub fn set<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<()> {
    broker::state::set(key, &encode(key, value)?, None).map_err(|error| refused(key, error))
}

/// Sets a value that expires, in whole seconds rounded up.
///
/// # Errors
/// The quota does not hold it, or the key is empty or longer than 256 bytes.
pub fn set_for<T: Serialize + ?Sized>(key: &str, value: &T, lifetime: Duration) -> Result<()> {
    let seconds = lifetime.as_secs() + u64::from(lifetime.subsec_nanos() > 0);
    broker::state::set(key, &encode(key, value)?, Some(seconds)).map_err(|error| refused(key, error))
}

/// Removes a key; nothing happens if it is not there.
pub fn delete(key: &str) {
    broker::state::delete(key);
}

/// Adds to a whole number, absent counting as 0, and returns the sum. [`get`] reads it as a number.
///
/// # Errors
/// The value is no whole number, or cannot be set.
pub fn increment(key: &str, by: i64) -> Result<i64> {
    broker::state::increment(key, by).map_err(|error| refused(key, error))
}

/// Replaces a value by what `change` makes of it, and returns that. It may call `change` more than once: events that are
/// handled at the same time do not overwrite each other's changes.
///
/// # Errors
/// The value is no `T` or cannot be set; or others keep changing it, which is worth a retry.
pub fn update<T: Serialize + DeserializeOwned>(
    key: &str,
    mut change: impl FnMut(Option<T>) -> T,
) -> Result<T> {
    for _ in 0..TRIES {
        let old = broker::state::get(key);
        let new = change(old.as_deref().map(|bytes| decode(key, bytes)).transpose()?);
        let swapped = broker::state::compare_and_swap(key, old.as_deref(), &encode(key, &new)?);
        if swapped.map_err(|error| refused(key, error))? {
            return Ok(new);
        }
    }
    Err(Error::retry(format_args!("state {key:?} is changed by others all the time")))
}

/// The keys that begin with a prefix, sorted, no more than `limit`.
#[must_use]
pub fn keys(prefix: &str, limit: u32) -> Vec<String> {
    broker::state::keys(prefix, limit)
}

fn decode<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::from(error).during(format_args!("state {key:?}")))
}

fn encode<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::from(error).during(format_args!("state {key:?}")))
}

/// Permanent: it takes an operator, who finds the event in quarantine.
fn refused(key: &str, error: StateError) -> Error {
    let reason = match error {
        StateError::Quota(quota) => format!("the quota of {quota} bytes does not hold it"),
        StateError::BadKey => "a key has from 1 to 256 bytes".to_owned(),
        StateError::NotANumber => "the value is no whole number".to_owned(),
    };
    Error::permanent(format_args!("state {key:?}: {reason}"))
}
