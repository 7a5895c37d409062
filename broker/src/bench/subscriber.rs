//! A subscriber: it answers as real ones do and keeps count of what it gets.
//!
//! Every packet is acknowledged with a frame of its own, as Comet does, and compared byte for byte with what was submitted.
//! What the broker says of itself (iamalive, authenticate, test events) is answered and otherwise left out of account.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use vtp::message::Message;
use vtp::transport::{Role, Transport};
use vtp::{Packet, frame};

use super::BenchError;
use super::packets::SUBSCRIBER;
use super::tally::{Ledger, Tally};
use super::wire::{self, FrameReader};

/// How long a broker's greeting is waited for; GCN's gave none.
const GREETING: Duration = Duration::from_secs(5);

/// How much a subscriber asks the socket for: several packets at a time, where several wait.
const LISTENING_BYTES: usize = 64 << 10;

/// How many connect at once.
const CONNECTING: usize = 64;

/// A subscriber that the broker has greeted.
#[derive(Debug)]
pub(super) struct Subscriber {
    stream: TcpStream,
    reader: FrameReader,
    replies: Vec<u8>,
}

/// Connects that many subscribers, the nth with the filters that `filters` names, and waits until the broker knows them
/// all.
pub(super) async fn gather(
    target: SocketAddr,
    count: u64,
    filters: impl Fn(u64) -> Vec<String>,
) -> Result<Vec<Subscriber>, BenchError> {
    let mut subscribers = Vec::new();
    let mut arriving = JoinSet::new();
    let mut waiting = 0..count;
    loop {
        while arriving.len() < CONNECTING
            && let Some(nth) = waiting.next()
        {
            arriving.spawn(Subscriber::join(target, nth, filters(nth)));
        }
        let Some(arrived) = arriving.join_next().await else { return Ok(subscribers) };
        let subscriber = arrived.map_err(io::Error::other).and_then(|joined| joined);
        subscribers
            .push(subscriber.map_err(|source| BenchError::io(format!("subscribe to {target}"), source))?);
    }
}

impl Subscriber {
    async fn join(target: SocketAddr, nth: u64, filters: Vec<String>) -> io::Result<Self> {
        let mut stream = wire::connect(target, nth).await?;
        let mut reader = FrameReader::new(1024);
        let mut replies = Vec::new();
        let greeting = async {
            while reader.fill(&mut stream).await? {
                if let Some(payload) = reader.next_payload()? {
                    hear(payload, &filters, &mut replies);
                    return stream.write_all(&replies).await;
                }
            }
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed without a greeting"))
        };
        timeout(GREETING, greeting).await.unwrap_or(Ok(()))?;
        replies.clear();
        Ok(Self { stream, reader, replies })
    }

    /// Answers what the broker says, until the connection ends.
    pub(super) async fn idle(mut self) -> io::Result<()> {
        while self.reader.fill(&mut self.stream).await? {
            while let Some(payload) = self.reader.next_payload()? {
                hear(payload, &[], &mut self.replies);
            }
            self.reply().await?;
        }
        Ok(())
    }

    /// Takes packets and books them, until the connection ends.
    pub(super) async fn listen(mut self, ledger: Arc<Ledger>, tally: Arc<Mutex<Tally>>) -> io::Result<()> {
        self.reader.read_by(LISTENING_BYTES);
        while self.reader.fill(&mut self.stream).await? {
            self.take(&ledger, &tally)?;
            self.reply().await?;
        }
        Ok(())
    }

    fn take(&mut self, ledger: &Ledger, tally: &Mutex<Tally>) -> io::Result<()> {
        let now = ledger.departures.now();
        // Nobody else wants it before the run is over.
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tally.delivered;
        while let Some(payload) = self.reader.next_payload()? {
            if let Some(serial) = ledger.packets.packet.read(payload) {
                ledger.packets.ack.write_frame(serial, &mut self.replies);
                tally.book(serial, ledger.departures.time_of(serial), now);
            } else if hear(payload, &[], &mut self.replies) == Heard::Strange {
                tally.corrupt += 1;
            }
        }
        ledger.delivered.fetch_add(tally.delivered - before, Ordering::Relaxed);
        Ok(())
    }

    async fn reply(&mut self) -> io::Result<()> {
        if !self.replies.is_empty() {
            self.stream.write_all(&self.replies).await?;
            self.replies.clear();
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Something the broker says of itself.
    Own,
    /// Something that nobody should have sent.
    Strange,
}

/// Answers what is no packet of the load; a greeting with filters.
fn hear(payload: &[u8], filters: &[String], replies: &mut Vec<u8>) -> Heard {
    let (answer, heard) = match Message::peek(Bytes::copy_from_slice(payload)) {
        Ok(Message::Transport(message)) if message.role == Role::Authenticate => {
            (Transport::new(message.role, message.origin).with_filters(filters), Heard::Own)
        }
        Ok(Message::Transport(message)) if message.role == Role::Iamalive => {
            (Transport::new(message.role, message.origin), Heard::Own)
        }
        Ok(Message::Packet(raw)) => match Packet::parse(raw) {
            Ok(packet) => {
                let is_test = packet.role() == "test" && packet.ivorn().contains("#TestEvent-");
                let heard = if is_test { Heard::Own } else { Heard::Strange };
                (Transport::new(Role::Ack, packet.ivorn()), heard)
            }
            Err(_) => return Heard::Strange,
        },
        Ok(Message::Ack | Message::Transport(_)) | Err(_) => return Heard::Strange,
    };
    let answer = answer.with_response(Some(SUBSCRIBER)).to_bytes(jiff::Timestamp::now());
    replies.extend_from_slice(&frame::header(&answer));
    replies.extend_from_slice(&answer);
    heard
}
