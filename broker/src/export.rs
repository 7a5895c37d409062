//! Export: events of the archive in forms that others read.
//!
//! Packets as they are, a file each, in a folder or a tarball; or a row an event: lines of JSON with all that can be said of
//! it, CSV and Parquet with what fits into columns. Memory is bounded however many events there are, but for eight bytes each
//! where files are named. What is written stands beside its place until it is whole, and only then takes it. Which events are
//! meant, and what is said of it, is left to the command.
//!
//! ```text
//! entries ──┬─> Folder, Tarball      name · bytes                    ┐
//!           └─> Record ──> Lines     all of it, with the packet      ├──> Place: beside, then renamed
//!                     └──> Csv, Parquet   columns                    ┘
//! ```

mod columns;
mod csv;
mod files;
mod form;
mod lines;
mod parquet;
mod place;
mod record;

use std::io;

use crate::store::Entry;

pub(crate) use form::{Form, Format};
pub(crate) use place::Place;

/// Where entries go.
trait Sink {
    /// Takes an entry.
    fn entry(&mut self, entry: &Entry) -> io::Result<()>;

    /// Writes what is left.
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// An export that is being written.
pub(crate) struct Export {
    sink: Box<dyn Sink>,
    place: Place,
}

impl Export {
    /// Begins to write at a place.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn begin(form: Form, mut place: Place) -> io::Result<Self> {
        let sink: Box<dyn Sink> = match form.format {
            Format::Folder => Box::new(files::Folder::begin(place.folder()?)),
            Format::Tar => Box::new(files::Tarball::begin(form.packing.pack(place.file()?))),
            Format::Jsonl => Box::new(lines::Lines::begin(form.packing.pack(place.file()?))),
            Format::Csv => {
                let is_for_terminal = place.is_terminal();
                Box::new(csv::Csv::begin(form.packing.pack(place.file()?), is_for_terminal)?)
            }
            Format::Parquet => Box::new(parquet::Parquet::begin(place.file()?)?),
        };
        Ok(Self { sink, place })
    }

    /// Takes an entry.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        self.sink.entry(entry)
    }

    /// Writes what is left and puts the whole in its place; an export that is dropped leaves nothing.
    ///
    /// # Errors
    /// It cannot be written, or something stands there by now.
    pub(crate) fn end(self) -> io::Result<()> {
        self.sink.end()?;
        self.place.take()
    }
}
