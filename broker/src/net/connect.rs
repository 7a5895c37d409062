//! Connecting: from an endpoint to a stream.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};

use super::endpoint::{ConnectEndpoint, Host};
use super::stream::Stream;

/// Connects, trying all addresses of a host in turn.
///
/// # Errors
/// The last address's error, or `TimedOut` if none answered in time.
pub(crate) async fn connect(endpoint: &ConnectEndpoint, within: Duration) -> io::Result<Stream> {
    let connecting = async {
        match endpoint {
            ConnectEndpoint::Tcp { host, port } => {
                let stream = match host {
                    Host::Name(name) => TcpStream::connect((name.as_str(), *port)).await?,
                    Host::Address(address) => TcpStream::connect((*address, *port)).await?,
                };
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            ConnectEndpoint::Unix(path) => Ok(Stream::Unix(UnixStream::connect(path).await?)),
        }
    };
    tokio::time::timeout(within, connecting).await?
}
