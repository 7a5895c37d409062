//! The files of one handler as they were seen, and how they are read: whole, and not while they change.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::name::HandlerName;
use super::stamp::{Stamp, Standing};
use crate::config::ByteSize;

/// The largest module. Those of Python, which bring their interpreter, have some 20 MB.
const LARGEST_MODULE: ByteSize = ByteSize::mib(64);
/// The largest settings file.
const LARGEST_SETTINGS: ByteSize = ByteSize::mib(1);

/// Where a handler's files are, and which state of them was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The handler's name.
    pub name: HandlerName,
    /// Its module, `NAME.wasm`.
    pub module: PathBuf,
    /// Its settings, `NAME.toml`, if it has any.
    pub settings: Option<PathBuf>,
    pub(super) module_stamp: Stamp,
    pub(super) settings_stamp: Option<Stamp>,
}

/// What a handler's files hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFiles {
    /// The bytes of the module.
    pub module: Vec<u8>,
    /// The text of the settings, if there are any.
    pub settings: Option<String>,
}

/// Why files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They are not those that were seen; the watch will tell of them when they have come to rest.
    #[error("'{path}' changed while it was read")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system does not give it.
    #[error("'{path}' cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is larger than any that is taken.
    #[error("'{path}' has {size}, and at most {most} are taken")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: ByteSize,
        /// The largest that is taken.
        most: ByteSize,
    },
    /// Settings that are no text.
    #[error("'{path}' is no text in UTF-8")]
    NoText {
        /// The file.
        path: PathBuf,
    },
}

impl Files {
    /// Reads both files in the very state that was seen: one that is being written, or was replaced, is not read.
    ///
    /// # Errors
    /// A [`ReadError`]; [`ReadError::Changed`] mends itself.
    pub fn read(&self) -> Result<ReadFiles, ReadError> {
        let module = bytes(&self.module, self.module_stamp, LARGEST_MODULE)?;
        let settings = match (&self.settings, self.settings_stamp) {
            (Some(path), Some(stamp)) => Some((path, bytes(path, stamp, LARGEST_SETTINGS)?)),
            _ => None,
        };
        self.still_stand()?;
        let text = |(path, bytes): (&PathBuf, Vec<u8>)| {
            String::from_utf8(bytes).map_err(|_| ReadError::NoText { path: path.clone() })
        };
        Ok(ReadFiles { module, settings: settings.map(text).transpose()? })
    }

    pub(super) fn has_module_of(&self, other: &Self) -> bool {
        (&self.module, self.module_stamp) == (&other.module, other.module_stamp)
    }

    pub(super) fn has_settings_of(&self, other: &Self) -> bool {
        (&self.settings, self.settings_stamp) == (&other.settings, other.settings_stamp)
    }

    /// Whether both paths still lead to what was seen, and no settings came where there were none.
    fn still_stand(&self) -> Result<(), ReadError> {
        let settings = self.settings.clone().unwrap_or_else(|| self.module.with_extension("toml"));
        let seen = [(&self.module, Some(self.module_stamp)), (&settings, self.settings_stamp)];
        for (path, stamp) in seen {
            let standing = Standing::at(path).map_err(|source| unreadable(path, source))?;
            let is_seen =
                stamp.map_or(!matches!(standing, Standing::File(_)), |stamp| standing.is_file(stamp));
            if !is_seen {
                return Err(ReadError::Changed { path: path.clone() });
            }
        }
        Ok(())
    }
}

/// Reads a file if its stamp is this one before and after.
fn bytes(path: &Path, stamp: Stamp, most: ByteSize) -> Result<Vec<u8>, ReadError> {
    let size = ByteSize::new(stamp.size);
    if size > most {
        return Err(ReadError::TooLarge { path: path.to_owned(), size, most });
    }
    let read = || -> io::Result<Option<Vec<u8>>> {
        // Something that is no file any more may block whoever opens it.
        if !Standing::at(path)?.is_file(stamp) {
            return Ok(None);
        }
        let mut file = File::open(path)?;
        let mut bytes = Vec::new();
        (&mut file).take(stamp.size.saturating_add(1)).read_to_end(&mut bytes)?;
        let is_whole = u64::try_from(bytes.len()) == Ok(stamp.size);
        Ok((is_whole && Stamp::new(&file.metadata()?) == stamp).then_some(bytes))
    };
    match read() {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(ReadError::Changed { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(ReadError::Changed { path: path.to_owned() })
        }
        Err(source) => Err(unreadable(path, source)),
    }
}

fn unreadable(path: &Path, source: io::Error) -> ReadError {
    ReadError::Unreadable { path: path.to_owned(), source }
}
