//! Rows and their columns: what a table and a CSV file have, and maps have not.
//!
//! Columns are settled by the first rows, of which no more than some MiB are held. What first comes later has no place any
//! more, and is told at the end: so memory is bounded however many rows there are, and however long.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::order::Head;
use super::value::{Value, sequence_json};
use crate::plain::excerpt;

/// How many rows settle the columns, and how much of them, the last of them beside it.
pub(super) const SETTLING: usize = 1_000;
pub(super) const SETTLING_BYTES: usize = 4 << 20;
/// The column of what is no map.
const VALUE: &str = "value";

/// A row: the values of columns, by name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row(Vec<(String, Json)>);

/// The columns, in order.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    /// Columns that came too late.
    left_out: BTreeSet<String>,
}

impl Row {
    /// The row of an item: which event it is of, then the entries of a map, or the one value.
    pub(super) fn new(head: Option<&Head>, value: &Value) -> Self {
        let entries: Vec<(String, Json)> = match value {
            Value::Map(entries) => {
                entries.iter().map(|(_, key, value)| (key.clone(), sequence_json(value))).collect()
            }
            Value::Atom(..) | Value::Array(_) => vec![(VALUE.to_owned(), value.json())],
        };
        let of = head.into_iter();
        let of = of.flat_map(|head| {
            [("seq".to_owned(), head.seq.into()), ("ivoid".to_owned(), head.ivoid.as_str().into())]
        });
        // What the expression itself names so takes the place of ours.
        let is_free = |(name, _): &(String, Json)| !entries.iter().any(|(entry, _)| entry == name);
        let mut row: Vec<_> = of.filter(is_free).collect();
        row.extend(entries);
        Self(row)
    }

    /// How much memory it takes.
    pub(super) fn held_bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + held_bytes(value)).sum()
    }

    fn cell(&self, name: &str) -> &Json {
        self.0.iter().find(|(column, _)| column == name).map_or(&Json::Null, |(_, value)| value)
    }
}

impl Columns {
    /// Those of some rows, in the order in which they come up.
    pub(super) fn settle(rows: &[Row]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in rows.iter().flat_map(|row| &row.0) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        Self { names, left_out: BTreeSet::new() }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of a row in the order of the columns; none is null.
    pub(super) fn cells<'a>(&mut self, row: &'a Row) -> Vec<&'a Json> {
        let late = row.0.iter().map(|(name, _)| name).filter(|name| !self.names.contains(name));
        // A few tell as much as all, and take no more memory.
        let late = late.take(SETTLING.saturating_sub(self.left_out.len()));
        let late: Vec<_> = late.map(|name| excerpt(name)).collect();
        self.left_out.extend(late);
        self.names.iter().map(|name| row.cell(name)).collect()
    }

    /// Columns that came too late.
    pub(super) fn into_left_out(self) -> Vec<String> {
        self.left_out.into_iter().collect()
    }
}

/// How much memory a value takes, about.
fn held_bytes(value: &Json) -> usize {
    let within = match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(held_bytes).sum(),
        Json::Object(entries) => entries.iter().map(|(name, value)| name.len() + held_bytes(value)).sum(),
    };
    size_of::<Json>() + within
}

/// How a value is written in a cell: text as it is, nothing for null, all else as JSON.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::value::Kind;

    fn map(entries: &[(&str, &str)]) -> Value {
        let value = |text: &str| vec![Value::Atom(Kind::Integer, text.to_owned())];
        let entries = entries.iter().map(|(key, text)| (Kind::String, (*key).to_owned(), value(text)));
        Value::Map(entries.collect())
    }

    #[test]
    fn columns_come_in_the_order_in_which_they_come_up_and_late_ones_are_told_of() {
        let rows = [map(&[("b", "1"), ("a", "2")]), map(&[("a", "3"), ("c", "4")])];
        let rows = rows.each_ref().map(|value| Row::new(None, value));
        let mut columns = Columns::settle(&rows);
        assert_eq!(columns.names(), ["b", "a", "c"]);
        let texts = |cells: Vec<&Json>| cells.into_iter().map(text).collect::<Vec<_>>();
        assert_eq!(texts(columns.cells(&rows[1])), ["", "3", "4"]);
        let late = Row::new(None, &map(&[("a", "5"), ("d", "6")]));
        assert_eq!(texts(columns.cells(&late)), ["", "5", ""]);
        assert_eq!(columns.into_left_out(), ["d"]);
    }

    #[test]
    fn what_an_expression_calls_seq_takes_the_place_of_ours() {
        let head = Head {
            seq: 7,
            received: String::new(),
            source: String::new(),
            ivoid: "ivo://a/b#c".to_owned(),
            role: String::new(),
        };
        let columns = |value: &Value| Columns::settle(&[Row::new(Some(&head), value)]).names().to_vec();
        assert_eq!(columns(&map(&[("seq", "1"), ("x", "2")])), ["ivoid", "seq", "x"]);
        assert_eq!(columns(&Value::Array(vec![])), ["seq", "ivoid", "value"]);
    }
}
