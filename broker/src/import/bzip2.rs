//! bzip2, block by block, on a thread of its own.
//!
//! Unpacking is most of the work of an import, and archives of packets are packed so. A stream is blocks that know nothing
//! of each other; each is cut out at its mark, which may begin at any bit, made a stream of its own, unpacked beside whoever
//! reads, and given when its checksum was right: of a damaged block nothing is used. A second thread would be no help: a block
//! takes 4 MB to unpack, and two are in each other's way in the cache. A mark that stands in a block by chance, once in some
//! 17 TB, is taken for damage. Memory is bounded by the blocks under way: three, of which none unpacks to more than 46 MB, and
//! all but those made to harm to 0.9 MB.
//!
//! ```text
//! stream   "BZh" level 1 to 9 · blocks · end mark 48 bits · checksum of all 32 bits · zeros up to the next byte
//! block    mark 48 bits · checksum 32 bits · what is packed
//! ```

use std::io::{self, BufRead, Cursor, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use bzip2::read::BzDecoder;

use crate::lifecycle::start_thread;

const TITLE: &[u8; 3] = b"BZh";
const BLOCK_MARK: u64 = 0x3141_5926_5359;
const END_MARK: u64 = 0x1772_4538_5090;
const MARK_BITS: usize = 48;
const SUM_BITS: usize = 32;
const MARK_MASK: u64 = (1 << MARK_BITS) - 1;
/// No block of 900,000 bytes takes more when it is packed.
const LONGEST_BYTES: usize = 4 << 20;
/// Blocks that wait to be unpacked, or to be read.
const WAITING: usize = 1;

/// Something packed, read as if it were not.
pub(super) struct Bzip2<R> {
    blocks: Blocks<R>,
    /// What stopped the reading of blocks: the end, or a fault.
    ended: Option<io::Result<()>>,
    to: SyncSender<Block>,
    from: Receiver<io::Result<Vec<u8>>>,
    under_way: usize,
    unpacked: Cursor<Vec<u8>>,
}

impl<R: BufRead> Bzip2<R> {
    /// Begins to unpack.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let (to, blocks) = sync_channel::<Block>(WAITING);
        let (done, from) = sync_channel(WAITING);
        start_thread("import-unpack", move || {
            while let Ok(block) = blocks.recv() {
                if done.send(block.unpack()).is_err() {
                    return;
                }
            }
        })?;
        let (blocks, unpacked) = (Blocks::new(input), Cursor::default());
        Ok(Self { blocks, ended: None, to, from, under_way: 0, unpacked })
    }

    /// Sees to it that there is always a block to be unpacked.
    fn send(&mut self) -> io::Result<()> {
        while self.ended.is_none() && self.under_way < 1 + 2 * WAITING {
            match self.blocks.next() {
                Ok(Some(block)) => {
                    self.to.send(block).map_err(|_| lost())?;
                    self.under_way += 1;
                }
                Ok(None) => self.ended = Some(Ok(())),
                Err(error) => self.ended = Some(Err(error)),
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Bzip2<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.unpacked.read(into)?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            self.send()?;
            if self.under_way == 0 {
                // All was read before the end, or the fault.
                return self.ended.replace(Ok(())).unwrap_or(Ok(())).map(|()| 0);
            }
            let unpacked = self.from.recv().map_err(|_| lost())?;
            self.under_way -= 1;
            self.unpacked = Cursor::new(unpacked?);
        }
    }
}

fn lost() -> io::Error {
    io::Error::other("a thread that unpacks has ended")
}

fn damaged(words: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// A block, from its mark on.
#[derive(Debug)]
struct Block {
    level: u8,
    /// Its bits, from the first on, and whatever fills the last byte.
    bytes: Vec<u8>,
    bits: usize,
}

impl Block {
    fn sum(&self) -> u32 {
        u32::try_from(bits(&self.bytes, MARK_BITS, SUM_BITS)).unwrap_or_default()
    }

    /// What it holds: unpacked as the only block of a stream.
    fn unpack(mut self) -> io::Result<Vec<u8>> {
        let odd_bits = self.bits % 8;
        let odd = if odd_bits == 0 { None } else { self.bytes.pop() };
        // The bits that fill no byte, the end mark and the sum, from the left.
        let mut tail = u128::from(odd.unwrap_or_default() >> ((8 - odd_bits) % 8));
        tail = tail << MARK_BITS | u128::from(END_MARK);
        tail = tail << SUM_BITS | u128::from(self.sum());
        let tail_bits = odd_bits + MARK_BITS + SUM_BITS;
        let tail = (tail << (128 - tail_bits)).to_be_bytes();
        let head = [TITLE.as_slice(), &[self.level]].concat();
        let stream = Cursor::new(head).chain(Cursor::new(self.bytes)).chain(Cursor::new(tail));
        let mut unpacked = Vec::with_capacity(1 << 20);
        BzDecoder::new(stream).read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }
}

/// Cuts streams, one after the other, into blocks.
struct Blocks<R> {
    input: R,
    /// The level of the stream that is being read.
    level: Option<u8>,
    /// What was read of it, from the block under way on.
    bytes: Vec<u8>,
    /// Where the block under way begins, in bits.
    start: Option<usize>,
    /// How many bytes were searched for a mark, and the last of their bits.
    searched: usize,
    window: u64,
    sum: u32,
    /// What is to be told after the last block.
    fault: Option<io::Error>,
}

impl<R: BufRead> Blocks<R> {
    fn new(input: R) -> Self {
        let (level, bytes, start, fault) = (None, Vec::new(), None, None);
        Self { input, level, bytes, start, searched: 0, window: 0, sum: 0, fault }
    }

    fn next(&mut self) -> io::Result<Option<Block>> {
        loop {
            if let Some(fault) = self.fault.take() {
                return Err(fault);
            }
            if self.level.is_none() && !self.begin()? {
                return Ok(None);
            }
            let (mark, at) = self.search()?;
            if self.start.is_none() && at != 0 {
                return Err(damaged("its first block has no mark"));
            }
            let block = self.cut(at);
            if mark == BLOCK_MARK {
                self.bytes.drain(..at / 8);
                (self.start, self.searched) = (Some(at % 8), self.searched - at / 8);
            } else {
                self.end(at)?;
            }
            if block.is_some() {
                return Ok(block);
            }
        }
    }

    /// Reads the title of a stream; false if there is none, and whatever stands there is no bzip2.
    fn begin(&mut self) -> io::Result<bool> {
        while self.bytes.len() < TITLE.len() + 1 && self.fill()? {}
        match self.bytes.strip_prefix(TITLE.as_slice()) {
            Some([level @ b'1'..=b'9', ..]) => self.level = Some(*level),
            Some(_) | None => return Ok(false),
        }
        self.bytes.drain(..=TITLE.len());
        Ok(true)
    }

    /// Reads until the next mark; which it is, and at which bit it begins.
    fn search(&mut self) -> io::Result<(u64, usize)> {
        loop {
            while let Some(byte) = self.bytes.get(self.searched) {
                self.window = self.window << 8 | u64::from(*byte);
                self.searched += 1;
                for shift in (0..8).rev() {
                    let seen = self.window >> shift & MARK_MASK;
                    if (seen == BLOCK_MARK || seen == END_MARK) && self.searched * 8 >= MARK_BITS + shift {
                        return Ok((seen, self.searched * 8 - shift - MARK_BITS));
                    }
                }
            }
            if self.bytes.len() > LONGEST_BYTES {
                return Err(damaged("a block has no end"));
            }
            if !self.fill()? {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in the midst of a block"));
            }
        }
    }

    /// Takes out the block under way, which ends at a bit.
    fn cut(&mut self, end: usize) -> Option<Block> {
        let (start, level) = (self.start.take()?, self.level?);
        let count = end.checked_sub(start)?;
        let from = self.bytes.get(start / 8..)?;
        let shift = start % 8;
        let byte = |at: usize| u16::from(from.get(at).copied().unwrap_or_default());
        let shifted = |at| ((byte(at) << 8 | byte(at + 1)) << shift).to_be_bytes()[0];
        let block = Block { level, bytes: (0..count.div_ceil(8)).map(shifted).collect(), bits: count };
        self.sum = self.sum.rotate_left(1) ^ block.sum();
        Some(block)
    }

    /// Reads the sum behind the end mark, which begins at a bit, and whatever fills the last byte.
    fn end(&mut self, at: usize) -> io::Result<()> {
        let (from, length) = (at + MARK_BITS, (at + MARK_BITS + SUM_BITS).div_ceil(8));
        while self.bytes.len() < length {
            if !self.fill()? {
                let cut = io::Error::new(io::ErrorKind::UnexpectedEof, "it ends before its checksum");
                self.fault = Some(cut);
                return Ok(());
            }
        }
        if bits(&self.bytes, from, SUM_BITS) != u64::from(self.sum) {
            self.fault = Some(damaged("its checksum is wrong"));
        }
        self.bytes.drain(..length);
        (self.level, self.start, self.searched, self.window, self.sum) = (None, None, 0, 0, 0);
        Ok(())
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let more = self.input.fill_buf()?;
        let count = more.len();
        self.bytes.extend_from_slice(more);
        self.input.consume(count);
        Ok(count > 0)
    }
}

/// So many bits from one on, no more than 64.
fn bits(bytes: &[u8], from: usize, count: usize) -> u64 {
    let bit = |at: usize| u64::from(bytes.get(at / 8).copied().unwrap_or_default() >> (7 - at % 8) & 1);
    (from..from + count).fold(0, |bits, at| bits << 1 | bit(at))
}
