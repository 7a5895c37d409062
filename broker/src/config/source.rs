//! The text of a TOML file: where its keys stand, and their values as they were written.
//!
//! Whoever has settings in TOML reads them through here, so that all faults are told alike: file, line and key, what
//! stands there, and what to write. A syntax error or a duplicate key ends the reading, so there is one of them at
//! most: nothing after it can be trusted. What the values mean is left to the reader's own rules.

use std::ops::Range;
use std::sync::Arc;

use toml_edit::{Document, Item, Value};

use super::fault::{Fault, Place};
use super::given::{Entry, Written};
use super::key::Shape;

/// The text of a file, under the name that faults call it by.
pub(crate) struct Source<'t> {
    name: Arc<str>,
    text: &'t str,
}

impl<'t> Source<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> Self {
        Self { name: name.into(), text }
    }

    /// Reads the text as TOML.
    ///
    /// # Errors
    /// The first fault of its syntax.
    pub(crate) fn parse(&self) -> Result<Document<&'t str>, Fault> {
        Document::parse(self.text).map_err(|error| {
            let text = format!("{}; mend the TOML here", error.message());
            Fault { place: self.place(error.span(), None), text }
        })
    }

    /// The place at which something stands.
    pub(crate) fn place(&self, span: Option<Range<usize>>, key: Option<&str>) -> Place {
        let file = Arc::clone(&self.name);
        match span.and_then(|span| self.text.as_bytes().get(..span.start)) {
            Some(before) => {
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                Place::Line { file, line, key: key.map(str::to_owned) }
            }
            None => Place::File(file),
        }
    }

    /// The values of a key, as they were written; what cannot be one is a fault and leaves the entry damaged.
    pub(crate) fn entry(
        &self,
        name: &str,
        place: Place,
        item: &Item,
        shape: Shape,
        faults: &mut Vec<Fault>,
    ) -> Entry {
        let mut entry = Entry { place, values: Vec::new(), is_damaged: false };
        let fault = match item.as_value() {
            Some(Value::Array(array)) if shape.is_list() => {
                for value in array {
                    self.value(&mut entry, name, value, shape, faults);
                }
                return entry;
            }
            Some(value) if !shape.is_list() => {
                self.value(&mut entry, name, value, shape, faults);
                return entry;
            }
            Some(_) | None => mistyped(entry.place.clone(), item.type_name(), shape.expected()),
        };
        entry.is_damaged = true;
        faults.push(fault);
        entry
    }

    fn value(&self, entry: &mut Entry, name: &str, value: &Value, shape: Shape, faults: &mut Vec<Fault>) {
        let place = self.place(value.span(), Some(name));
        let text = match value {
            Value::String(text) if shape.takes_text() => Some(text.value().clone()),
            Value::Integer(number) if shape.takes_number() => Some(number.value().to_string()),
            Value::Boolean(switch) if shape == Shape::Switch => Some(switch.value().to_string()),
            Value::Datetime(moment) if shape == Shape::Moment => Some(moment.value().to_string()),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::InlineTable(_) => None,
        };
        match text {
            Some(text) => entry.values.push(Written { text, place }),
            None => {
                entry.is_damaged = true;
                faults.push(mistyped(place, value.type_name(), shape.expected_within()));
            }
        }
    }
}

/// The fault of something that stands where something else is wanted; `found` is what TOML calls it.
pub(crate) fn mistyped(place: Place, found: &str, expected: &str) -> Fault {
    let found = match found {
        "string" => "text in quotes",
        "integer" => "a number",
        "float" => "a fraction",
        "boolean" => "true or false",
        "datetime" => "a date",
        "array" => "a list",
        _ => "a table",
    };
    Fault { place, text: format!("{found} stands here; write {expected}") }
}
