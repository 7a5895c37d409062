//! Parquet: a row an event, in typed columns; times are microseconds of UTC, compressed by Snappy. Alone knows the crate.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::Sink;
use super::columns::{COLUMNS, Cell, Column, Kind, cells};
use super::record::Record;
use crate::store::Entry;

/// How many rows are written together.
const GROUP: usize = 10_000;

/// A file of Parquet, and the rows that are not written yet.
pub(super) struct Parquet {
    file: SerializedFileWriter<Box<dyn Write + Send>>,
    rows: Vec<[Cell; COLUMNS.len()]>,
}

impl Parquet {
    /// Begins a file.
    pub(super) fn begin(to: Box<dyn Write + Send>) -> io::Result<Self> {
        let begin = || {
            let schema = Arc::new(parse_message_type(&schema())?);
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
            let properties =
                properties.set_created_by(concat!("philae ", env!("CARGO_PKG_VERSION")).to_owned());
            SerializedFileWriter::new(to, schema, Arc::new(properties.build()))
        };
        Ok(Self { file: begin().map_err(input_output)?, rows: Vec::new() })
    }

    fn write(&mut self) -> Result<()> {
        let mut group = self.file.next_row_group()?;
        for (at, column) in COLUMNS.iter().enumerate() {
            let Some(mut writer) = group.next_column()? else {
                return Err(ParquetError::EOF(column.name.to_owned()));
            };
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            write_column(&mut writer, column, cells)?;
            writer.close()?;
        }
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}

impl Sink for Parquet {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        self.rows.push(cells(&Record::of(entry)));
        if self.rows.len() < GROUP { Ok(()) } else { self.write().map_err(input_output) }
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        let written = if self.rows.is_empty() { Ok(()) } else { self.write() };
        written.and_then(|()| self.file.close()).map(drop).map_err(input_output)
    }
}

/// The columns as Parquet's own text has them.
fn schema() -> String {
    let field = |Column { name, kind, is_optional }: &Column| {
        let repetition = if *is_optional { "OPTIONAL" } else { "REQUIRED" };
        let (physical, logical) = match kind {
            Kind::Whole => ("INT64", ""),
            Kind::Truth => ("BOOLEAN", ""),
            Kind::Time => ("INT64", " (TIMESTAMP(MICROS,true))"),
            Kind::Degrees => ("DOUBLE", ""),
            Kind::Text => ("BYTE_ARRAY", " (STRING)"),
        };
        format!("{repetition} {physical} {name}{logical};")
    };
    format!("message event {{ {} }}", COLUMNS.iter().map(field).collect::<Vec<_>>().join(" "))
}

fn write_column<'a>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column,
    cells: impl Iterator<Item = &'a Cell>,
) -> Result<()> {
    match column.kind {
        Kind::Whole => write_values::<Int64Type>(writer, column, cells.map(whole)),
        Kind::Truth => {
            write_values::<BoolType>(writer, column, cells.map(|cell| Some(*cell == Cell::Truth(true))))
        }
        Kind::Time => write_values::<Int64Type>(
            writer,
            column,
            cells.map(|cell| time(cell).map(Timestamp::as_microsecond)),
        ),
        Kind::Degrees => write_values::<DoubleType>(writer, column, cells.map(degrees)),
        Kind::Text => write_values::<ByteArrayType>(writer, column, cells.map(text)),
    }
}

/// Writes what is there, and where nothing is.
fn write_values<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column,
    cells: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for cell in cells {
        levels.push(i16::from(cell.is_some()));
        values.extend(cell);
    }
    let levels = column.is_optional.then_some(&*levels);
    writer.typed::<T>().write_batch(&values, levels, None).map(drop)
}

fn whole(cell: &Cell) -> Option<i64> {
    if let Cell::Whole(number) = cell { Some(*number) } else { None }
}

fn time(cell: &Cell) -> Option<Timestamp> {
    if let Cell::Time(time) = cell { *time } else { None }
}

fn degrees(cell: &Cell) -> Option<f64> {
    if let Cell::Degrees(degrees) = cell { *degrees } else { None }
}

fn text(cell: &Cell) -> Option<ByteArray> {
    if let Cell::Text(Some(text)) = cell { Some(text.as_str().into()) } else { None }
}

/// What the system said, if it was that.
fn input_output(error: ParquetError) -> io::Error {
    if let ParquetError::External(error) = error {
        return error.downcast().map_or_else(io::Error::other, |error| *error);
    }
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    use super::*;
    use crate::export::{Export, Form, Format, Place};

    const PACKET: &[u8] = b"<VOEvent><Who><Date>2014-04-01T00:00:00.5</Date></Who><WhereWhen><ObsDataLocation>\
        <ObservationLocation><AstroCoords coord_system_id='UTC-FK5-GEO'><Position2D unit='deg'><Value2><C1>83.5</C1>\
        <C2>-5</C2></Value2></Position2D></AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen></VOEvent>";

    fn entry(seq: u64) -> Entry {
        let received = Timestamp::from_microsecond(1_400_000_000_000_001).unwrap();
        // Every other packet says nothing of itself.
        let packet = if seq % 2 == 1 { PACKET } else { b"<VOEvent/>" };
        let role = "test".into();
        Entry { received, role, is_flagged: seq == 1, ..Entry::sample(seq, packet) }
    }

    #[test]
    fn rows_come_back_with_their_types_over_several_groups() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let place = Place::choose(&path, false, false).unwrap();
        let mut export = Export::begin(Form::named(Format::Parquet, &path), place).unwrap();
        (1..=GROUP as u64 + 5).for_each(|seq| export.entry(&entry(seq)).unwrap());
        export.end().unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), GROUP + 5);
        let first = &rows[0];
        assert_eq!(
            (first.get_long(0).unwrap(), first.get_timestamp_micros(1).unwrap()),
            (1, 1_400_000_000_000_001)
        );
        assert_eq!(first.get_timestamp_micros(2).unwrap(), 1_396_310_400_500_000);
        assert_eq!(
            (first.get_string(3).unwrap().as_str(), first.get_double(8).unwrap()),
            ("ivo://a.b/c#d", 83.5)
        );
        assert_eq!((first.get_double(9).unwrap(), first.get_bool(16).unwrap()), (-5.0, true));
        assert!(rows[1].get_double(8).is_err() && rows[1].get_timestamp_micros(2).is_err());
        assert_eq!(rows[GROUP + 4].get_long(0).unwrap(), GROUP as i64 + 5);
    }
}
