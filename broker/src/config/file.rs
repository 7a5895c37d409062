//! The TOML file: its keys and values as they were written, and every fault of form with its line.
//!
//! Syntax errors and duplicate keys end the reading, so there is one of them at most: nothing after it can be trusted.
//! What the values mean is judged later, with the flags.

mod tables;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use toml_edit::{Document, Item, Value};

use self::tables::ENDPOINT;
use super::fault::Place;
use super::given::{Entry, Given, Written};
use super::key::{Key, Shape};

impl Given {
    /// Reads the text of a configuration file; `name` is what faults call it.
    #[must_use]
    pub fn from_toml(name: &str, text: &str) -> Self {
        let mut file = File { name: name.into(), text, given: Self::default() };
        match Document::parse(text) {
            Ok(document) => file.read(&document),
            Err(error) => {
                let place = file.place(error.span(), None);
                file.given.fault(place, format!("{}; mend the TOML here", error.message()));
                file.given.is_partial = true;
            }
        }
        file.given
    }

    /// Records that a configuration file could not be read.
    #[must_use]
    pub fn from_unreadable(name: &str, error: &io::Error) -> Self {
        let mut given = Self::default();
        given.is_partial = true;
        given.fault(
            Place::File(name.into()),
            format!("the file cannot be read: {error}; name a readable one with --config"),
        );
        given
    }
}

struct File<'t> {
    name: Arc<str>,
    text: &'t str,
    given: Given,
}

impl File<'_> {
    fn read(&mut self, document: &Document<&str>) {
        let (known, unknown): (Vec<_>, Vec<_>) =
            document.iter().partition(|(name, _)| Key::find(name).is_some());
        for (name, item) in known.into_iter().chain(unknown) {
            let place = self.place(document.key(name).and_then(toml_edit::Key::span), Some(name));
            match Key::find(name) {
                Some(key) => self.option(key, name, &place, item),
                None if name == ENDPOINT => self.endpoints(place, item),
                None => self.unknown(name, place),
            }
        }
    }

    fn option(&mut self, key: Key, name: &str, place: &Place, item: &Item) {
        if let Some(first) = self.given.entry(key) {
            let text = format!("the same option stands at {}; keep one of them", first.place);
            return self.given.fault(place.clone(), text);
        }
        let entry = self.entry(name, place.clone(), item, key.shape());
        self.given.insert(key, entry);
    }

    /// The values of a key, as they were written; what cannot be one is a fault and leaves the entry damaged.
    fn entry(&mut self, name: &str, place: Place, item: &Item, shape: Shape) -> Entry {
        let mut entry = Entry { place: place.clone(), values: Vec::new(), is_damaged: false };
        match item.as_value() {
            Some(Value::Array(array)) if shape.is_list() => {
                for value in array {
                    self.value(&mut entry, name, value, shape);
                }
            }
            Some(value) if !shape.is_list() => self.value(&mut entry, name, value, shape),
            Some(_) | None => {
                entry.is_damaged = true;
                self.mistyped(place, item.type_name(), shape.expected());
            }
        }
        entry
    }

    fn value(&mut self, entry: &mut Entry, name: &str, value: &Value, shape: Shape) {
        let place = self.place(value.span(), Some(name));
        let text = match value {
            Value::String(text) if shape.takes_text() => Some(text.value().clone()),
            Value::Integer(number) if shape.takes_number() => Some(number.value().to_string()),
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
                self.mistyped(place, value.type_name(), shape.expected_within());
            }
        }
    }

    /// Takes a misspelt key as given, so that its absence is not reported as a second fault.
    fn unknown(&mut self, name: &str, place: Place) {
        let Some((key, near)) = Key::nearest(name) else {
            let text = "there is no such option; remove it, philae run --help lists all";
            return self.given.fault(place, text);
        };
        self.given.fault(place.clone(), format!("there is no such option; did you mean '{near}'?"));
        if self.given.entry(key).is_none() {
            self.given.insert(key, Entry { place, values: Vec::new(), is_damaged: true });
        }
    }

    fn mistyped(&mut self, place: Place, found: &str, expected: &str) {
        let found = match found {
            "string" => "text in quotes",
            "integer" => "a number",
            "float" => "a fraction",
            "boolean" => "true or false",
            "datetime" => "a date",
            "array" => "a list",
            _ => "a table",
        };
        self.given.fault(place, format!("{found} stands here; write {expected}"));
    }

    fn place(&self, span: Option<Range<usize>>, key: Option<&str>) -> Place {
        let file = Arc::clone(&self.name);
        match span.and_then(|span| self.text.as_bytes().get(..span.start)) {
            Some(before) => {
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                Place::Line { file, line, key: key.map(str::to_owned) }
            }
            None => Place::File(file),
        }
    }
}
