//! A table for a terminal: columns as wide as their values, numbers to the right, all within the terminal's width.
//!
//! Values are strangers' text: what would order the terminal about is replaced.

use std::io::{self, Write};

use ratatui::text::Span;
use serde_json::Value as Json;

use super::columns::text;
use crate::plain::plain;

/// Between two columns.
const GAP: &str = "  ";
/// No column becomes narrower than this to make room.
const NARROWEST: usize = 8;
/// No column is made wider than this; where a terminal does not cut it, a wider cell pushes its neighbours on.
const WIDEST: usize = 200;

/// A column: its name, how wide it is, and whether all in it are numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    width: usize,
    is_numeric: bool,
}

/// A table whose columns are settled.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    /// Whether cells are cut to the width of their columns.
    is_cut: bool,
}

impl Table {
    /// Fits columns to some rows, and all of them into a width if there is one.
    pub(super) fn fit(names: &[String], rows: &[Vec<&Json>], within: Option<usize>) -> Self {
        let widest = within.unwrap_or(WIDEST);
        let column = |(at, name): (usize, &String)| {
            let values = || rows.iter().filter_map(|row| row.get(at));
            let widths = values().map(|value| width(&shown(value)));
            Column {
                name: plain(name),
                width: widths.chain([width(&plain(name))]).max().unwrap_or_default().min(widest),
                is_numeric: values().all(|value| value.is_number() || value.is_null()),
            }
        };
        let mut table =
            Self { columns: names.iter().enumerate().map(column).collect(), is_cut: within.is_some() };
        if let Some(within) = within {
            table.squeeze(within);
        }
        table
    }

    /// Takes from the widest columns what is too much.
    fn squeeze(&mut self, within: usize) {
        let gaps = GAP.len() * self.columns.len().saturating_sub(1);
        let mut total = gaps + self.columns.iter().map(|column| column.width).sum::<usize>();
        while total > within {
            let widest = self.columns.iter_mut().max_by_key(|column| column.width);
            let Some(widest) = widest.filter(|column| column.width > NARROWEST) else { return };
            widest.width -= 1;
            total -= 1;
        }
    }

    /// The names of the columns.
    pub(super) fn header(&self, to: &mut impl Write) -> io::Result<()> {
        self.line(self.columns.iter().map(|column| column.name.clone()), to)
    }

    /// A row, its values in the order of the columns.
    pub(super) fn row(&self, cells: &[&Json], to: &mut impl Write) -> io::Result<()> {
        self.line(cells.iter().map(|cell| shown(cell)), to)
    }

    fn line(&self, cells: impl Iterator<Item = String>, to: &mut impl Write) -> io::Result<()> {
        let mut line = String::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = if self.is_cut { cut(cell, column.width) } else { cell };
            let padding = " ".repeat(column.width.saturating_sub(width(&cell)));
            let (before, behind) =
                if column.is_numeric { (padding, String::new()) } else { (String::new(), padding) };
            line.extend([before.as_str(), &cell, &behind, GAP]);
        }
        writeln!(to, "{}", line.trim_end())
    }
}

fn shown(value: &Json) -> String {
    plain(&text(value))
}

/// How many places of a terminal a text takes.
fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// A text within a width, with a sign that some of it is missing.
fn cut(text: String, within: usize) -> String {
    if width(&text) <= within {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept) >= within {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(names: &[&str], rows: &[Vec<Json>], within: Option<usize>) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let rows: Vec<Vec<&Json>> = rows.iter().map(|row| row.iter().collect()).collect();
        let table = Table::fit(&names, &rows, within);
        let mut out = Vec::new();
        table.header(&mut out).unwrap();
        rows.iter().for_each(|row| table.row(row, &mut out).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_stand_to_the_right_and_orders_to_the_terminal_are_replaced() {
        let rows = [vec![json!(5), json!("a\u{1b}[2J")], vec![json!(-12.5), Json::Null]];
        assert_eq!(printed(&["n", "text"], &rows, None), "    n  text\n    5  a\u{fffd}[2J\n-12.5\n");
    }

    #[test]
    fn one_long_cell_widens_no_other_row_by_more_than_200_places() {
        let rows = [vec![json!("x".repeat(5_000)), json!(1)], vec![json!("y"), json!(2)]];
        let printed = printed(&["long", "n"], &rows, None);
        let lengths: Vec<usize> = printed.lines().map(str::len).collect();
        assert_eq!(lengths, [203, 5_003, 203]);
    }

    #[test]
    fn a_table_fits_its_width_and_shows_what_is_cut() {
        let rows = [vec![json!(1), json!("x".repeat(50)), json!("日本語日本語日本語")]];
        let printed = printed(&["seq", "long", "wide"], &rows, Some(40));
        for line in printed.lines() {
            assert!(width(line) <= 40, "{line}");
        }
        assert!(printed.contains("x…") && printed.contains("日…") | printed.contains("日本語"), "{printed}");
        assert!(printed.starts_with("seq  long"), "{printed}");
    }
}
