//! Listening: from an endpoint to accepted streams.
//!
//! A [`Listener`] is bound before anything is served, so that a port that is taken stops the broker at its start. A
//! Unix socket's file that nobody listens on is replaced; one that somebody does is left alone and is an error. The
//! file is removed again when the listener is dropped.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use super::endpoint::ListenEndpoint;
use super::stream::{Peer, Stream};

/// Connections that the system keeps for us while we are busy.
const BACKLOG: i32 = 4096;

/// Why an endpoint cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The system refuses it.
    #[error("cannot listen on {endpoint}: {cause}{}", remedy(cause))]
    System {
        /// Where.
        endpoint: ListenEndpoint,
        /// Its words.
        cause: io::Error,
    },
    /// A living process listens on the socket.
    #[error("cannot listen on unix:{}: another process is listening there; stop it or name another path", .0.display())]
    Live(PathBuf),
    /// The path holds something else.
    #[error("cannot listen on unix:{}: the path holds something that is no socket; remove it or name another path", .0.display())]
    NoSocket(PathBuf),
}

fn remedy(cause: &io::Error) -> &'static str {
    if cause.kind() == io::ErrorKind::AddrInUse {
        "; another process has the port: stop it, or name another"
    } else if cause.kind() == io::ErrorKind::PermissionDenied {
        "; ports below 1024 need privileges: name a higher one"
    } else {
        ""
    }
}

/// A bound socket.
#[derive(Debug)]
pub(crate) enum Listener {
    /// A TCP port.
    Tcp(TcpListener),
    /// A Unix socket with its file.
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket, removed when dropped.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Binds an endpoint.
    ///
    /// # Errors
    /// A [`BindError`] that says what to do.
    pub(crate) fn bind(endpoint: &ListenEndpoint) -> Result<Self, BindError> {
        let system = |cause| BindError::System { endpoint: endpoint.clone(), cause };
        match endpoint {
            ListenEndpoint::Tcp { interface: Some(address), port } => {
                bind_tcp(SocketAddr::new(*address, *port)).map(Self::Tcp).map_err(system)
            }
            ListenEndpoint::Tcp { interface: None, port } => {
                bind_everywhere(*port).map(Self::Tcp).map_err(system)
            }
            ListenEndpoint::Unix(path) => {
                clear_stale(path)?;
                let listener = UnixListener::bind(path).map_err(system)?;
                Ok(Self::Unix(listener, SocketFile(path.clone())))
            }
        }
    }

    /// Waits for the next connection. Cancel-safe.
    pub(crate) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                Ok((Stream::Tcp(stream), Peer::of(address)))
            }
            Self::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

/// Prints the address that was really bound, in the form that `--receive` and `--broadcast` take.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) if address.ip().is_unspecified() => write!(f, "tcp:{}", address.port()),
                Ok(address) => write!(f, "{address}"),
                Err(error) => write!(f, "tcp:({error})"),
            },
            Self::Unix(_, file) => write!(f, "unix:{}", file.0.display()),
        }
    }
}

/// IPv6 and IPv4 on one socket; IPv4 alone where the system has no IPv6.
fn bind_everywhere(port: u16) -> io::Result<TcpListener> {
    match bind_tcp(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            bind_tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port))
        }
        bound => bound,
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it.
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn clear_stale(path: &Path) -> Result<(), BindError> {
    let system = |cause| BindError::System { endpoint: ListenEndpoint::Unix(path.to_owned()), cause };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(system(error)),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NoSocket(path.to_owned())),
        Ok(_) => {}
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(system)
        }
        Err(error) => Err(system(error)),
        Ok(_) => Err(BindError::Live(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stale_socket_file_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receive");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let endpoint = ListenEndpoint::Unix(path.clone());
        let listener = Listener::bind(&endpoint).unwrap();
        assert!(matches!(Listener::bind(&endpoint), Err(BindError::Live(_))));
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_file_in_the_way_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        std::fs::write(&path, "mine").unwrap();
        assert!(matches!(Listener::bind(&ListenEndpoint::Unix(path.clone())), Err(BindError::NoSocket(_))));
        assert_eq!(std::fs::read(path).unwrap(), b"mine");
    }

    #[tokio::test]
    async fn all_interfaces_take_both_families() {
        let listener = Listener::bind(&ListenEndpoint::Tcp { interface: None, port: 0 }).unwrap();
        let Listener::Tcp(socket) = &listener else { panic!("a TCP endpoint") };
        let port = socket.local_addr().unwrap().port();
        let (connected, accepted) =
            tokio::join!(tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)), listener.accept());
        connected.unwrap();
        let (_, peer) = accepted.unwrap();
        assert_eq!(peer.ip(), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
