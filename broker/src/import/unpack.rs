//! Unpacking: what is compressed, whichever way, is read as if it were not.
//!
//! Told by the first bytes, never by a name. A few MiB of memory are enough for what is packed as people do; where a
//! stream asks for much more, as one made to harm would, it is refused. Checksums are looked at where they stand: of bzip2 before
//! a block is given, of the others behind what they cover, so that a fault of theirs is told and may have been read already.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

use super::bzip2::Bzip2;

/// What is read at once.
const BUFFER_BYTES: usize = 64 << 10;
/// The longest beginning by which something is told.
const MAGIC_BYTES: usize = 6;
/// What a decoder may remember of what it has read.
const WINDOW_BYTES: u32 = 128 << 20;

/// Something unpacked, after its first bytes have been looked at.
pub(super) type Stream = BufReader<Box<dyn Read>>;

/// Opens what may be compressed; gives its first bytes, which are read again, as many as a tarball is told by.
pub(super) fn open(input: impl Read + Send + 'static) -> io::Result<(Vec<u8>, Stream)> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let magic = first(&mut input, MAGIC_BYTES)?;
    let mut unpacked = unpack(&magic.clone(), Cursor::new(magic).chain(input))?;
    let head = first(&mut unpacked, super::tarball::BLOCK_BYTES)?;
    let whole: Box<dyn Read> = Box::new(Cursor::new(head.clone()).chain(unpacked));
    Ok((head, BufReader::with_capacity(BUFFER_BYTES, whole)))
}

/// Whether something that begins so is unpacked.
pub(super) fn is_packed(head: &[u8]) -> bool {
    Packing::of(head).is_some()
}

fn unpack(magic: &[u8], input: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read>> {
    Ok(match Packing::of(magic) {
        Some(Packing::Gzip) => Box::new(MultiGzDecoder::new(input)),
        Some(Packing::Bzip2) => Box::new(Bzip2::new(input)?),
        Some(Packing::Xz) => Box::new(XzReader::new_mem_limit(input, true, WINDOW_BYTES >> 10)),
        Some(Packing::Zstd) => Box::new(Zstd::new(input)),
        None => Box::new(input),
    })
}

/// How something is compressed.
enum Packing {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The first bytes, or all if there are fewer.
fn first(input: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    input.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Zstandard: frames, one after the other, each with a checksum if its writer wished.
struct Zstd<R> {
    input: R,
    frame: FrameDecoder,
    is_in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(input: R) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(WINDOW_BYTES.into());
        Self { input, frame, is_in_frame: false }
    }

    /// Begins the next frame with something in it; false at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.frame.init(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.input.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    fn check(&self) -> io::Result<()> {
        match self.frame.get_checksum_from_data() {
            Some(told) if Some(told) != self.frame.get_calculated_checksum() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum is wrong"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame {
                if !self.next_frame()? {
                    return Ok(0);
                }
                self.is_in_frame = true;
            }
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let one = ruzstd::decoding::BlockDecodingStrategy::UptoBlocks(1);
                self.frame.decode_blocks(&mut self.input, one).map_err(io::Error::other)?;
            }
            let count = self.frame.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            self.check()?;
            self.is_in_frame = false;
        }
    }
}
