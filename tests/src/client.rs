//! An author and a listener that speak VTP over loopback and do exactly what a test tells them.

mod rude;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use vtp::frame::{self, Decoder};
use vtp::session::{Subscriber, SubscriberConfig, SubscriberEvent};
use vtp::transport::{Role, Transport};
use vtp::{Cursor, Moment};

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of a frame.
#[must_use]
pub fn framed(payload: &[u8]) -> Vec<u8> {
    [&frame::header(payload), payload].concat()
}

/// A packet like no other: `number` makes its identifier, `padding` its size.
#[must_use]
pub fn packet(number: usize, padding: usize) -> Vec<u8> {
    let filler = "x".repeat(padding);
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<voe:VOEvent xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' \
         version='2.0' role='test' ivorn='ivo://philae.test/load#{number}'>\
         <What><Description>{filler}</Description></What></voe:VOEvent>\n"
    )
    .into_bytes()
}

/// A connection on which bytes are sent and frames are read.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    decoder: Decoder,
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(address: SocketAddr) -> Result<Self> {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE)?)
    }

    fn over(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, decoder: Decoder::new(1 << 26) })
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// The next frame's payload; none when the peer has closed.
    ///
    /// # Errors
    /// Nothing came in time, or the connection broke.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>> {
        let mut piece = [0; 65536];
        loop {
            if let Some(payload) = self.decoder.next_frame()? {
                return Ok(Some(payload));
            }
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(n) => self.decoder.feed(piece.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error).context("no frame came"),
            }
        }
    }

    /// Waits until the peer closes, whatever it still sends.
    ///
    /// # Errors
    /// It does not within the time.
    pub fn wait_for_close(&mut self, within: Duration) -> Result<()> {
        let deadline = Instant::now() + within;
        let mut piece = [0; 65536];
        while Instant::now() < deadline {
            self.stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return Ok(()),
            }
        }
        bail!("the peer did not close within {within:?}")
    }
}

/// Submits a payload and returns the receipt; none if the broker closed without one.
///
/// # Errors
/// The connection broke, or what came was no Transport message.
pub fn submit(address: SocketAddr, payload: &[u8]) -> Result<Option<Transport>> {
    let mut wire = Wire::connect(address)?;
    wire.send(&framed(payload))?;
    wire.next_frame()?.map(|receipt| Transport::parse(&receipt).context("no receipt")).transpose()
}

/// Submits a packet that must be acknowledged.
///
/// # Errors
/// It was not.
pub fn submit_acked(address: SocketAddr, payload: &[u8]) -> Result<Transport> {
    let receipt = submit(address, payload)?.context("no receipt")?;
    ensure!(receipt.role == Role::Ack, "not acknowledged: {:?}", receipt.result);
    Ok(receipt)
}

/// A subscriber that behaves well, and remembers the last cursor it was given.
#[derive(Debug)]
pub struct Listener {
    wire: Wire,
    session: Subscriber,
    start: Instant,
    packets: VecDeque<Bytes>,
    cursor: Option<Cursor>,
    refusals: Vec<String>,
    greeted: bool,
}

impl Listener {
    /// Subscribes, and waits until the broker has greeted.
    ///
    /// # Errors
    /// It cannot connect, or is not greeted.
    pub fn start(address: SocketAddr) -> Result<Self> {
        Self::begin(address, None, &[])
    }

    /// Subscribes, going on from a cursor.
    ///
    /// # Errors
    /// It cannot connect, or is not greeted.
    pub fn returning(address: SocketAddr, cursor: Option<Cursor>) -> Result<Self> {
        Self::begin(address, cursor, &[])
    }

    /// Subscribes with filters; when they hold is for the broker's log to tell.
    ///
    /// # Errors
    /// It cannot connect, or is not greeted.
    pub fn filtering(address: SocketAddr, filters: &[&str]) -> Result<Self> {
        Self::begin(address, None, filters)
    }

    /// The same, going on from a cursor.
    ///
    /// # Errors
    /// It cannot connect, or is not greeted.
    pub fn begin(address: SocketAddr, cursor: Option<Cursor>, filters: &[&str]) -> Result<Self> {
        let start = Instant::now();
        let config = SubscriberConfig {
            subscriber: None,
            filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
            cursors: cursor.iter().cloned().collect(),
            limit_bytes: 1 << 26,
            silence_timeout: Duration::from_secs(3600),
        };
        let session = Subscriber::new(config, moment(start));
        let wire = Wire::connect(address)?;
        let (packets, refusals) = (VecDeque::new(), Vec::new());
        let mut listener = Self { wire, session, start, packets, cursor, refusals, greeted: false };
        while !listener.greeted {
            ensure!(listener.turn(PATIENCE)?, "the broker closed before it greeted");
        }
        Ok(listener)
    }

    /// The last place up to which everything was taken with [`next`](Self::next) or waits to be.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }

    /// Waits until there is a place to return to: after returning, until the broker has gone back to where it was told.
    ///
    /// # Errors
    /// The broker closed.
    pub fn wait_for_cursor(&mut self) -> Result<()> {
        while self.cursor.is_none() {
            ensure!(self.turn(PATIENCE)?, "the broker closed before it named a place");
        }
        Ok(())
    }

    /// Replaces the filters.
    ///
    /// # Errors
    /// The connection broke.
    pub fn set_filters(&mut self, filters: &[&str]) -> Result<()> {
        let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
        let message = Transport::new(Role::Authenticate, "ivo://philae.test/listener").with_filters(&filters);
        self.wire.send(&framed(&message.to_bytes(moment(self.start).utc)))
    }

    /// Waits until the broker refuses a filter, and tells what it said.
    ///
    /// # Errors
    /// It did not within the time.
    pub fn wait_for_refusal(&mut self) -> Result<String> {
        while self.refusals.is_empty() {
            ensure!(self.turn(PATIENCE)?, "the broker closed before it refused a filter");
        }
        Ok(self.refusals.remove(0))
    }

    /// The next packet; none when the broker has closed.
    ///
    /// # Errors
    /// Nothing came within the time.
    pub fn next(&mut self, within: Duration) -> Result<Option<Bytes>> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(packet) = self.packets.pop_front() {
                return Ok(Some(packet));
            }
            // Signs of life do not put it off. To wait for no time at all is to wait for ever.
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            if !self.turn(left)? {
                return Ok(None);
            }
        }
    }

    /// The next `count` packets.
    ///
    /// # Errors
    /// They did not come.
    pub fn take(&mut self, count: usize) -> Result<Vec<Bytes>> {
        (0..count).map(|_| self.next(PATIENCE)?.context("the broker closed")).collect()
    }

    /// Whether nothing comes for a while.
    ///
    /// # Errors
    /// The connection broke.
    pub fn is_quiet_for(&mut self, time: Duration) -> Result<bool> {
        match self.next(time) {
            Ok(found) => Ok(found.is_none()),
            Err(_) => Ok(true),
        }
    }

    /// Reads once; false when the broker has closed.
    fn turn(&mut self, within: Duration) -> Result<bool> {
        let mut piece = [0; 65536];
        self.wire.stream.set_read_timeout(Some(within))?;
        let n = match self.wire.stream.read(&mut piece) {
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) => return Err(error).context("nothing came from the broker"),
        };
        let now = moment(self.start);
        self.session.receive(piece.get(..n).unwrap_or_default(), now);
        while let Some(event) = self.session.next_event() {
            match event {
                SubscriberEvent::Packet(packet) => {
                    self.session.acknowledge("", now);
                    self.packets.push_back(packet);
                }
                SubscriberEvent::Cursor(cursor) | SubscriberEvent::Resumed { from: cursor, .. } => {
                    self.cursor = Some(cursor);
                }
                SubscriberEvent::Iamalive => {}
                SubscriberEvent::Nak(reason) => self.refusals.push(reason.unwrap_or_default()),
                SubscriberEvent::Unreadable(_) => bail!("unexpected: {event:?}"),
            }
        }
        while let Some(message) = self.session.transmit() {
            self.greeted = true;
            // A broker that is gone shows at the next read.
            let _ = self.wire.send(&framed(&message));
        }
        Ok(n > 0)
    }
}

fn moment(start: Instant) -> Moment {
    Moment { elapsed: start.elapsed(), utc: jiff::Timestamp::UNIX_EPOCH }
}
