//! CSV: a header, then a row an event (RFC 4180). Text that a spreadsheet would compute has an apostrophe before it.

use std::io;

use super::Sink;
use super::columns::{COLUMNS, Cell, cells};
use super::form::Packer;
use super::record::Record;
use crate::plain::{cell, plain};
use crate::store::Entry;

/// Rows of CSV.
pub(super) struct Csv {
    rows: csv::Writer<Packer>,
    is_for_terminal: bool,
}

impl Csv {
    /// Begins with the header; for a terminal, what would order it about is replaced.
    pub(super) fn begin(to: Packer, is_for_terminal: bool) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(to);
        rows.write_record(COLUMNS.map(|column| column.name)).map_err(input_output)?;
        Ok(Self { rows, is_for_terminal })
    }
}

impl Sink for Csv {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let shown = |value: &Cell| match value {
            Cell::Text(Some(text)) => cell(text).into_owned(),
            Cell::Whole(_) | Cell::Truth(_) | Cell::Time(_) | Cell::Degrees(_) | Cell::Text(None) => {
                value.text()
            }
        };
        let fit = |text: String| if self.is_for_terminal { plain(&text) } else { text };
        self.rows.write_record(cells(&Record::of(entry)).iter().map(shown).map(fit)).map_err(input_output)
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.rows.into_inner().map_err(csv::IntoInnerError::into_error)?.end()
    }
}

/// What the system said, if it was that: that nobody reads any more is no fault.
fn input_output(error: csv::Error) -> io::Error {
    let kind = if let csv::ErrorKind::Io(error) = error.kind() { error.kind() } else { io::ErrorKind::Other };
    io::Error::new(kind, error)
}
