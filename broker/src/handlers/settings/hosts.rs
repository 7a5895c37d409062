//! The hosts and networks that a handler may be granted, as they are written.
//!
//! ```text
//! http   https://hooks.example.org   http://10.0.0.5:8080   https://[2001:db8::1]
//! tcp    db.example.org:5432   10.0.0.5:5432   10.1.0.0/16:5432   [2001:db8::1]:443   [2001:db8::/32]:443
//! ```
//! Names are kept in lower case and without a dot at their end, and an IPv4 address mapped into IPv6 as the IPv4
//! address it is, so that a grant can be compared. Nothing is resolved here: what a name leads to is the host's affair.

use ipnet::IpNet;

use crate::net::allow::parse_network;
use crate::net::endpoint::{Host, port};

/// A host to which requests may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpGrant {
    /// In the clear or by TLS.
    pub scheme: Scheme,
    /// The host, by this very name or address.
    pub host: Host,
    /// The port, never 0; the scheme's own unless said.
    pub port: u16,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear; its port is 80.
    Http,
    /// By TLS; its port is 443.
    Https,
}

/// What may be connected to by TCP.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TcpGrant {
    /// The host or network.
    pub to: TcpTarget,
    /// The port, never 0.
    pub port: u16,
}

/// Whom a TCP connection may be made to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TcpTarget {
    /// A host by its name.
    Name(String),
    /// Every address of a network; one address is a network of its own.
    Network(IpNet),
}

impl HttpGrant {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // A password is not repeated in a fault.
        if text.contains('@') {
            let remedy = "remove all up to '@', and hand them to the handler in [config]";
            return Err(format!("credentials have no place in a grant; {remedy}"));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some((scheme, _)) => {
                return Err(format!("'{scheme}://' cannot be granted here; write http:// or https://"));
            }
            None => return Err(format!("'{text}' has no scheme; write http:// or https:// before it")),
        };
        if let Some(path) = rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)) {
            return Err(format!("a whole host is granted, and '{path}' is a path; remove it"));
        }
        let (host, port) = host_and_port(rest)?;
        Ok(Self { scheme, host, port: port.unwrap_or(scheme.port()) })
    }
}

impl Scheme {
    /// The port that it has unless another is named.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl TcpGrant {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
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
            return Ok(Self { to: TcpTarget::Network(network), port });
        }
        let (host, port) = host_and_port(text)?;
        let to = match host {
            Host::Name(name) => TcpTarget::Name(name),
            Host::Address(address) => TcpTarget::Network(address.into()),
        };
        Ok(Self { to, port: port.ok_or_else(no_port)? })
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
    let host = match Host::parse(host) {
        Ok(Host::Address(address)) if address.is_ipv4() == text.starts_with('[') => {
            return Err(format!("'{text}' is no host; write brackets around an IPv6 address, and no other"));
        }
        Ok(Host::Address(address)) => Host::Address(address.to_canonical()),
        Ok(Host::Name(name)) => Host::Name(name.strip_suffix('.').unwrap_or(&name).to_ascii_lowercase()),
        Err(error) => return Err(error.to_string()),
    };
    let port = digits.map(|digits| port(digits, 1)).transpose().map_err(|error| error.to_string())?;
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_host_is_understood() {
        let name = |name: &str| Host::Name(name.to_owned());
        let address = |text: &str| Host::Address(text.parse().unwrap());
        let forms = [
            ("https://hooks.example.org", Scheme::Https, name("hooks.example.org"), 443),
            ("http://Hooks.Example.org.:8080", Scheme::Http, name("hooks.example.org"), 8080),
            ("http://10.0.0.5", Scheme::Http, address("10.0.0.5"), 80),
            ("https://[2001:db8::1]", Scheme::Https, address("2001:db8::1"), 443),
            ("https://[::ffff:10.0.0.5]:8443", Scheme::Https, address("10.0.0.5"), 8443),
        ];
        for (text, scheme, host, port) in forms {
            assert_eq!(HttpGrant::parse(text), Ok(HttpGrant { scheme, host, port }), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_network_is_understood() {
        let name = |name: &str| TcpTarget::Name(name.to_owned());
        let network = |text: &str| TcpTarget::Network(text.parse().unwrap());
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

    proptest! {
        #[test]
        fn no_text_panics_and_what_parses_has_a_port(text in r"(https?://)?[\[a-f0-9.:\]]{0,20}[\PC]{0,12}") {
            prop_assert!(HttpGrant::parse(&text).map_or(true, |grant| grant.port > 0));
            prop_assert!(TcpGrant::parse(&text).map_or(true, |grant| grant.port > 0));
        }
    }
}
