//! An upstream broker that says exactly what a test tells it, right or wrong.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use vtp::session::{Broadcaster, BroadcasterConfig, BroadcasterEvent};
use vtp::{Cursor, Moment};

use crate::client::{PATIENCE, framed};
use crate::wait::wait_for;

/// A port at which downstream brokers connect.
#[derive(Debug)]
pub struct Upstream {
    listener: TcpListener,
}

/// A broker that subscribed.
#[derive(Debug)]
pub struct Downstream {
    stream: TcpStream,
    session: Broadcaster,
    start: Instant,
    filters: Option<Vec<String>>,
    returning: Option<Cursor>,
}

impl Upstream {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// There is none.
    pub fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener })
    }

    /// The address, in the form that `--subscribe` takes.
    ///
    /// # Errors
    /// The system does not know it.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Waits for a broker to subscribe and to answer the greeting, which says that packets after `place` follow.
    ///
    /// # Errors
    /// None comes, or it does not answer.
    pub fn accept(&self, place: &Cursor) -> Result<Downstream> {
        let stream = wait_for(PATIENCE, "a subscriber", || match self.listener.accept() {
            Ok((stream, _)) => Ok(Some(stream)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error.into()),
        })?;
        stream.set_nonblocking(false)?;
        let start = Instant::now();
        let config = BroadcasterConfig {
            broker: "ivo://philae.test/upstream".to_owned(),
            iamalive_interval: PATIENCE,
            ack_timeout: PATIENCE,
        };
        let session = Broadcaster::new(Arc::new(config), place, moment(start));
        let mut downstream = Downstream { stream, session, start, filters: None, returning: None };
        downstream.wait_until("an answer to authenticate", |it| it.filters.is_some())?;
        Ok(downstream)
    }
}

impl Downstream {
    /// The filters that it asked for.
    #[must_use]
    pub fn filters(&self) -> &[String] {
        self.filters.as_deref().unwrap_or_default()
    }

    /// The place that it gave back.
    #[must_use]
    pub fn returning(&self) -> Option<&Cursor> {
        self.returning.as_ref()
    }

    /// Tells it that packets after `place` follow, as it asked.
    ///
    /// # Errors
    /// The connection broke.
    pub fn resume(&mut self, place: &Cursor) -> Result<()> {
        self.session.resume(place, moment(self.start));
        self.flush()
    }

    /// Sends a payload in a frame and waits until it is acknowledged.
    ///
    /// # Errors
    /// It is not, or is refused.
    pub fn deliver(&mut self, payload: &[u8]) -> Result<()> {
        self.send(payload)?;
        self.session.delivered(1, moment(self.start));
        self.wait_until("an ack", |it| it.session.delivered_and_pending().1 == 0)
    }

    /// Sends a payload in a frame, and waits for nothing.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send(&mut self, payload: &[u8]) -> Result<()> {
        self.send_raw(&framed(payload))
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection broke.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    fn flush(&mut self) -> Result<()> {
        while let Some(message) = self.session.transmit() {
            self.stream.write_all(&framed(&message))?;
        }
        Ok(())
    }

    fn wait_until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut piece = [0; 65536];
        self.flush()?;
        while !reached(self) {
            ensure!(Instant::now() < deadline, "waited in vain for {what}");
            self.stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            let n = match self.stream.read(&mut piece) {
                Ok(0) => bail!("the subscriber left while it owed {what}"),
                Ok(n) => n,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(error) => return Err(error.into()),
            };
            self.session.receive(piece.get(..n).unwrap_or_default(), moment(self.start));
            while let Some(event) = self.session.next_event() {
                match event {
                    BroadcasterEvent::Filters(filters) => self.filters = Some(filters),
                    BroadcasterEvent::Returning(place) => self.returning = Some(place),
                    BroadcasterEvent::Nak { .. }
                    | BroadcasterEvent::Unexpected(_)
                    | BroadcasterEvent::Unreadable(_) => bail!("unexpected: {event:?}"),
                }
            }
        }
        Ok(())
    }
}

fn moment(start: Instant) -> Moment {
    Moment { elapsed: start.elapsed(), utc: jiff::Timestamp::UNIX_EPOCH }
}
