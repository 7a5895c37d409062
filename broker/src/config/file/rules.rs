//! The rules in a table `[[endpoint]]`, each with its keys as they were written.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value};

use super::File;
use crate::config::endpoint::rules::{RuleKey, RuleList, RuleTable};
use crate::config::fault::Place;

/// What to write where a rule is wanted.
const EXPECTED: &str = "a rule in braces, such as { role = [\"test\"] }";

impl File<'_> {
    /// Reads a list of rules, in either form that TOML has for one; `name` is its key's, in full.
    pub(super) fn rules(&mut self, name: &str, place: Place, item: &Item) -> RuleList {
        let mut list = RuleList { place: place.clone(), rules: Vec::new(), is_damaged: false };
        match item {
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    let place = self.place(table.span(), Some(name));
                    list.rules.push(self.rule(name, place, table));
                }
            }
            Item::Value(Value::Array(array)) => {
                for value in array {
                    let place = self.place(value.span(), Some(name));
                    match value.as_inline_table() {
                        Some(table) => list.rules.push(self.rule(name, place, table)),
                        None => {
                            list.is_damaged = true;
                            self.mistyped(place, value.type_name(), EXPECTED);
                        }
                    }
                }
            }
            Item::None | Item::Value(_) | Item::Table(_) => {
                list.is_damaged = true;
                self.mistyped(place, item.type_name(), "a list of rules, such as [{ role = [\"test\"] }]");
            }
        }
        list
    }

    fn rule(&mut self, list: &str, place: Place, table: &dyn TableLike) -> RuleTable {
        let mut rule = RuleTable { place, keys: BTreeMap::new(), is_damaged: false };
        for (name, item) in table.iter() {
            let full_name = format!("{list}.{name}");
            let place = self.place(table.key(name).and_then(toml_edit::Key::span), Some(&full_name));
            match RuleKey::find(name) {
                Some(key) => {
                    let entry = self.entry(&full_name, place, item, key.shape());
                    rule.keys.insert(key, entry);
                }
                None => {
                    rule.is_damaged = true;
                    self.given.fault(place, unknown(name));
                }
            }
        }
        rule
    }
}

fn unknown(name: &str) -> String {
    let names = RuleKey::ALL.map(RuleKey::name);
    let is_near = |known: &&str| strsim::osa_distance(known, name) <= known.len().div_ceil(4);
    match names.into_iter().find(is_near) {
        Some(near) => format!("a rule has no such key; did you mean '{near}'?"),
        None => format!("a rule has no such key; remove it, it may have {}", names.join(", ")),
    }
}
