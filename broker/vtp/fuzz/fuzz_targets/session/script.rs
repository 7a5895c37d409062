//! A script: what happens to a session, read from bytes of which none is wrong.

use std::borrow::Cow;
use std::time::Duration;

use vtp::frame;

/// One thing that happens.
pub enum Happening<'a> {
    /// Bytes come.
    Bytes(Cow<'a, [u8]>),
    /// Time passes.
    Pass(Duration),
    /// What there is to hear and to send is taken.
    Drain,
    /// A broadcaster's owner hands packets to the socket.
    Deliver(u64),
    /// It goes back to a place in the log.
    Resume(u64),
    /// It hands out a place before its time.
    Offer(u64),
    /// It cannot honour a filter.
    RefuseFilters,
    /// A receiver's or subscriber's owner takes a packet.
    Accept,
    /// A receiver's owner refuses one.
    Refuse,
}

/// The rest of a script.
pub struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u16> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*number))
    }

    /// As many bytes as are announced, or as are left.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.number()?).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(bytes)
    }
}

impl<'a> Iterator for Script<'a> {
    type Item = Happening<'a>;

    fn next(&mut self) -> Option<Happening<'a>> {
        loop {
            return Some(match self.byte()? {
                b'b' => Happening::Bytes(self.bytes()?.into()),
                b'm' => {
                    let payload = self.bytes()?;
                    Happening::Bytes([&frame::header(payload), payload].concat().into())
                }
                b't' => Happening::Pass(Duration::from_millis(100 * u64::from(self.number()?))),
                b'd' => Happening::Deliver(self.byte()?.into()),
                b'r' => Happening::Resume(self.byte()?.into()),
                b'o' => Happening::Offer(self.byte()?.into()),
                b'x' => Happening::RefuseFilters,
                b'a' => Happening::Accept,
                b'n' => Happening::Refuse,
                b'q' => Happening::Drain,
                _ => continue,
            });
        }
    }
}
