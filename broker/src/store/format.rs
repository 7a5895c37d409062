//! The folder: whether it is a store, whose, and written in which format.
//!
//! ```text
//! format     this file's text: the format number and the store's identity
//! lock       held by the one process that uses the folder; its number and what it does
//! mark       the high-water mark
//! db/        fjall's database (db.new while it is being made)
//! damaged/   journals set aside because entries were lost from them
//! reading-*  snapshots that are being read
//! ```
//!
//! The text is read before the database is touched, so that a later Philae can change even the database. Formats so
//! far: 1, described in `encoding`.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// The format that this Philae writes.
const NUMBER: u32 = 1;
const TITLE: &str = "philae store";
const FILE: &str = "format";
const NEW_FILE: &str = "format.new";

/// What an unfinished creation, the lock or the file system may have left in a folder that is still empty.
const NOTHING: [&str; 4] = ["lock", NEW_FILE, "db.new", "lost+found"];

/// The identity of a store, made at its creation: places of one store mean nothing in another.
///
/// It prints as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreId(u128);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Why a folder cannot be opened as a store.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It holds something else.
    #[error("it is neither empty nor a store: it holds '{found}'; name another folder")]
    NotAStore {
        /// One of the things found in it.
        found: String,
    },
    /// It says that it is a store, but not which.
    #[error(
        "its file 'format' is not readable as one; restore that file from a backup, or name another folder"
    )]
    Unreadable,
    /// A later Philae wrote it.
    #[error(
        "it has format {found} and this Philae knows none above {NUMBER}; run the Philae that wrote it, or name another folder"
    )]
    Newer {
        /// The format it has.
        found: u32,
    },
    /// An earlier Philae wrote it, in a format that is no longer read.
    #[error(
        "it has format {found}, which this Philae no longer reads; open it once with a Philae that migrates it, or move it aside and begin anew"
    )]
    Older {
        /// The format it has.
        found: u32,
    },
    /// The folder or the file cannot be read or written.
    #[error("it cannot be used")]
    Io(#[from] io::Error),
}

/// Recognises a folder: `None` where there is no store yet and one may be made.
pub(super) fn recognise(folder: &Path) -> Result<Option<StoreId>, FormatError> {
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => parse(&text).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => nothing_else(folder).map(|()| None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(FormatError::Unreadable),
        Err(error) => Err(error.into()),
    }
}

/// Makes an empty folder a store with an identity of its own.
pub(super) fn establish(folder: &Path) -> Result<StoreId, FormatError> {
    let id = StoreId(fastrand::u128(..));
    let mut file = File::create(folder.join(NEW_FILE))?;
    write!(file, "{TITLE}\nformat {NUMBER}\nid {id}\n")?;
    file.sync_all()?;
    fs::rename(folder.join(NEW_FILE), folder.join(FILE))?;
    sync_folder(folder)?;
    Ok(id)
}

/// Waits until the names in a folder are on disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn parse(text: &str) -> Result<StoreId, FormatError> {
    let mut lines = text.lines();
    let title = lines.next();
    let number = lines.next().and_then(|line| line.strip_prefix("format ")?.parse().ok());
    match (title, number) {
        (Some(TITLE), Some(NUMBER)) => {}
        (Some(TITLE), Some(found)) if found > NUMBER => return Err(FormatError::Newer { found }),
        (Some(TITLE), Some(found)) => return Err(FormatError::Older { found }),
        _ => return Err(FormatError::Unreadable),
    }
    let id = lines.next().and_then(|line| u128::from_str_radix(line.strip_prefix("id ")?, 16).ok());
    id.map(StoreId).ok_or(FormatError::Unreadable)
}

fn nothing_else(folder: &Path) -> Result<(), FormatError> {
    for name in fs::read_dir(folder)? {
        let found = name?.file_name();
        if !NOTHING.iter().any(|nothing| found == *nothing) {
            return Err(FormatError::NotAStore { found: found.to_string_lossy().into_owned() });
        }
    }
    Ok(())
}
