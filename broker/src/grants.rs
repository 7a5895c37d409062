//! Grants: what an operator lets a handler reach, and how that is written.
//!
//! Nothing is granted unless it is listed, and a grant names what it gives as narrowly as can be: one folder, one value,
//! one host and port. Names are kept in lower case and without a dot at their end, and an IPv4 address mapped into IPv6
//! as the IPv4 address it is, so that a grant can be compared. Nothing is resolved or opened here: which folders can be
//! granted at all is the settings' affair, whether an address may be reached the host's.
//!
//! ```text
//! http   https://hooks.example.org   http://10.0.0.5:8080   https://[2001:db8::1]
//! tcp    db.example.org:5432   10.0.0.5:5432   10.1.0.0/16:5432   [2001:db8::1]:443   [2001:db8::/32]:443
//! ```

mod denied;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use crate::net::allow::parse_network;
use crate::net::endpoint::port;

pub use denied::Denied;

/// All that a handler may reach besides its event, log, settings and state; nothing unless said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Whether it may publish packets of its own.
    pub publish: bool,
    /// Folders that it sees.
    pub folders: Vec<FolderGrant>,
    /// The environment variables that it sees, sorted by name.
    pub environment: Vec<(String, String)>,
    /// The hosts that it may send requests to.
    pub http: Vec<HttpGrant>,
    /// What it may connect to by TCP.
    pub tcp: Vec<TcpGrant>,
}

/// A folder of the machine that a handler sees as one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGrant {
    /// The folder, resolved through all links.
    pub host: PathBuf,
    /// Where the handler sees it: absolute, without `..`, and no other is seen there.
    pub guest: String,
    /// Whether the handler may change what is in it; false unless said.
    pub writable: bool,
}

/// A host to which requests may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    /// In the clear or by TLS.
    pub scheme: Scheme,
    /// The host, by this very name or address.
    pub host: Host,
    /// The port, never 0; the scheme's own unless said.
    pub port: u16,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear; its port is 80.
    Http,
    /// By TLS, with the peer's certificate checked; its port is 443.
    Https,
}

/// A host, by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name, in lower case and without a dot at its end.
    Name(Box<str>),
    /// An address.
    Address(IpAddr),
}

/// What may be connected to by TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpGrant {
    /// The host or network.
    pub to: Destination,
    /// The port, never 0.
    pub port: u16,
}

/// Whom a TCP connection may be made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A host by its name. Private addresses are not meant by it.
    Name(Box<str>),
    /// Every address of a network; one address is a network of its own.
    Network(IpNet),
}

impl HttpGrant {
    /// Reads `https://HOST` or `http://HOST:PORT`, with nothing behind it but a slash.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        // A password is not repeated in a fault.
        if text.contains('@') {
            let remedy = "remove all up to '@', and hand them to the handler in [config]";
            return Err(format!("credentials have no place in a grant; {remedy}"));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("'{text}' has no scheme; write http:// or https:// before it"));
        };
        let scheme = Scheme::parse(scheme)
            .ok_or_else(|| format!("'{scheme}://' cannot be granted here; write http:// or https://"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if let Some(path) = rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)) {
            return Err(format!("a whole host is granted, and '{path}' is a path; remove it"));
        }
        let (host, port) = host_and_port(rest)?;
        Ok(Self { scheme, host, port: port.unwrap_or(scheme.port()) })
    }
}

impl Scheme {
    /// Reads `http` or `https`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    /// The port that is meant unless another is named.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl TcpGrant {
    /// Reads `HOST:PORT`, `ADDRESS:PORT` or `NETWORK:PORT`; IPv6 may stand in brackets.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let no_port = || format!("'{text}' has no port; write HOST:PORT or NETWORK:PORT");
        if text.contains("://") {
            return Err(format!("'{text}' has a scheme, and none is asked for here; write HOST:PORT"));
        }
        if text.contains('/') {
            let (network, digits) = text.rsplit_once(':').ok_or_else(no_port)?;
            if digits.contains(['/', ']']) {
                return Err(no_port());
            }
            let network =
                network.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(network);
            let network = parse_network(network).map_err(|error| error.to_string())?;
            let port = port(digits, 1).map_err(|error| error.to_string())?;
            return Ok(Self { to: Destination::Network(network), port });
        }
        let (host, port) = host_and_port(text)?;
        let to = match host {
            Host::Name(name) => Destination::Name(name),
            Host::Address(address) => Destination::Network(address.into()),
        };
        Ok(Self { to, port: port.ok_or_else(no_port)? })
    }
}

impl Host {
    /// Reads a host's name or address; IPv6 may stand in brackets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical()));
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

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Reads a host, with a port behind it or without.
fn host_and_port(text: &str) -> Result<(Host, Option<u16>), String> {
    let (host, digits) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => {
                return Err(format!("'{text}' has no clear end of the address; write it in brackets"));
            }
            Some((host, digits)) => (host, Some(digits)),
            None => (text, None),
        },
    };
    let is_ipv6 = host.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6());
    if is_ipv6 != text.starts_with('[') {
        return Err(format!("'{text}' is no host; write brackets around an IPv6 address, and no other"));
    }
    let host = Host::parse(host).ok_or_else(|| {
        format!("'{host}' is no host; write a name, an IPv4 address or an IPv6 address in brackets")
    })?;
    let port = digits.map(|digits| port(digits, 1)).transpose().map_err(|error| error.to_string())?;
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_host_is_understood() {
        let name = |name: &str| Host::Name(name.into());
        let address = |text: &str| Host::Address(text.parse().unwrap());
        let forms = [
            ("https://hooks.example.org", Scheme::Https, name("hooks.example.org"), 443),
            ("http://Hooks.Example.org.:8080", Scheme::Http, name("hooks.example.org"), 8080),
            ("http://10.0.0.5", Scheme::Http, address("10.0.0.5"), 80),
            ("https://a.org/", Scheme::Https, name("a.org"), 443),
            ("https://[2001:db8::1]", Scheme::Https, address("2001:db8::1"), 443),
            ("https://[::ffff:10.0.0.5]:8443", Scheme::Https, address("10.0.0.5"), 8443),
        ];
        for (text, scheme, host, port) in forms {
            assert_eq!(HttpGrant::parse(text), Ok(HttpGrant { scheme, host, port }), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_network_is_understood() {
        let name = |name: &str| Destination::Name(name.into());
        let network = |text: &str| Destination::Network(text.parse().unwrap());
        let forms = [
            ("db.example.org:5432", name("db.example.org"), 5432),
            ("DB.example.org.:1", name("db.example.org"), 1),
            ("10.0.0.5:5432", network("10.0.0.5/32"), 5432),
            ("10.1.0.0/16:5432", network("10.1.0.0/16"), 5432),
            ("10.1.2.3/255.255.0.0:5432", network("10.1.0.0/16"), 5432),
            ("[2001:db8::1]:443", network("2001:db8::1/128"), 443),
            ("[2001:db8::/32]:443", network("2001:db8::/32"), 443),
            ("2001:db8::/32:443", network("2001:db8::/32"), 443),
            ("[::ffff:10.0.0.0/104]:443", network("10.0.0.0/8"), 443),
        ];
        for (text, to, port) in forms {
            assert_eq!(TcpGrant::parse(text), Ok(TcpGrant { to, port }), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_or_more_than_one_is_refused() {
        let http =
            ["a.org", "ftp://a.org", "https://a.org/path", "https://user@a.org", "https://", "http://127.1"];
        for wrong in http.into_iter().chain(["http://2130706433", "http://0x7f.1", "http://a..org"]) {
            assert!(HttpGrant::parse(wrong).is_err(), "{wrong}");
        }
        for wrong in
            ["host", "host:0", "host:99999", "10.0.0.0/33:1", ":1", "*:80", "2130706433:80", "[a.org]:1"]
        {
            assert!(TcpGrant::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_parses_has_a_port(text in r"(https?://)?[\[a-f0-9.:\]]{0,20}[\PC]{0,12}") {
            prop_assert!(HttpGrant::parse(&text).map_or(true, |grant| grant.port > 0));
            prop_assert!(TcpGrant::parse(&text).map_or(true, |grant| grant.port > 0));
        }
    }
}
