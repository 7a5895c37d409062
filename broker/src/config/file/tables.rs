//! The tables of the file: `[[endpoint]]`, each with its keys as they were written; `rules` reads the lists of rules.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value};

use super::File;
use crate::config::endpoint::{Setting, Table};
use crate::config::fault::Place;
use crate::config::key::Key;

/// The name of the tables.
pub(super) const ENDPOINT: &str = "endpoint";

impl File<'_> {
    /// Reads the tables, in either form that TOML has for a list of them.
    pub(super) fn endpoints(&mut self, place: Place, item: &Item) {
        match item {
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    let place = self.place(table.span(), Some(ENDPOINT));
                    self.endpoint(place, table);
                }
            }
            Item::Value(Value::Array(array)) if array.iter().all(Value::is_inline_table) => {
                for value in array {
                    let place = self.place(value.span(), Some(ENDPOINT));
                    if let Some(table) = value.as_inline_table() {
                        self.endpoint(place, table);
                    }
                }
            }
            Item::None | Item::Value(_) | Item::Table(_) => {
                self.mistyped(
                    place,
                    item.type_name(),
                    "[[endpoint]] in a line of its own, and below it 'at' and what holds there",
                );
            }
        }
    }

    fn endpoint(&mut self, place: Place, written: &dyn TableLike) {
        let mut table = Table { place, settings: BTreeMap::new(), rules: BTreeMap::new() };
        for (name, item) in written.iter() {
            let full_name = format!("{ENDPOINT}.{name}");
            let place = self.place(written.key(name).and_then(toml_edit::Key::span), Some(&full_name));
            match Setting::find(name) {
                Some(setting) => match setting.shape() {
                    Some(shape) => {
                        let entry = self.entry(&full_name, place, item, shape);
                        table.settings.insert(setting, entry);
                    }
                    None => {
                        let rules = self.rules(&full_name, place, item);
                        table.rules.insert(setting, rules);
                    }
                },
                None => self.unknown_setting(name, place),
            }
        }
        self.given.tables.push(table);
    }

    fn unknown_setting(&mut self, name: &str, place: Place) {
        let near =
            Setting::ALL.into_iter().map(Setting::name).find(|known| strsim::osa_distance(known, name) <= 1);
        let text = match near {
            Some(near) => format!("there is no such option; did you mean '{near}'?"),
            None if Key::find(name).is_some() => {
                "it concerns the whole broker; move it above the first [[endpoint]]".to_owned()
            }
            None => {
                let names = Setting::ALL.map(Setting::name).join(", ");
                format!("an endpoint has no such option; remove it, it may have {names}")
            }
        };
        self.given.fault(place, text);
    }
}
