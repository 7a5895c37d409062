//! What only a peer that behaves badly does with a connection.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};

use anyhow::Result;
use socket2::{Domain, Socket, Type};

use super::{PATIENCE, Wire};

impl Wire {
    /// Connects from an address of this machine; on loopback each 127.x.y.z is one.
    ///
    /// # Errors
    /// Nobody listens there, or the source is not ours.
    pub fn connect_from(source: impl Into<IpAddr>, address: SocketAddr) -> Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.bind(&SocketAddr::new(source.into(), 0).into())?;
        socket.connect_timeout(&address.into(), PATIENCE)?;
        Self::over(socket.into())
    }

    /// Takes the next connection that a peer makes to us.
    ///
    /// # Errors
    /// The listener broke.
    pub fn accept(listener: &TcpListener) -> Result<Self> {
        Self::over(listener.accept()?.0)
    }

    /// This end's address.
    ///
    /// # Errors
    /// The connection broke.
    pub fn local(&self) -> Result<SocketAddr> {
        Ok(self.stream.local_addr()?)
    }

    /// Sends as much as the system takes at once, and tells how much that was.
    ///
    /// # Errors
    /// The peer has closed.
    pub fn send_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.at_once(|stream| stream.write(bytes)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            sent => sent,
        }
    }

    /// Whether the peer has closed by now; what it has sent is thrown away.
    #[must_use]
    pub fn is_closed(&mut self) -> bool {
        let mut piece = [0; 65536];
        loop {
            match self.at_once(|stream| stream.read(&mut piece)) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
    }

    fn at_once<T>(&mut self, act: impl FnOnce(&mut TcpStream) -> io::Result<T>) -> io::Result<T> {
        self.stream.set_nonblocking(true)?;
        let done = act(&mut self.stream);
        self.stream.set_nonblocking(false)?;
        done
    }
}
