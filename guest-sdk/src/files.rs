//! Files in the folders that the settings grant: `[grants] folders = [{ host = "/srv/alerts", guest = "/out", writable = true }]`.
//!
//! ```
//! use philae_guest::{files::Folder, prelude::*, testing::Broker};
//!
//! fn save(event: &Event) -> Outcome {
//!     let name = format!("{}.xml", event.seq());
//!     Folder::open("/out")?.replace(&name, &event.raw())
//! }
//!
//! # let folder = std::env::temp_dir().join(format!("philae-guest-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder).unwrap();
//! let broker = Broker::new().folder("/out", &folder);
//! broker.handle(save, &Packet::new("ivo://a.b/c#d")).unwrap();
//! assert!(folder.join("1.xml").exists());
//! # std::fs::remove_dir_all(&folder).unwrap();
//! ```

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasi;

use std::io::{self, ErrorKind};

use crate::error::{Context as _, Error, Result};
#[cfg(not(target_arch = "wasm32"))]
use native::Raw;
#[cfg(target_arch = "wasm32")]
use wasi::Raw;

/// A folder that the settings grant.
///
/// Files appear in it whole, on disk, or not at all. While one is written it has a name that begins with a dot and ends in
/// `.part`; after a crash such a file may be left, and is overwritten when the event comes again.
#[derive(Debug)]
pub struct Folder {
    raw: Raw,
    name: String,
}

impl Folder {
    /// Opens the folder that the settings name so for the guest, such as `/out`.
    ///
    /// # Errors
    /// It is not granted; permanent.
    pub fn open(guest: &str) -> Result<Self> {
        let missing = || Error::permanent(format_args!("folder {guest:?} is not granted: [grants] folders"));
        Ok(Self { raw: Raw::open(guest).ok_or_else(missing)?, name: guest.to_owned() })
    }

    /// The bytes of a file, if there is one of that name.
    ///
    /// # Errors
    /// It cannot be read; worth a retry.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.raw.read(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some).or_retry(format_args!("cannot read {}/{name}", self.name)),
        }
    }

    /// Makes a file of that name, or finds that there is one already and leaves it alone: false.
    ///
    /// # Errors
    /// It cannot be written; worth a retry.
    pub fn create(&self, name: &str, bytes: &[u8]) -> Result<bool> {
        let part = self.write_part(name, bytes)?;
        let created = match self.raw.link(&part, name) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            // A file system without links. Another call may come in between here, but none outside of this folder.
            Err(_) => self.create_by_renaming(&part, name),
        };
        // Where it was renamed there is none left to remove.
        let _ = self.raw.remove(&part);
        self.raw.sync();
        created.or_retry(format_args!("cannot create {}/{name}", self.name))
    }

    /// Makes a file of that name, in the place of one that may be there.
    ///
    /// # Errors
    /// It cannot be written; worth a retry.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let part = self.write_part(name, bytes)?;
        self.raw.rename(&part, name).or_retry(format_args!("cannot replace {}/{name}", self.name))?;
        self.raw.sync();
        Ok(())
    }

    /// Writes bytes under a name that no other bytes get.
    fn write_part(&self, name: &str, bytes: &[u8]) -> Result<String> {
        let part = format!(".{name}.{:016x}.part", fnv(bytes));
        self.raw.write(&part, bytes).or_retry(format_args!("cannot write {}/{part}", self.name))?;
        Ok(part)
    }

    fn create_by_renaming(&self, part: &str, name: &str) -> io::Result<bool> {
        match self.raw.read(name) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => self.raw.rename(part, name).map(|()| true),
            Err(error) => Err(error),
        }
    }
}

/// The hash of Fowler, Noll and Vo (1a, 64 bits), which tells names apart and protects nothing.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
