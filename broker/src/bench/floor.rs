//! The floor: what a broker costs that does nothing a broker is for.
//!
//! It accepts, reads the frame, answers a fixed ack and copies the bytes to every subscriber: no parsing, no checks, no
//! disk. What a real broker is slower by is the price of its promises; so the floor must be as fast as plain tokio goes,
//! or it would flatter whatever is measured against it. Each subscriber has a task that writes all frames that wait in one
//! system call, and one that discards what comes back. It is a yardstick for loopback, without any protection.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::JoinSet;
use vtp::frame::{self, HEADER_BYTES};
use vtp::transport::{Role, Transport};

use super::BenchError;

/// Frames a subscriber may be behind before it is cut off.
const BACKLOG: usize = 1 << 16;

/// Most frames in one system call.
const BATCH: usize = 64;

/// The floor's two open ports.
#[derive(Debug)]
pub struct Floor {
    receive: TcpListener,
    broadcast: TcpListener,
}

impl Floor {
    /// Opens the ports.
    ///
    /// # Errors
    /// If one of them cannot be opened.
    pub fn bind(receive: SocketAddr, broadcast: SocketAddr) -> Result<Self, BenchError> {
        Ok(Self { receive: listen(receive)?, broadcast: listen(broadcast)? })
    }

    /// Where authors and where subscribers connect.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.receive.local_addr()?, self.broadcast.local_addr()?))
    }

    /// Serves until a port fails or the process ends.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn serve(self) -> io::Result<Infallible> {
        let (frames, _) = broadcast::channel(BACKLOG);
        let receiving = receive(self.receive, frames.clone());
        tokio::try_join!(receiving, broadcast(self.broadcast, frames)).map(|(never, _)| never)
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, BenchError> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(4096)
    };
    open().map_err(|source| BenchError::io(format!("listen on {address}"), source))
}

async fn receive(listener: TcpListener, frames: broadcast::Sender<Bytes>) -> io::Result<Infallible> {
    let ack = framed(&Transport::new(Role::Ack, "ivo://philae.bench/floor#any"));
    let mut authors = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        authors.spawn(hear(stream, ack.clone(), frames.clone()));
        while authors.try_join_next().is_some() {}
    }
}

async fn hear(mut stream: TcpStream, ack: Bytes, frames: broadcast::Sender<Bytes>) -> io::Result<()> {
    let mut frame = BytesMut::with_capacity(8192);
    loop {
        if stream.read_buf(&mut frame).await? == 0 {
            return Ok(());
        }
        let Some(header) = frame.first_chunk::<HEADER_BYTES>() else { continue };
        let end = HEADER_BYTES + u32::from_be_bytes(*header) as usize;
        if frame.len() >= end {
            break;
        }
        frame.reserve(end - frame.len());
    }
    stream.write_all(&ack).await?;
    // Without subscribers there is nobody to copy it to.
    let _ = frames.send(frame.freeze());
    Ok(())
}

async fn broadcast(listener: TcpListener, frames: broadcast::Sender<Bytes>) -> io::Result<Infallible> {
    let greeting = framed(&Transport::new(Role::Authenticate, "ivo://philae.bench/floor"));
    let mut subscribers = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (read, mut write) = stream.into_split();
        let (frames, greeting) = (frames.subscribe(), greeting.clone());
        subscribers.spawn(discard(read));
        subscribers.spawn(async move {
            write.write_all(&greeting).await?;
            copy(frames, write).await
        });
        while subscribers.try_join_next().is_some() {}
    }
}

async fn copy(mut frames: broadcast::Receiver<Bytes>, mut stream: OwnedWriteHalf) -> io::Result<()> {
    let mut batch = Batch::default();
    loop {
        match frames.recv().await {
            Ok(frame) => batch.0.push_back(frame),
            Err(RecvError::Closed | RecvError::Lagged(_)) => return Ok(()),
        }
        while batch.0.len() < BATCH
            && let Ok(frame) = frames.try_recv()
        {
            batch.0.push_back(frame);
        }
        stream.write_all_buf(&mut batch).await?;
    }
}

async fn discard(mut stream: OwnedReadHalf) -> io::Result<()> {
    let mut scratch = vec![0; 8192];
    while stream.read(&mut scratch).await? > 0 {}
    Ok(())
}

fn framed(message: &Transport) -> Bytes {
    let payload = message.to_bytes(jiff::Timestamp::now());
    [&frame::header(&payload), payload.as_ref()].concat().into()
}

/// Frames that go out with one system call.
#[derive(Debug, Default)]
struct Batch(VecDeque<Bytes>);

impl Buf for Batch {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().map_or(&[], |frame| frame)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        slices.iter_mut().zip(&self.0).map(|(slice, frame)| *slice = IoSlice::new(frame)).count()
    }

    fn advance(&mut self, count: usize) {
        let mut rest = count;
        while let Some(frame) = self.0.front_mut() {
            if rest < frame.len() {
                return frame.advance(rest);
            }
            rest -= frame.len();
            self.0.pop_front();
        }
    }
}
