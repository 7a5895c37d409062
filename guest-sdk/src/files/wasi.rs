//! Folders of a broker: `wasi:filesystem`, by whichever of its versions 0.2 the broker has.

use std::io::{self, ErrorKind};

use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

/// How much is read at once.
const PIECE_BYTES: u64 = 64 * 1024;

#[derive(Debug)]
pub(super) struct Raw(Descriptor);

impl Raw {
    pub(super) fn open(guest: &str) -> Option<Self> {
        get_directories().into_iter().find(|(_, name)| name == guest).map(|(folder, _)| Self(folder))
    }

    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let open = self.0.open_at(PathFlags::empty(), name, OpenFlags::empty(), DescriptorFlags::READ);
        let file = open.map_err(fault)?;
        let mut bytes = Vec::new();
        loop {
            let (piece, is_end) = file.read(PIECE_BYTES, bytes.len() as u64).map_err(fault)?;
            bytes.extend_from_slice(&piece);
            if is_end || piece.is_empty() {
                return Ok(bytes);
            }
        }
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = self.0.open_at(PathFlags::empty(), name, how, DescriptorFlags::WRITE).map_err(fault)?;
        let mut written = 0;
        while let Some(rest) = usize::try_from(written).ok().and_then(|start| bytes.get(start..))
            && !rest.is_empty()
        {
            match file.write(rest, written).map_err(fault)? {
                0 => return Err(ErrorKind::WriteZero.into()),
                more => written += more,
            }
        }
        file.sync().map_err(fault)
    }

    pub(super) fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.link_at(PathFlags::empty(), from, &self.0, to).map_err(fault)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename_at(from, &self.0, to).map_err(fault)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        self.0.unlink_file_at(name).map_err(fault)
    }

    /// Names are on disk when the folder is; not every system lets one ask for that.
    pub(super) fn sync(&self) {
        let _ = self.0.sync();
    }
}

fn fault(code: ErrorCode) -> io::Error {
    if code == ErrorCode::NoEntry {
        return ErrorKind::NotFound.into();
    }
    if code == ErrorCode::Exist {
        return ErrorKind::AlreadyExists.into();
    }
    io::Error::other(code.message())
}
