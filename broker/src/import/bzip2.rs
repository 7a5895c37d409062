//! bzip2, on a thread of its own: a block is given when its checksum was right.
//!
//! Unpacking is most of the work of an import, and archives of packets are packed so; it is done beside whoever reads. The
//! decoder compares a block's checksum in the call that gives the block's last byte. What comes out of a call that left
//! room is therefore whole and right, and is given; of a damaged block nothing is. A call is fed fewer bytes than any block
//! is packed into, so that memory is bounded by a few blocks, of which none unpacks to more than 46 MB, and all but those
//! made to harm to 0.9 MB. A second thread would be no help: a block takes 4 MB to unpack, and two are in each other's way
//! in the cache.

use std::io::{self, BufRead, Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use bzip2::{Decompress, Error, Status};

use crate::lifecycle::start_thread;

/// A block's mark, checksum, origin, symbols, two tables and their selectors take more.
const PIECE_BYTES: usize = 16;
/// The room for a block: as large as they are, when nobody means harm.
const BLOCK_BYTES: usize = 1 << 20;
/// Blocks that wait to be read.
const WAITING: usize = 1;

/// Something packed, read as if it were not.
pub(super) struct Bzip2 {
    from: Receiver<io::Result<Vec<u8>>>,
    unpacked: Cursor<Vec<u8>>,
    is_ended: bool,
}

impl Bzip2 {
    /// Begins to unpack.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn new(input: impl BufRead + Send + 'static) -> io::Result<Self> {
        let (to, from) = sync_channel(WAITING);
        start_thread("import-unpack", move || unpack(Streams::new(input), &to))?;
        Ok(Self { from, unpacked: Cursor::default(), is_ended: false })
    }
}

impl Read for Bzip2 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.unpacked.read(into)?;
            if count > 0 || into.is_empty() || self.is_ended {
                return Ok(count);
            }
            let lost = |_| io::Error::other("the thread that unpacks has ended");
            let block = self.from.recv().map_err(lost)??;
            self.is_ended = block.is_empty();
            self.unpacked = Cursor::new(block);
        }
    }
}

/// Gives one block after the other, and an empty one in the end, until there is a fault or nobody reads any more.
fn unpack(mut streams: Streams<impl BufRead>, to: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let block = streams.block();
        let is_last = block.as_ref().map_or(true, Vec::is_empty);
        if to.send(block).is_err() || is_last {
            return;
        }
    }
}

/// Streams, one after the other, each of blocks.
struct Streams<R> {
    input: R,
    /// The one under way.
    stream: Decompress,
    is_first: bool,
}

impl<R: BufRead> Streams<R> {
    fn new(input: R) -> Self {
        Self { input, stream: Decompress::new(false), is_first: true }
    }

    /// The next block; empty when all was read.
    fn block(&mut self) -> io::Result<Vec<u8>> {
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        while block.is_empty() {
            let packed = self.input.fill_buf()?;
            let piece = packed.get(..PIECE_BYTES).unwrap_or(packed);
            let begin = self.stream.total_in();
            if piece.is_empty() && begin > 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the midst of a block"));
            }
            if piece.is_empty() {
                break;
            }
            let status = feed(&mut self.stream, piece, &mut block);
            let taken = usize::try_from(self.stream.total_in() - begin).unwrap_or(usize::MAX);
            self.input.consume(taken);
            match status {
                Ok(Status::StreamEnd) => {
                    (self.stream, self.is_first) = (Decompress::new(false), false);
                }
                Ok(Status::MemNeeded) => return Err(io::ErrorKind::OutOfMemory.into()),
                Ok(_) => {}
                // What stands behind a stream and is none is nobody's.
                Err(Error::DataMagic) if !self.is_first => return Ok(Vec::new()),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        Ok(block)
    }
}

/// Unpacks a piece until there is room left, which says that all that came out of it is right.
fn feed(stream: &mut Decompress, piece: &[u8], block: &mut Vec<u8>) -> Result<Status, Error> {
    let begin = stream.total_in();
    loop {
        let taken = usize::try_from(stream.total_in() - begin).unwrap_or(usize::MAX);
        let status = stream.decompress_vec(piece.get(taken..).unwrap_or_default(), block)?;
        if block.len() < block.capacity() || status != Status::Ok {
            return Ok(status);
        }
        block.reserve(BLOCK_BYTES);
    }
}
