//! The text of a settings file as entries by key, each with its place, and every fault of form.
//!
//! A faulty value reads as absent, so that reading goes on and finds the next fault.

use std::collections::BTreeMap;
use std::fmt::Display;

use toml_edit::{Item, TableLike, Value};

use super::free;
use super::key::{Key, Table};
use crate::config::{Entry, Fault, Faults, Place, Source, mistyped};

/// What a file says, on its way to being settings.
pub(super) struct Reader {
    entries: BTreeMap<Key, Entry>,
    folders: Vec<FolderTable>,
    pub(super) config: BTreeMap<String, String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) faults: Vec<Fault>,
}

/// One of the list `grants.folders`.
pub(super) struct FolderTable {
    pub(super) place: Place,
    entries: BTreeMap<Key, Entry>,
}

impl Reader {
    pub(super) fn read(name: &str, text: &str) -> Self {
        let source = Source::new(name, text);
        let mut reader = Self {
            entries: BTreeMap::new(),
            folders: Vec::new(),
            config: BTreeMap::new(),
            environment: BTreeMap::new(),
            faults: Vec::new(),
        };
        match source.parse() {
            Ok(document) => {
                let entries = reader.table(&source, Table::Top, document.as_table());
                reader.entries.extend(entries);
            }
            Err(fault) => reader.faults.push(fault),
        }
        reader
    }

    /// The value of a key that has one, with its place.
    pub(super) fn placed<T, E: Display>(
        &mut self,
        key: Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<(Place, T)> {
        self.entries.get(&key).and_then(|entry| entry.parsed(&mut self.faults, parse).pop())
    }

    /// The value of a key that has one.
    pub(super) fn one<T, E: Display>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        self.placed(key, parse).map(|(_, value)| value)
    }

    /// All values of a key.
    pub(super) fn many<T, E: Display>(&mut self, key: Key, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let values = self.entries.get(&key).map(|entry| entry.parsed(&mut self.faults, parse));
        values.into_iter().flatten().map(|(_, value)| value).collect()
    }

    /// The place of a key whose list has nothing in it.
    pub(super) fn empty_list(&self, key: Key) -> Option<Place> {
        let entry = self.entries.get(&key)?;
        (entry.values.is_empty() && !entry.is_damaged).then(|| entry.place.clone())
    }

    pub(super) fn folders(&mut self) -> Vec<FolderTable> {
        std::mem::take(&mut self.folders)
    }

    pub(super) fn fault(&mut self, place: Place, text: impl Into<String>) {
        self.faults.push(Fault { place, text: text.into() });
    }

    pub(super) fn finish(self) -> Option<Faults> {
        Faults::new(self.faults)
    }

    fn table(&mut self, source: &Source<'_>, table: Table, items: &dyn TableLike) -> BTreeMap<Key, Entry> {
        let mut entries = BTreeMap::new();
        for (name, item) in items.iter() {
            let full_name = table.full_name(name);
            let place = source.place(items.key(name).and_then(toml_edit::Key::span), Some(&full_name));
            if let Some(key) = table.find(name) {
                entries.insert(key, source.entry(&full_name, place, item, key.shape(), &mut self.faults));
                continue;
            }
            match (table, name) {
                (Table::Top, "retry") => self.inner(source, Table::Retry, place, item),
                (Table::Top, "limits") => self.inner(source, Table::Limits, place, item),
                (Table::Top, "grants") => self.inner(source, Table::Grants, place, item),
                (Table::Top, "config") => {
                    self.config = self.free(source, &full_name, place, item, free::text)
                }
                (Table::Grants, "environment") => {
                    self.environment = self.free(source, &full_name, place, item, free::variable);
                }
                (Table::Grants, "folders") => self.folder_tables(source, place, item),
                _ => {
                    let (text, meant) = table.advice(name);
                    self.fault(place.clone(), text);
                    // Its absence is not a second fault.
                    let damaged = Entry { place, values: Vec::new(), is_damaged: true };
                    meant.map(|key| entries.entry(key).or_insert(damaged));
                }
            }
        }
        entries
    }

    fn inner(&mut self, source: &Source<'_>, table: Table, place: Place, item: &Item) {
        match item.as_table_like() {
            Some(items) => {
                let entries = self.table(source, table, items);
                self.entries.extend(entries);
            }
            None => self.no_table(place, item, table.path()),
        }
    }

    /// Reads a table whose keys are the handler's.
    fn free(
        &mut self,
        source: &Source<'_>,
        table: &str,
        place: Place,
        item: &Item,
        read: fn(&str, &Item) -> Result<String, String>,
    ) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        match item.as_table_like() {
            Some(items) => {
                for (name, item) in items.iter() {
                    match read(name, item) {
                        Ok(text) => drop(texts.insert(name.to_owned(), text)),
                        Err(text) => {
                            let span = items.key(name).and_then(toml_edit::Key::span);
                            self.fault(source.place(span, Some(&format!("{table}.{name}"))), text);
                        }
                    }
                }
            }
            None => self.no_table(place, item, table),
        }
        texts
    }

    /// Reads the list, in either form that TOML has for one of tables.
    fn folder_tables(&mut self, source: &Source<'_>, place: Place, item: &Item) {
        match item {
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    self.folder(source, table.span(), table);
                }
            }
            Item::Value(Value::Array(array)) if array.iter().all(Value::is_inline_table) => {
                for value in array {
                    if let Some(table) = value.as_inline_table() {
                        self.folder(source, value.span(), table);
                    }
                }
            }
            Item::None | Item::Value(_) | Item::Table(_) => {
                let expected = r#"a list such as [{ host = "/srv/alerts", guest = "/out" }]"#;
                self.faults.push(mistyped(place, item.type_name(), expected));
            }
        }
    }

    fn folder(&mut self, source: &Source<'_>, span: Option<std::ops::Range<usize>>, items: &dyn TableLike) {
        let place = source.place(span, Some(Table::Folder.path()));
        let entries = self.table(source, Table::Folder, items);
        self.folders.push(FolderTable { place, entries });
    }

    fn no_table(&mut self, place: Place, item: &Item, table: &str) {
        let expected = format!("[{table}] in a line of its own, and its keys below it");
        self.faults.push(mistyped(place, item.type_name(), &expected));
    }
}

impl FolderTable {
    /// The value of a key that has one, with its place.
    pub(super) fn placed<T, E: Display>(
        &self,
        reader: &mut Reader,
        key: Key,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<(Place, T)> {
        self.entries.get(&key).and_then(|entry| entry.parsed(&mut reader.faults, parse).pop())
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.entries.contains_key(&key)
    }
}
