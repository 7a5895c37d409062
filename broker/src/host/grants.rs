//! Grants: what an operator lets a handler reach.
//!
//! Nothing is granted unless it is listed. A grant names what it gives as narrowly as can be: one folder, one value, one
//! host and port. Whether an address may be reached is decided in `network`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

/// All that a handler may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Folders that it sees.
    pub folders: Vec<FolderGrant>,
    /// Environment values, by name.
    pub environment: Vec<(String, String)>,
    /// Hosts that it may send HTTP requests to.
    pub http: Vec<HttpGrant>,
    /// Places that it may open TCP connections to.
    pub tcp: Vec<TcpGrant>,
    /// Whether it may publish packets.
    pub publish: bool,
}

/// A folder that a handler sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    /// Where it is.
    pub host: PathBuf,
    /// The name under which the handler sees it.
    pub guest: String,
    /// Whether the handler may change what is in it.
    pub writable: bool,
}

/// A host that a handler may send requests to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    /// Whether the connection is encrypted.
    pub scheme: HttpScheme,
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// How HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpScheme {
    /// In the open.
    Http,
    /// Over TLS, with the peer's certificate checked.
    Https,
}

/// A host, by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name, in small letters and without a dot at its end.
    Name(Box<str>),
    /// An address.
    Address(IpAddr),
}

/// A place that a handler may connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpGrant {
    /// Where.
    pub to: Destination,
    /// The port.
    pub port: u16,
}

/// One or many hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A host's name, in small letters. Private addresses are not meant by it.
    Name(Box<str>),
    /// A network, or one address.
    Network(IpNet),
}

/// Why a text is no grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// It is no URL of a host.
    #[error("'{0}' is not of the form https://HOST or http://HOST:PORT")]
    Http(String),
    /// It is no destination.
    #[error(
        "'{0}' is not of the form HOST:PORT, ADDRESS:PORT or NETWORK:PORT, such as 10.1.0.0/16:5432 or [2001:db8::1]:80"
    )]
    Tcp(String),
}

impl Host {
    /// Reads a host's name or address; IPv6 may stand in brackets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Some(Self::Address(address));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        // What ends in a number would be read as an address by some resolvers: 127.1, 0x7f.1.
        let is_number =
            name.rsplit('.').next().is_none_or(|last| last.starts_with(|c: char| c.is_ascii_digit()));
        (name.len() <= 253 && name.split('.').all(is_label) && !is_number).then(|| Self::Name(name.into()))
    }
}

impl HttpGrant {
    /// Reads `https://HOST` or `http://HOST:PORT`, with nothing behind it but a slash.
    ///
    /// # Errors
    /// If it is something else.
    pub fn parse(text: &str) -> Result<Self, GrantError> {
        let read = || {
            let (scheme, rest) = text.split_once("://")?;
            let scheme = HttpScheme::parse(scheme)?;
            let rest = rest.strip_suffix('/').unwrap_or(rest);
            let (host, port) = match rest.rsplit_once(':') {
                Some((host, port)) if !rest.ends_with(']') => (host, port.parse().ok()?),
                _ => (rest, scheme.port()),
            };
            Some(Self { scheme, host: Host::parse(host)?, port })
        };
        read().ok_or_else(|| GrantError::Http(text.to_owned()))
    }
}

impl HttpScheme {
    /// Reads `http` or `https`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    /// The port that is meant if none is named.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl TcpGrant {
    /// Reads `HOST:PORT`, `ADDRESS:PORT` or `NETWORK:PORT`; IPv6 stands in brackets.
    ///
    /// # Errors
    /// If it is something else.
    pub fn parse(text: &str) -> Result<Self, GrantError> {
        let read = || {
            let (to, port) = text.rsplit_once(':')?;
            let port = port.parse().ok().filter(|port| *port != 0)?;
            let bare = to.strip_prefix('[').and_then(|to| to.strip_suffix(']'));
            let to = match bare.unwrap_or(to).parse::<IpNet>() {
                Ok(network) => Destination::Network(network.trunc()),
                Err(_) => match Host::parse(to)? {
                    Host::Name(name) => Destination::Name(name),
                    Host::Address(address) => Destination::Network(address.into()),
                },
            };
            Some(Self { to, port })
        };
        read().ok_or_else(|| GrantError::Tcp(text.to_owned()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}
