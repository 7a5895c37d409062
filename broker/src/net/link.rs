//! Links: a stream with frames waiting to go out.
//!
//! A [`Link`] writes many frames in one system call, straight from the bytes that events are kept in, and hands what
//! comes in to whoever takes it without keeping a buffer between reads: ten thousand idle links cost ten thousand
//! sockets and little else. It promises that [`progress`](Link::progress) can be cancelled at any await without losing
//! or repeating a byte. What the bytes mean is left to the sessions.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::ReadBuf;
use vtp::frame::{self, HEADER_BYTES};

use super::stream::Stream;

/// Most that is read at once.
const READ_BYTES: usize = 16 * 1024;
/// Most pieces that are written at once: two a frame.
const WRITE_PIECES: usize = 64;
/// With so many frames waiting, nothing more is read that might ask for another.
const CROWD: usize = 2 * WRITE_PIECES;

/// What a turn of [`Link::progress`] brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Bytes came in and were handed over.
    Received,
    /// All frames have gone out.
    Flushed,
    /// The peer will send no more.
    Ended,
}

/// A stream with frames waiting to go out.
#[derive(Debug)]
pub(crate) struct Link {
    stream: Stream,
    outbox: VecDeque<Outgoing>,
}

#[derive(Debug)]
struct Outgoing {
    header: [u8; HEADER_BYTES],
    payload: Bytes,
    sent: usize,
}

impl Outgoing {
    fn rest(&self) -> (&[u8], &[u8]) {
        let header = self.header.get(self.sent..).unwrap_or_default();
        let payload = self.payload.get(self.sent.saturating_sub(HEADER_BYTES)..).unwrap_or_default();
        (header, payload)
    }
}

impl Link {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, outbox: VecDeque::new() }
    }

    /// Puts a payload behind those that wait.
    pub(crate) fn push(&mut self, payload: Bytes) {
        self.outbox.push_back(Outgoing { header: frame::header(&payload), payload, sent: 0 });
    }

    /// Whether nothing waits.
    pub(crate) fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Waits until something moves: frames out first, then bytes in, which are given to `take`.
    ///
    /// With `reading` false nothing is read, so that the peer has to wait; nor is it while the peer leaves answers of
    /// ours unread by the dozen, because whoever asks without listening must not fill our memory.
    ///
    /// Cancel-safe: what was written is counted and what was read was taken before it returns.
    pub(crate) async fn progress(
        &mut self,
        reading: bool,
        mut take: impl FnMut(&[u8]),
    ) -> io::Result<Progress> {
        poll_fn(|cx| {
            let was_waiting = !self.outbox.is_empty();
            let flushed = was_waiting && self.poll_flush(cx)?.is_ready();
            let received = if reading && self.outbox.len() < CROWD {
                self.poll_receive(cx, &mut take)
            } else {
                Poll::Pending
            };
            if received.is_pending() && flushed { Poll::Ready(Ok(Progress::Flushed)) } else { received }
        })
        .await
    }

    /// Sends all that waits, within a time.
    pub(crate) async fn flush(&mut self, within: Duration) -> io::Result<()> {
        tokio::time::timeout(within, poll_fn(|cx| self.poll_flush(cx))).await?
    }

    /// Says farewell: no more is sent, and for a while what the peer is still sending is read and thrown away, because
    /// closing on unread bytes would destroy the last answer on its way.
    pub(crate) async fn linger(mut self, within: Duration) {
        let farewell = async {
            poll_fn(|cx| self.stream.poll_shutdown(cx)).await?;
            while self.progress(true, |_| {}).await? != Progress::Ended {}
            io::Result::Ok(())
        };
        // Whether the peer hears us out is up to the peer.
        let _ = tokio::time::timeout(within, farewell).await;
    }

    /// Ends the connection when all that waited has gone out, lingering only if the peer is still sending.
    pub(crate) async fn close(mut self, within: Duration) {
        let unread = poll_fn(|cx| Poll::Ready(self.poll_receive(cx, &mut |_| {}))).await;
        if matches!(unread, Poll::Ready(Ok(Progress::Received))) {
            self.linger(within).await;
        }
    }

    /// Ends the connection at once.
    pub(crate) fn abandon(self) {
        self.stream.abandon();
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        take: &mut impl FnMut(&[u8]),
    ) -> Poll<io::Result<Progress>> {
        let mut space = [const { MaybeUninit::<u8>::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        std::task::ready!(self.stream.poll_read(cx, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Ok(Progress::Ended));
        }
        take(buffer.filled());
        Poll::Ready(Ok(Progress::Received))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outbox.is_empty() {
            let mut pieces = [IoSlice::new(&[]); WRITE_PIECES];
            let mut count = 0;
            for (pair, frame) in pieces.chunks_exact_mut(2).zip(&self.outbox) {
                let (header, payload) = frame.rest();
                if let [first, second] = pair {
                    (*first, *second) = (IoSlice::new(header), IoSlice::new(payload));
                }
                count += 2;
            }
            let written =
                std::task::ready!(self.stream.poll_write(cx, pieces.get(..count).unwrap_or_default()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        if self.outbox.capacity() > WRITE_PIECES {
            self.outbox = VecDeque::new();
        }
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.outbox.front_mut() {
            let rest = HEADER_BYTES + front.payload.len() - front.sent;
            if written < rest {
                front.sent += written;
                return;
            }
            written -= rest;
            self.outbox.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixStream;

    #[tokio::test]
    async fn frames_arrive_whole_and_in_order_through_a_narrow_socket() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let payloads: Vec<Bytes> = (0..200u32).map(|n| vec![n.to_be_bytes()[3]; 5_000].into()).collect();
        let mut link = Link::new(Stream::Unix(near));
        payloads.iter().cloned().for_each(|payload| link.push(payload));
        let mut received = Vec::new();
        let reader = async {
            let mut piece = [0; 777];
            while received.len() < 200 * 5_004 {
                let n = far.read(&mut piece).await.unwrap();
                received.extend_from_slice(&piece[..n]);
            }
        };
        let (sent, ()) = tokio::join!(link.flush(Duration::from_secs(10)), reader);
        sent.unwrap();
        let mut decoder = frame::Decoder::new(5_000);
        decoder.feed(&received);
        for payload in payloads {
            assert_eq!(decoder.next_frame().unwrap(), Some(payload));
        }
    }
}
