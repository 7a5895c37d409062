//! What is printed of results: a table, lines of JSON, or CSV.

use std::io::{self, Write};

use serde_json::json;

use super::columns::{Columns, Row, SETTLING, SETTLING_BYTES, text};
use super::order::Head;
use super::table::Table;
use super::value::Value;
use crate::plain::{cell, json_line, plain};

/// In which form results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For a terminal, of that width if it is known.
    Table(Option<usize>),
    /// A value in JSON a line.
    Json,
    /// A header, then a row a line; for a terminal, what would order it about is replaced.
    Csv { is_for_terminal: bool },
}

/// Results on their way to be printed.
#[derive(Debug)]
pub(crate) struct Output<W> {
    format: Format,
    to: W,
    rows: u64,
    state: State,
}

/// How far the columns are.
#[derive(Debug)]
enum State {
    /// Not settled: the rows that settle them, and how much memory they take.
    Settling(Vec<Row>, usize),
    Table(Columns, Table),
    Csv(Columns, Csv),
}

/// What was printed in all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Printed {
    /// How many rows.
    pub(crate) rows: u64,
    /// Columns for which there was no place, since they came up late.
    pub(crate) left_out: Vec<String>,
}

impl<W: Write> Output<W> {
    pub(crate) fn new(format: Format, to: W) -> Self {
        Self { format, to, rows: 0, state: State::Settling(Vec::new(), 0) }
    }

    /// Prints an item of what an expression came to, on an event or over all.
    pub(crate) fn item(&mut self, head: Option<&Head>, value: &Value) -> io::Result<()> {
        self.rows += 1;
        if self.format == Format::Json {
            let line = match head {
                Some(head) => json!({ "seq": head.seq, "ivoid": head.ivoid, "value": value.json() }),
                None => value.json(),
            };
            return writeln!(self.to, "{}", json_line(&line));
        }
        let row = Row::new(head, value);
        match &mut self.state {
            State::Settling(rows, held_bytes) => {
                *held_bytes += row.held_bytes();
                rows.push(row);
                let is_enough = rows.len() >= SETTLING || *held_bytes >= SETTLING_BYTES;
                if is_enough { self.settle() } else { Ok(()) }
            }
            State::Table(columns, table) => table.row(&columns.cells(&row), &mut self.to),
            State::Csv(columns, lines) => lines.row(&columns.cells(&row), &mut self.to),
        }
    }

    /// Settles the columns, and prints the rows that did it.
    fn settle(&mut self) -> io::Result<()> {
        let State::Settling(rows, _) = &mut self.state else { return Ok(()) };
        let rows = std::mem::take(rows);
        let mut columns = Columns::settle(&rows);
        let cells: Vec<_> = rows.iter().map(|row| columns.cells(row)).collect();
        self.state = match self.format {
            Format::Table(within) => {
                let table = Table::fit(columns.names(), &cells, within);
                table.header(&mut self.to)?;
                cells.iter().try_for_each(|row| table.row(row, &mut self.to))?;
                State::Table(columns, table)
            }
            Format::Csv { .. } | Format::Json => {
                let lines = Csv { is_for_terminal: self.format == Format::Csv { is_for_terminal: true } };
                lines.line(columns.names().iter().map(|name| cell(name).into_owned()), &mut self.to)?;
                cells.iter().try_for_each(|row| lines.row(row, &mut self.to))?;
                State::Csv(columns, lines)
            }
        };
        Ok(())
    }

    /// Prints what is left, and says what that was.
    pub(crate) fn end(mut self) -> io::Result<Printed> {
        if self.rows > 0 && self.format != Format::Json {
            self.settle()?;
        }
        self.to.flush()?;
        let left_out = match self.state {
            State::Settling(..) => Vec::new(),
            State::Table(columns, _) | State::Csv(columns, _) => columns.into_left_out(),
        };
        Ok(Printed { rows: self.rows, left_out })
    }
}

/// Lines of CSV.
#[derive(Debug)]
struct Csv {
    is_for_terminal: bool,
}

impl Csv {
    fn row(&self, cells: &[&serde_json::Value], to: &mut impl Write) -> io::Result<()> {
        // Only text may be taken for a formula; a number that begins with a sign is one.
        let shown = |value: &&serde_json::Value| {
            if value.is_string() { cell(&text(value)).into_owned() } else { text(value) }
        };
        self.line(cells.iter().map(shown), to)
    }

    fn line(&self, cells: impl Iterator<Item = String>, to: &mut impl Write) -> io::Result<()> {
        // In memory first, so that what the output says comes as it said it.
        let mut line = csv::Writer::from_writer(Vec::new());
        line.write_record(cells.map(|cell| if self.is_for_terminal { plain(&cell) } else { cell }))?;
        to.write_all(&line.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::value::Kind;

    const CSV: Format = Format::Csv { is_for_terminal: false };

    fn printed(format: Format, rows: usize) -> (String, Printed) {
        let mut bytes = Vec::new();
        let mut output = Output::new(format, &mut bytes);
        for row in 0..rows {
            let atom = |kind, text: String| vec![Value::Atom(kind, text)];
            let mut entries = vec![
                (Kind::String, "n".to_owned(), atom(Kind::Integer, row.to_string())),
                (Kind::String, "text".to_owned(), atom(Kind::Untyped, "=1, \"2\"".to_owned())),
            ];
            if row == SETTLING {
                entries.push((Kind::String, "late".to_owned(), vec![]));
            }
            output.item(None, &Value::Map(entries)).unwrap();
        }
        let printed = output.end().unwrap();
        (String::from_utf8(bytes).unwrap(), printed)
    }

    #[test]
    fn csv_is_quoted_and_holds_no_formula() {
        let (text, all) = printed(CSV, 2);
        assert_eq!(text, "n,text\n0,\"'=1, \"\"2\"\"\"\n1,\"'=1, \"\"2\"\"\"\n");
        assert_eq!(all, Printed { rows: 2, left_out: vec![] });
    }

    #[test]
    fn json_is_a_line_a_value() {
        assert_eq!(printed(Format::Json, 1).0, "{\"n\":0,\"text\":\"=1, \\\"2\\\"\"}\n");
    }

    #[test]
    fn a_column_that_comes_up_late_is_told_of() {
        let (text, all) = printed(Format::Table(None), SETTLING + 2);
        assert_eq!(text.lines().count(), SETTLING + 3);
        assert_eq!(all.left_out, ["late"]);
        assert_eq!(printed(CSV, 0), (String::new(), Printed { rows: 0, left_out: vec![] }));
    }

    #[test]
    fn rows_that_take_much_memory_settle_the_columns_early() {
        let mut output = Output::new(CSV, Vec::new());
        let value = Value::Atom(Kind::String, "x".repeat(SETTLING_BYTES / 4));
        (0..3).for_each(|_| output.item(None, &value).unwrap());
        assert!(output.to.is_empty());
        output.item(None, &value).unwrap();
        assert!(output.to.len() > SETTLING_BYTES);
    }

    #[test]
    fn orders_to_a_terminal_come_out_nowhere_but_in_a_file_of_csv() {
        let shown = |format| {
            let mut bytes = Vec::new();
            let mut output = Output::new(format, &mut bytes);
            output.item(None, &Value::Atom(Kind::String, "a\u{9b}2J\u{202e}b".to_owned())).unwrap();
            output.end().unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(shown(Format::Json), "\"a\\u009b2J\\u202eb\"\n");
        assert_eq!(shown(Format::Csv { is_for_terminal: true }), "value\na\u{fffd}2J\u{fffd}b\n");
        assert_eq!(shown(CSV), "value\na\u{9b}2J\u{202e}b\n");
    }
}
