//! Forms: what an export is written as, as the name of its target tells or somebody said.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// What stands in it.
    pub(crate) format: Format,
    /// How that is compressed.
    pub(crate) packing: Packing,
}

/// What stands in an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A file a packet, in a folder a stream
    Folder,
    /// The same in a tarball
    Tar,
    /// A line of JSON an event, packet and all
    Jsonl,
    /// A row an event
    Csv,
    /// A row an event, in typed columns
    Parquet,
}

/// How an export is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not, or by itself.
    None,
    /// By gzip.
    Gzip,
    /// By bzip2.
    Bzip2,
}

impl Form {
    /// The form that a target's name tells; none if it tells none.
    pub(crate) fn of(target: &Path) -> Option<Self> {
        let name = target.to_string_lossy().to_ascii_lowercase();
        if name.ends_with('/') {
            return Some(Self { format: Format::Folder, packing: Packing::None });
        }
        if let Some(format) = name.strip_suffix(".tgz").map(|_| Format::Tar) {
            return Some(Self { format, packing: Packing::Gzip });
        }
        let packing = Packing::of(&name);
        let name = name.trim_end_matches(packing.ending());
        let endings = [".tar", ".jsonl", ".csv", ".parquet"];
        let formats = [Format::Tar, Format::Jsonl, Format::Csv, Format::Parquet];
        let found = endings.into_iter().zip(formats).find(|(ending, _)| name.ends_with(ending));
        // Parquet is compressed within.
        let found = found.filter(|(_, format)| *format != Format::Parquet || packing == Packing::None);
        found.map(|(_, format)| Self { format, packing })
    }

    /// This format, compressed as a target's name tells.
    pub(crate) fn named(format: Format, target: &Path) -> Self {
        let packing = match format {
            Format::Folder | Format::Parquet => Packing::None,
            Format::Tar | Format::Jsonl | Format::Csv => {
                Packing::of(&target.to_string_lossy().to_ascii_lowercase())
            }
        };
        Self { format, packing }
    }
}

impl Packing {
    fn of(name: &str) -> Self {
        let packings = [Self::Gzip, Self::Bzip2];
        packings.into_iter().find(|packing| name.ends_with(packing.ending())).unwrap_or(Self::None)
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Bzip2 => ".bz2",
        }
    }

    /// Compresses what is written.
    pub(super) fn pack(self, to: impl Write + Send + 'static) -> Packer {
        let to: Box<dyn Write + Send> = Box::new(to);
        match self {
            Self::None => Packer::None(BufWriter::new(to)),
            Self::Gzip => Packer::Gzip(GzEncoder::new(to, flate2::Compression::default())),
            Self::Bzip2 => Packer::Bzip2(BzEncoder::new(to, bzip2::Compression::default())),
        }
    }
}

/// What compresses, or does not.
pub(super) enum Packer {
    None(BufWriter<Box<dyn Write + Send>>),
    Gzip(GzEncoder<Box<dyn Write + Send>>),
    Bzip2(BzEncoder<Box<dyn Write + Send>>),
}

impl Packer {
    /// Writes what is left.
    pub(super) fn end(self) -> io::Result<()> {
        match self {
            Self::None(mut to) => to.flush(),
            Self::Gzip(to) => to.finish()?.flush(),
            Self::Bzip2(to) => to.finish()?.flush(),
        }
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(to) => to.write(bytes),
            Self::Gzip(to) => to.write(bytes),
            Self::Bzip2(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(to) => to.flush(),
            Self::Gzip(to) => to.flush(),
            Self::Bzip2(to) => to.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_target_tells_its_form() {
        let form = |format, packing| Some(Form { format, packing });
        for (name, told) in [
            ("month/", form(Format::Folder, Packing::None)),
            ("a/month.tar", form(Format::Tar, Packing::None)),
            ("month.TGZ", form(Format::Tar, Packing::Gzip)),
            ("mytgz", None),
            ("month.tar.gz", form(Format::Tar, Packing::Gzip)),
            ("month.tar.bz2", form(Format::Tar, Packing::Bzip2)),
            ("month.jsonl", form(Format::Jsonl, Packing::None)),
            ("month.csv.gz", form(Format::Csv, Packing::Gzip)),
            ("month.parquet", form(Format::Parquet, Packing::None)),
            ("month.parquet.gz", None),
            ("month", None),
            ("-", None),
        ] {
            assert_eq!(Form::of(Path::new(name)), told, "{name}");
        }
    }
}
