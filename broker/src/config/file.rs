//! The configuration's TOML file: its keys and values as they were written, and every fault of form with its line.
//!
//! What the values mean is judged later, with the flags.

mod rules;
mod tables;

use std::io;
use std::ops::Range;

use toml_edit::{Document, Item};

use self::tables::ENDPOINT;
use super::fault::Place;
use super::given::{Entry, Given};
use super::key::{Key, Shape};
use super::source::{Source, mistyped};

impl Given {
    /// Reads the text of a configuration file; `name` is what faults call it.
    #[must_use]
    pub fn from_toml(name: &str, text: &str) -> Self {
        let mut file = File { source: Source::new(name, text), given: Self::default() };
        match file.source.parse() {
            Ok(document) => file.read(&document),
            Err(fault) => {
                file.given.faults.push(fault);
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
    source: Source<'t>,
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

    fn entry(&mut self, name: &str, place: Place, item: &Item, shape: Shape) -> Entry {
        self.source.entry(name, place, item, shape, &mut self.given.faults)
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
        self.given.faults.push(mistyped(place, found, expected));
    }

    fn place(&self, span: Option<Range<usize>>, key: Option<&str>) -> Place {
        self.source.place(span, key)
    }
}
