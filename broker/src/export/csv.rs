//! CSV: a header, then a row an event (RFC 4180). Text that a spreadsheet would compute has an apostrophe before it.

use std::io;

use super::Sink;
use super::columns::{COLUMNS, Cell, cells};
use super::form::Packer;
use super::record::Record;
use crate::plain::cell;
use crate::store::Entry;

/// Rows of CSV.
pub(super) struct Csv(csv::Writer<Packer>);

impl Csv {
    /// Begins with the header.
    pub(super) fn begin(to: Packer) -> io::Result<Self> {
        let mut rows = csv::Writer::from_writer(to);
        rows.write_record(COLUMNS.map(|column| column.name))?;
        Ok(Self(rows))
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
        Ok(self.0.write_record(cells(&Record::of(entry)).iter().map(shown))?)
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)?.end()
    }
}
