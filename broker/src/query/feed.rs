//! The feed: events to workers in turn, and word of each to who takes the answers.

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::SyncSender;

use super::fault::Fault;
use super::order::{self, Head, Order};
use crate::store::Entry;

/// What was fed.
#[derive(Debug)]
pub(super) enum Fed<I, E> {
    /// An event, to the worker of this number.
    Event(Head, usize),
    /// None could be given it: it is no text.
    Unreadable(Head, Fault),
    /// There are no more, or the reading failed; here is what they came from.
    End(I, Option<E>),
}

/// Feeds all events, one worker after the other. Ends early if nobody takes the word of them.
///
/// The word of an event goes out before it does, so that a worker that waits for its answers to be taken is always told of.
pub(super) fn feed<I, E>(mut events: I, links: &[UnixStream], word: &SyncSender<Fed<I, E>>)
where
    I: Iterator<Item = Result<Entry, E>>,
{
    let mut turn = (0..links.len()).cycle();
    let end = loop {
        let entry = match events.next() {
            Some(Ok(entry)) => entry,
            Some(Err(error)) => break Some(error),
            None => break None,
        };
        let head = Head::from(&entry);
        let text = match vtp::encoding::text(&entry.bytes) {
            Ok(text) => text,
            Err(error) => {
                if word.send(Fed::Unreadable(head, Fault::packet(error))).is_err() {
                    break None;
                }
                continue;
            }
        };
        let order = Order::Event(head.clone());
        let Some((at, link)) = turn.next().and_then(|at| Some((at, links.get(at)?))) else { break None };
        // A worker that is gone is noticed where its answer is waited for.
        if word.send(Fed::Event(head, at)).is_err() || hand_over(link, &order, &text).is_err() {
            break None;
        }
    };
    // Whoever took the words may have given up.
    let _ = word.send(Fed::End(events, end));
}

fn hand_over(mut link: &UnixStream, order: &Order, packet: &str) -> io::Result<()> {
    let mut frames = Vec::with_capacity(packet.len() + 512);
    order::write(&mut frames, order)?;
    order::write_frame(&mut frames, packet.as_bytes())?;
    link.write_all(&frames)
}
