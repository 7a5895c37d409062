//! The keys that a settings file may have: one row each. What stands in `[config]` and `environment` is the handler's.

use crate::config::{Shape, nearest};

/// A key with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Enabled,
    Roles,
    Streams,
    Filter,
    Start,
    Concurrency,
    Attempts,
    FirstWait,
    LongestWait,
    Memory,
    Time,
    Log,
    Output,
    State,
    Publications,
    Publish,
    Http,
    Tcp,
    FolderHost,
    FolderGuest,
    FolderWritable,
}

/// A table whose keys are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// What stands above all tables.
    Top,
    Retry,
    Limits,
    Grants,
    /// One of the list `grants.folders`.
    Folder,
}

impl Key {
    pub(super) const ALL: [Self; 21] = [
        Self::Enabled,
        Self::Roles,
        Self::Streams,
        Self::Filter,
        Self::Start,
        Self::Concurrency,
        Self::Attempts,
        Self::FirstWait,
        Self::LongestWait,
        Self::Memory,
        Self::Time,
        Self::Log,
        Self::Output,
        Self::State,
        Self::Publications,
        Self::Publish,
        Self::Http,
        Self::Tcp,
        Self::FolderHost,
        Self::FolderGuest,
        Self::FolderWritable,
    ];

    const fn row(self) -> (Table, &'static str, Shape) {
        match self {
            Self::Enabled => (Table::Top, "enabled", Shape::Switch),
            Self::Roles => (Table::Top, "roles", Shape::Texts),
            Self::Streams => (Table::Top, "streams", Shape::Texts),
            Self::Filter => (Table::Top, "filter", Shape::Texts),
            Self::Start => (Table::Top, "start", Shape::Moment),
            Self::Concurrency => (Table::Top, "concurrency", Shape::Count),
            Self::Attempts => (Table::Retry, "attempts", Shape::Count),
            Self::FirstWait => (Table::Retry, "first-wait", Shape::Duration),
            Self::LongestWait => (Table::Retry, "longest-wait", Shape::Duration),
            Self::Memory => (Table::Limits, "memory", Shape::Size),
            Self::Time => (Table::Limits, "time", Shape::Duration),
            Self::Log => (Table::Limits, "log", Shape::Size),
            Self::Output => (Table::Limits, "output", Shape::Size),
            Self::State => (Table::Limits, "state", Shape::Size),
            Self::Publications => (Table::Limits, "publish", Shape::Count),
            Self::Publish => (Table::Grants, "publish", Shape::Switch),
            Self::Http => (Table::Grants, "http", Shape::Texts),
            Self::Tcp => (Table::Grants, "tcp", Shape::Texts),
            Self::FolderHost => (Table::Folder, "host", Shape::Text),
            Self::FolderGuest => (Table::Folder, "guest", Shape::Text),
            Self::FolderWritable => (Table::Folder, "writable", Shape::Switch),
        }
    }

    pub(super) const fn table(self) -> Table {
        self.row().0
    }

    pub(super) const fn name(self) -> &'static str {
        self.row().1
    }

    pub(super) const fn shape(self) -> Shape {
        self.row().2
    }
}

impl Table {
    /// How the table is written; nothing for what stands above all of them.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Top => "",
            Self::Retry => "retry",
            Self::Limits => "limits",
            Self::Grants => "grants",
            Self::Folder => "grants.folders",
        }
    }

    /// The tables within it.
    const fn inner(self) -> &'static [&'static str] {
        match self {
            Self::Top => &["retry", "config", "limits", "grants"],
            Self::Grants => &["folders", "environment"],
            Self::Retry | Self::Limits | Self::Folder => &[],
        }
    }

    /// A name in it with the names of the tables before it.
    pub(super) fn full_name(self, name: &str) -> String {
        if self == Self::Top { name.to_owned() } else { format!("{}.{name}", self.path()) }
    }

    pub(super) fn keys(self) -> impl Iterator<Item = Key> + Clone {
        Key::ALL.into_iter().filter(move |key| key.table() == self)
    }

    pub(super) fn find(self, name: &str) -> Option<Key> {
        self.keys().find(|key| key.name() == name)
    }

    /// What to do about a name that it does not have, and the key that was likely meant.
    pub(super) fn advice(self, name: &str) -> (String, Option<Key>) {
        let inner = self.inner().iter().map(|name| (None, *name));
        let known = self.keys().map(|key| (Some(key), key.name())).chain(inner);
        if let Some((key, near)) = nearest(name, known.clone()) {
            return (format!("there is no such key; did you mean '{near}'?"), key);
        }
        let elsewhere = Key::ALL.into_iter().find(|key| key.name() == name && key.table() != Self::Folder);
        let text = match elsewhere.map(Key::table) {
            Some(Self::Top) => "it has no place in a table; move it above the first".to_owned(),
            Some(table) => format!("it has no place here; move it into [{}]", table.path()),
            None => {
                let names: Vec<&str> = known.map(|(_, name)| name).collect();
                format!("there is no such key; remove it, here may stand {}", names.join(", "))
            }
        };
        (text, None)
    }
}
