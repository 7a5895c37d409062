//! The decoder against a model that has the whole stream before it: whatever the cutting, the payloads, the error and
//! what is left over are the same, and never more is held than one frame; with copies and without.
//!
//! ```text
//! input: limit in bytes (2) · longest piece (1) · the stream
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use vtp::frame::{Decoder, FrameError, HEADER_BYTES};

fuzz_target!(|input: &[u8]| {
    let [high, low, longest, stream @ ..] = input else { return };
    let limit_bytes = u32::from(u16::from_be_bytes([*high, *low]));
    let (payloads, outcome) = model(stream, limit_bytes);

    let (mut decoder, mut copyless) = (Decoder::new(limit_bytes), Decoder::new(limit_bytes));
    let (mut decoded, mut copyless_decoded) = (Vec::new(), Vec::new());
    let mut error = None;
    let mut rest = stream;
    let mut size = 0;
    while !rest.is_empty() && error.is_none() {
        // Pieces of 1, 2, … up to the longest, and again, so that every boundary is cut somewhere.
        size = size % usize::from(*longest).max(1) + 1;
        let (piece, tail) = rest.split_at(size.min(rest.len()));
        rest = tail;
        let mut unread = piece;
        while let Ok(Some(payload)) = copyless.next_in(&mut unread) {
            copyless_decoded.push(payload.to_vec());
        }
        decoder.feed(piece);
        while error.is_none() {
            match decoder.next_frame() {
                Ok(Some(payload)) => decoded.push(payload),
                Ok(None) => break,
                Err(too_long) => error = Some(too_long),
            }
        }
        assert!(error.is_some() || decoder.pending_bytes() < HEADER_BYTES + limit_bytes as usize);
    }

    assert_eq!(decoded, payloads);
    assert_eq!(copyless_decoded, payloads);
    match outcome {
        Ok(left_bytes) => assert_eq!((decoder.pending_bytes(), error), (left_bytes, None)),
        Err(too_long) => {
            assert_eq!(error, Some(too_long));
            assert_eq!(decoder.next_frame(), Err(too_long));
        }
    }
});

/// The payloads of a whole stream, then how many bytes are left over or why it cannot be read on.
fn model(mut stream: &[u8], limit_bytes: u32) -> (Vec<&[u8]>, Result<usize, FrameError>) {
    let mut payloads = Vec::new();
    while let Some((header, rest)) = stream.split_first_chunk::<HEADER_BYTES>() {
        let declared_bytes = u32::from_be_bytes(*header);
        if declared_bytes > limit_bytes {
            return (payloads, Err(FrameError::TooLong { declared_bytes, limit_bytes }));
        }
        let Some((payload, rest)) = rest.split_at_checked(declared_bytes as usize) else { break };
        payloads.push(payload);
        stream = rest;
    }
    (payloads, Ok(stream.len()))
}
