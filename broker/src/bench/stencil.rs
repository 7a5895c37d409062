//! Stencils: messages that differ in nothing but a serial number.
//!
//! A load needs a hundred thousand messages of their own, and a subscriber that compares every delivery with what was
//! submitted. A stencil does both for the price of a copy and a comparison of memory: it writes the message of any
//! serial number, and tells which one a payload is only if all of its bytes agree.
//!
//! ```text
//!   …ivorn="ivo://philae.bench/load#3f9a-│000000000042│" role="test"…value="│000000000042│"…
//!   piece 0                                digits        piece 1               digits      piece 2
//! ```

use vtp::frame;

/// Stands for the serial number in the text that a stencil is cut from; as long as what takes its place.
pub(super) const HOLE: &str = "{--SERIAL--}";

const DIGITS: usize = HOLE.len();

/// A message with holes for a serial number.
#[derive(Debug)]
pub(super) struct Stencil {
    header: [u8; frame::HEADER_BYTES],
    pieces: Vec<Vec<u8>>,
}

impl Stencil {
    /// Cuts a stencil from a text that has [`HOLE`] where the serial number belongs.
    pub(super) fn new(text: &str) -> Self {
        Self {
            header: frame::header(text.as_bytes()),
            pieces: text.split(HOLE).map(|piece| piece.as_bytes().to_vec()).collect(),
        }
    }

    /// Appends the frame of the message with that serial number.
    pub(super) fn write_frame(&self, serial: u64, out: &mut Vec<u8>) {
        let digits = digits(serial);
        out.extend_from_slice(&self.header);
        for (nth, piece) in self.pieces.iter().enumerate() {
            if nth > 0 {
                out.extend_from_slice(&digits);
            }
            out.extend_from_slice(piece);
        }
    }

    /// The serial number of a payload that is, byte for byte, a message of this stencil.
    pub(super) fn read(&self, payload: &[u8]) -> Option<u64> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = payload.strip_prefix(first.as_slice())?;
        let (digits, _) = rest.split_first_chunk::<DIGITS>()?;
        for piece in others {
            rest = rest.strip_prefix(digits)?.strip_prefix(piece.as_slice())?;
        }
        if !rest.is_empty() {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}

fn digits(serial: u64) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    let mut rest = serial;
    for place in digits.iter_mut().rev() {
        // A remainder of ten always fits.
        *place = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_of(stencil: &Stencil, serial: u64) -> Vec<u8> {
        let mut frame = Vec::new();
        stencil.write_frame(serial, &mut frame);
        frame
    }

    #[test]
    fn what_is_written_is_recognised() {
        let stencil = Stencil::new(&format!("<a id='{HOLE}'>{HOLE}</a>"));
        let frame = frame_of(&stencil, 42);
        assert_eq!(&frame[4..], b"<a id='000000000042'>000000000042</a>");
        assert_eq!(frame[..4], frame::header(&frame[4..]));
        assert_eq!(stencil.read(&frame[4..]), Some(42));
    }

    #[test]
    fn one_changed_byte_is_seen_wherever_it_is() {
        let stencil = Stencil::new(&format!("<a id='{HOLE}'>{HOLE}</a>"));
        let payload = frame_of(&stencil, 42)[4..].to_vec();
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            changed[at] ^= 0x40;
            assert_eq!(stencil.read(&changed), None, "byte {at}");
        }
        assert_eq!(stencil.read(&payload[..payload.len() - 1]), None);
        assert_eq!(stencil.read(&[payload, vec![b' ']].concat()), None);
    }
}
