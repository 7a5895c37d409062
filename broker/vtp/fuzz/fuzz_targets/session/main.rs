//! All four sessions through the same script of things that happen: none panics, none answers with more than it was
//! given cause for, the end is the end, no deadline is in the past after a wake, and cutting the bytes changes nothing.
//!
//! ```text
//! input: a script, a letter a happening        b m: bytes, or the payload of a frame: length (2), then those
//!                                              t: deciseconds (2)     d r o: a number (1)     x a n q: nothing
//! ```
#![no_main]

mod script;
mod sides;

use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use script::{Happening, Script};
use sides::Side;
use vtp::session::CloseReason;
use vtp::{Moment, frame};

fuzz_target!(|input: &[u8]| {
    check(input, sides::receiver);
    check(input, sides::broadcaster);
    check(input, sides::subscriber);
    check(input, sides::sender);
});

fn check<S: Side>(script: &[u8], side: fn(Moment) -> S)
where
    S::Event: Debug + PartialEq,
{
    let whole = Conversation::hold(side, script, usize::MAX);
    let cut = Conversation::hold(side, script, 3);
    assert_eq!(whole, cut);
}

/// What came of a script.
#[derive(Debug, PartialEq)]
struct Conversation<E> {
    events: Vec<E>,
    payloads: Vec<Bytes>,
    end: Option<CloseReason>,
}

impl<E: Debug + PartialEq> Conversation<E> {
    /// Lets all of a script happen to one side, bytes in pieces of at most that size.
    fn hold<S: Side<Event = E>>(side: fn(Moment) -> S, script: &[u8], piece_bytes: usize) -> Self {
        let mut elapsed = Duration::ZERO;
        let mut side = side(at(elapsed));
        let mut conversation = Self { events: Vec::new(), payloads: Vec::new(), end: None };
        let (mut fed_bytes, mut causes) = (0, 1);
        for happening in Script(script) {
            match &happening {
                Happening::Bytes(bytes) => {
                    bytes.chunks(piece_bytes).for_each(|piece| side.receive(piece, at(elapsed)));
                    fed_bytes += bytes.len();
                }
                Happening::Pass(time) => {
                    elapsed += *time;
                    side.wake(at(elapsed));
                    assert!(side.deadline().is_none_or(|deadline| deadline > elapsed));
                    causes += 1;
                }
                Happening::Drain => conversation.drain(&mut side),
                act if side.closed().is_none() => {
                    side.act(act, at(elapsed));
                    causes += 1;
                }
                _ => {}
            }
            conversation.check_end(&mut side);
        }
        conversation.drain(&mut side);
        conversation.check_bounds(fed_bytes, causes);
        conversation
    }

    fn drain<S: Side<Event = E>>(&mut self, side: &mut S) {
        self.events.extend(std::iter::from_fn(|| side.next_event()));
        self.payloads.extend(std::iter::from_fn(|| side.transmit()));
    }

    /// Once a session is over and has said what it had to say, it stays so.
    fn check_end<S: Side<Event = E>>(&mut self, side: &mut S) {
        if self.end.is_some() {
            assert_eq!((side.next_event(), side.transmit()), (None, None));
            assert_eq!(side.closed(), self.end.as_ref());
        } else if let Some(reason) = side.closed().cloned() {
            self.end = Some(reason);
            self.drain(side);
        }
        assert!(self.end.is_none() || side.deadline().is_none());
    }

    /// An event or an answer needs a cause: a frame of four bytes at least, time that passed, or the owner's wish.
    fn check_bounds(&self, fed_bytes: usize, causes: usize) {
        let frames = fed_bytes / frame::HEADER_BYTES;
        assert!(self.events.len() <= 3 * frames);
        assert!(self.payloads.len() <= frames + causes);
        // What a peer wrote is repeated once, each character in at most six, in an envelope of 1 kB.
        let sent_bytes: usize = self.payloads.iter().map(Bytes::len).sum();
        assert!(sent_bytes <= 1024 * self.payloads.len() + 6 * fed_bytes);
    }
}

fn at(elapsed: Duration) -> Moment {
    Moment { elapsed, utc: Timestamp::UNIX_EPOCH }
}
