//! The reader's way out: what it finds, gathered into pieces.

use tokio::sync::mpsc;

use super::taking::{PIECE_BYTES, PIECE_PACKETS};
use super::{Found, Told};

/// Nobody takes what is found any more.
#[derive(Debug)]
pub(super) struct Gone;

/// Gathers and sends; waits while enough is under way.
pub(super) struct Outlet {
    to: mpsc::Sender<Vec<Found>>,
    piece: Vec<Found>,
    bytes: usize,
}

impl Outlet {
    pub(super) fn new(to: mpsc::Sender<Vec<Found>>) -> Self {
        Self { to, piece: Vec::new(), bytes: 0 }
    }

    pub(super) fn put(&mut self, found: Found) -> Result<(), Gone> {
        let bytes = if let Found::Packet(_, packet) = &found { packet.bytes.len() } else { 0 };
        if self.bytes > 0 && self.bytes + bytes > PIECE_BYTES {
            self.flush()?;
        }
        self.bytes += bytes;
        self.piece.push(found);
        if self.piece.len() >= PIECE_PACKETS { self.flush() } else { Ok(()) }
    }

    pub(super) fn tell(&mut self, told: Told) -> Result<(), Gone> {
        self.put(Found::Told(told))
    }

    /// Sends the rest, and says that it is the end.
    pub(super) fn end(mut self) -> Result<(), Gone> {
        self.piece.push(Found::End);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Gone> {
        self.bytes = 0;
        self.to.blocking_send(std::mem::take(&mut self.piece)).map_err(|_| Gone)
    }
}
