//! The handler's own settings: the table `[config]` of its settings file.
//!
//! ```toml
//! [config]
//! latitude = -30.24
//! names = ["SWIFT", "FERMI"]
//! ```
//!
//! Values become what is asked for: a number that was written as `"5"` is read as a number too.
//!
//! ```
//! use philae_guest::{prelude::*, testing::Broker};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields, rename_all = "kebab-case")]
//! struct Site {
//!     latitude: f64,
//!     #[serde(default)]
//!     height: f64,
//! }
//!
//! fn init() -> Outcome {
//!     let site: Site = config::all()?;
//!     let names: Vec<String> = config::get("names").or_else(|_| Ok::<_, Error>(vec![]))?;
//!     # assert_eq!((site.latitude, site.height, names.len()), (-30.24, 0.0, 0));
//!     Ok(())
//! }
//!
//! Broker::new().config("latitude", -30.24).init(init).unwrap();
//! ```

mod value;

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;

use crate::broker;
use crate::error::{Error, Result};
use value::Value;

/// One setting.
///
/// # Errors
/// It is not there, or is of another kind; the text names it.
pub fn get<T: DeserializeOwned>(key: &str) -> Result<T> {
    optional(key)?.ok_or_else(|| Error::permanent(format_args!("the settings lack {key:?} in [config]")))
}

/// One setting, if it is there.
///
/// # Errors
/// It is of another kind; the text names it.
pub fn optional<T: DeserializeOwned>(key: &str) -> Result<Option<T>> {
    let value = broker::config::get(key).map(|text| T::deserialize(Value(text)));
    value.transpose().map_err(|error| Error::permanent(format_args!("setting {key:?} in [config]: {error}")))
}

/// All settings at once, into a struct of the handler's own.
///
/// Inside of `flatten` and untagged enums serde does not say what it looks for: there texts that look like JSON are read as such.
///
/// # Errors
/// A setting is missing or of another kind, or there is one that the struct does not know and `deny_unknown_fields` is set.
pub fn all<T: DeserializeOwned>() -> Result<T> {
    let settings = broker::config::all().into_iter().map(|(key, text)| (key, Value(text)));
    T::deserialize(MapDeserializer::new(settings))
        .map_err(|error| Error::permanent(format_args!("settings in [config]: {error}")))
}
