//! Connections of the load: made from many addresses, and read with as few copies as possible.
//!
//! The load shares its processors with the broker it measures, so whatever it spends is missing there. [`FrameReader`]
//! therefore lends each payload from the buffer the socket wrote it to, where [`vtp::frame::Decoder`] would copy and
//! allocate for every frame; it speaks to a broker under test, not to strangers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::{TcpSocket, TcpStream};
use vtp::frame::HEADER_BYTES;

use super::BenchError;

/// How long anything may take before it counts as an error: Comet's patience with authors.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// No message of a load is longer.
const FRAME_LIMIT_BYTES: usize = 64 << 20;

/// Opens the `nth` connection of a load.
///
/// On loopback, connections come from 250 addresses in turn: each has 28,000 ports, of which a closed connection may
/// keep one for a minute.
pub(super) async fn connect(target: SocketAddr, nth: u64) -> io::Result<TcpStream> {
    let socket = if target.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let IpAddr::V4(address) = target.ip()
        && address.is_loopback()
    {
        let host = u8::try_from(nth % 250).unwrap_or_default() + 2;
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)))?;
    }
    let stream = socket.connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The address that `HOST:PORT` stands for.
pub(super) async fn resolve(target: &str) -> Result<SocketAddr, BenchError> {
    let failed = |source| BenchError::io(format!("find '{target}'"), source);
    let mut addresses = tokio::net::lookup_host(target).await.map_err(failed)?;
    addresses.next().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

/// Reads frames, lending their payloads.
#[derive(Debug)]
pub(super) struct FrameReader {
    buffer: BytesMut,
    lent_bytes: usize,
    piece_bytes: usize,
}

impl FrameReader {
    /// A reader that asks the socket for `piece_bytes` at a time.
    pub(super) fn new(piece_bytes: usize) -> Self {
        Self { buffer: BytesMut::new(), lent_bytes: 0, piece_bytes }
    }

    /// Asks for that much at a time from now on.
    pub(super) fn read_by(&mut self, piece_bytes: usize) {
        self.piece_bytes = piece_bytes;
    }

    /// Reads what there is; false at the end of the stream.
    pub(super) async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        self.take_back();
        self.buffer.reserve(self.piece_bytes);
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// The next payload of those already read.
    pub(super) fn next_payload(&mut self) -> io::Result<Option<&[u8]>> {
        self.take_back();
        let Some(header) = self.buffer.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
        let end = HEADER_BYTES + u32::from_be_bytes(*header) as usize;
        if end > FRAME_LIMIT_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame beyond all measure"));
        }
        let payload = self.buffer.get(HEADER_BYTES..end);
        self.lent_bytes = payload.map_or(0, |_| end);
        Ok(payload)
    }

    fn take_back(&mut self) {
        self.buffer.advance(std::mem::take(&mut self.lent_bytes));
    }

    /// Forgets what a connection left behind, to serve the next.
    pub(super) fn reset(&mut self) {
        self.lent_bytes = 0;
        self.buffer.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn payloads_come_whole_however_they_are_cut() {
        let payloads: Vec<Vec<u8>> = (0u8..20).map(|n| vec![n; usize::from(n) * 7]).collect();
        let stream: Vec<u8> =
            payloads.iter().flat_map(|p| [vtp::frame::header(p).to_vec(), p.clone()].concat()).collect();
        for cut in [1, 5, 64, 10_000] {
            let mut reader = FrameReader::new(16);
            let mut read = Vec::new();
            for piece in stream.chunks(cut) {
                let mut socket = piece;
                while reader.fill(&mut socket).await.unwrap() {
                    while let Some(payload) = reader.next_payload().unwrap() {
                        read.push(payload.to_vec());
                    }
                }
            }
            assert_eq!(read, payloads, "cut into {cut}");
        }
    }
}
