//! Frames: how a message is cut out of a stream of bytes.
//!
//! A [`Decoder`] turns what a socket delivers, in pieces of any size, into payloads. It promises never to hold more
//! than one frame of the permitted length beyond the piece it was last fed, to allocate only for bytes that really
//! came (a declared length alone costs nothing), and to give its memory back between frames. What a payload means is
//! left to [`message`](crate::message).
//!
//! ```text
//!  0        4                4 + length
//! ┌────────┬────────────────┐
//! │ length │ payload (XML)  │   length: 32 bits, unsigned, big-endian   (VTP 2.0 § Network layer)
//! └────────┴────────────────┘
//! ```

use bytes::{Bytes, BytesMut};

/// Octets of the length that opens every frame.
pub const HEADER_BYTES: usize = 4;

/// A frame that may not be read; unless it is [skipped](Decoder::skip), the connection is of no further use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The peer announced more than this side takes.
    #[error("a message of {declared_bytes} bytes was announced, the limit is {limit_bytes}")]
    TooLong {
        /// What the header says.
        declared_bytes: u32,
        /// What is permitted.
        limit_bytes: u32,
    },
}

/// A payload as [`Decoder::next_in`] gives it.
#[derive(Debug, Clone)]
pub enum Frame<'a> {
    /// It lies in the piece of the stream that was given.
    Whole(&'a [u8]),
    /// It was put together from several pieces.
    Joined(Bytes),
}

impl std::ops::Deref for Frame<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Whole(payload) => payload,
            Self::Joined(payload) => payload,
        }
    }
}

impl From<Frame<'_>> for Bytes {
    /// The payload in memory of its own, no larger than it is.
    fn from(frame: Frame<'_>) -> Self {
        match frame {
            Frame::Whole(payload) => Self::copy_from_slice(payload),
            Frame::Joined(payload) => payload,
        }
    }
}

/// Cuts payloads out of a stream.
#[derive(Debug)]
pub struct Decoder {
    limit_bytes: u32,
    buffer: BytesMut,
    /// What is still to come of a frame that is passed over.
    skipped_bytes: usize,
}

impl Decoder {
    /// A decoder at the start of a stream, for payloads of at most `limit_bytes`.
    #[must_use]
    pub fn new(limit_bytes: u32) -> Self {
        Self { limit_bytes, buffer: BytesMut::new(), skipped_bytes: 0 }
    }

    /// Takes the next piece of the stream. Call [`next_frame`](Self::next_frame) until it is empty before feeding again.
    pub fn feed(&mut self, piece: &[u8]) {
        let piece = self.without_skipped(piece);
        self.buffer.extend_from_slice(piece);
    }

    fn without_skipped<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        let skipped = piece.len().min(self.skipped_bytes);
        self.skipped_bytes -= skipped;
        piece.get(skipped..).unwrap_or_default()
    }

    /// The next complete payload, if the stream has come that far.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] as soon as the header says so, and at every call after unless the frame is skipped.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(declared_bytes) = self.declared_bytes() else { return Ok(None) };
        if declared_bytes > self.limit_bytes {
            return Err(FrameError::TooLong { declared_bytes, limit_bytes: self.limit_bytes });
        }
        let payload_bytes = declared_bytes as usize;
        if self.buffer.len() < HEADER_BYTES + payload_bytes {
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(HEADER_BYTES + payload_bytes);
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
        Ok(Some(frame.split_off(HEADER_BYTES).freeze()))
    }

    /// The next complete payload, `piece` being what the stream goes on with; what it takes of the piece is cut off.
    ///
    /// The same as feeding, but a frame that lies whole in the piece is not copied. Call it until it gives none; then
    /// the piece is empty.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] as soon as the header says so, and at every call after unless the frame is skipped.
    pub fn next_in<'a>(&mut self, piece: &mut &'a [u8]) -> Result<Option<Frame<'a>>, FrameError> {
        *piece = self.without_skipped(piece);
        if self.buffer.is_empty()
            && let Some((header, rest)) = piece.split_first_chunk::<HEADER_BYTES>()
            && let Some((payload, tail)) = rest.split_at_checked(u32::from_be_bytes(*header) as usize)
            && payload.len() <= self.limit_bytes as usize
        {
            *piece = tail;
            return Ok(Some(Frame::Whole(payload)));
        }
        // Twice at most: to the end of the header, then to the end of the frame that it announces.
        while !piece.is_empty() {
            let wanted = match self.declared_bytes() {
                Some(declared_bytes) if declared_bytes > self.limit_bytes => break,
                Some(declared_bytes) => HEADER_BYTES + declared_bytes as usize,
                None => HEADER_BYTES,
            };
            let missing = wanted.saturating_sub(self.buffer.len()).min(piece.len());
            if missing == 0 {
                break;
            }
            let (taken, rest) = piece.split_at(missing);
            self.buffer.extend_from_slice(taken);
            *piece = rest;
        }
        Ok(self.next_frame()?.map(Frame::Joined))
    }

    /// Passes over the frame under way, whose header is complete: nothing of it is kept, and the next one is read.
    pub fn skip(&mut self) {
        let Some(declared_bytes) = self.declared_bytes() else { return };
        let frame_bytes = HEADER_BYTES + declared_bytes as usize;
        let come_bytes = frame_bytes.min(self.buffer.len());
        self.skipped_bytes = frame_bytes - come_bytes;
        self.buffer = BytesMut::from(self.buffer.get(come_bytes..).unwrap_or_default());
    }

    /// The length that the frame under way announces, once its header is complete.
    #[must_use]
    pub fn declared_bytes(&self) -> Option<u32> {
        self.buffer.first_chunk::<HEADER_BYTES>().map(|header| u32::from_be_bytes(*header))
    }

    /// How much of a frame under way has come; 0 between frames.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.buffer.len()
    }
}

/// The header of a frame that carries `payload`.
///
/// A payload beyond 4 GiB has no header in VTP; it gets the largest, which no peer accepts.
#[must_use]
pub fn header(payload: &[u8]) -> [u8; HEADER_BYTES] {
    u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(payloads: &[Vec<u8>]) -> Vec<u8> {
        payloads.iter().flat_map(|p| [header(p).to_vec(), p.clone()].concat()).collect()
    }

    fn drain(decoder: &mut Decoder) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| decoder.next_frame().unwrap()).map(|frame| frame.to_vec()).collect()
    }

    proptest! {
        #[test]
        fn payloads_survive_any_cutting(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
            pieces in prop::collection::vec(1usize..50, 1..20),
        ) {
            let stream = framed(&payloads);
            let (mut decoder, mut copyless) = (Decoder::new(200), Decoder::new(200));
            let (mut out, mut copyless_out) = (Vec::new(), Vec::new());
            let mut rest = stream.as_slice();
            for size in pieces.iter().cycle() {
                if rest.is_empty() { break }
                let (piece, tail) = rest.split_at((*size).min(rest.len()));
                decoder.feed(piece);
                out.extend(drain(&mut decoder));
                let mut unread = piece;
                while let Some(frame) = copyless.next_in(&mut unread).unwrap() {
                    copyless_out.push(frame.to_vec());
                }
                prop_assert!(unread.is_empty());
                rest = tail;
            }
            prop_assert_eq!(copyless_out, out.clone());
            prop_assert_eq!(out, payloads);
            prop_assert_eq!(decoder.pending_bytes(), 0);
        }
    }

    #[test]
    fn a_length_bomb_is_refused_by_its_header_alone() {
        let mut decoder = Decoder::new(1024);
        decoder.feed(&[0xff; 4]);
        let bomb = FrameError::TooLong { declared_bytes: u32::MAX, limit_bytes: 1024 };
        assert_eq!(decoder.next_frame(), Err(bomb));
        assert_eq!(decoder.next_frame(), Err(bomb));
        let mut decoder = Decoder::new(1024);
        assert!(decoder.next_in(&mut [[0xff; 4].as_slice(), &[0; 9000]].concat().as_slice()).is_err());
        assert!(decoder.pending_bytes() <= HEADER_BYTES);
    }

    #[test]
    fn a_frame_that_is_skipped_leaves_the_next_one_whole_however_the_stream_is_cut() {
        let stream = framed(&[vec![7; 300], vec![1; 5]]);
        for size in 1..stream.len() {
            let (mut decoder, mut out) = (Decoder::new(10), Vec::new());
            for piece in stream.chunks(size) {
                decoder.feed(piece);
                if decoder.declared_bytes().is_some_and(|declared| declared > 10) {
                    decoder.skip();
                }
                out.extend(drain(&mut decoder));
                assert!(decoder.pending_bytes() < HEADER_BYTES + 5);
            }
            assert_eq!(out, [[1; 5]], "pieces of {size}");
        }
    }

    #[test]
    fn memory_is_given_back_between_frames() {
        let mut decoder = Decoder::new(1024);
        decoder.feed(&framed(&[vec![7; 1024]]));
        assert!(decoder.next_frame().unwrap().is_some());
        assert_eq!(decoder.buffer.capacity(), 0);
    }

    #[test]
    fn an_empty_frame_is_a_payload_of_no_bytes() {
        let mut decoder = Decoder::new(10);
        decoder.feed(&[0, 0, 0, 0]);
        assert_eq!(decoder.next_frame().unwrap().unwrap().len(), 0);
    }
}
