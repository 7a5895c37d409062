//! The endpoints of brokers to connect to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use super::arguments::assign;
use super::{EndpointError, port, unix};

/// The longest name in DNS, in bytes as text (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 253;

/// Words that open an endpoint, and so cannot be a host without making `tcp:8099` mean two things.
const FORMS: [&str; 4] = ["tcp", "unix", "ssl", "tls"];

/// Where to connect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ConnectEndpoint {
    /// A TCP port of a host.
    Tcp {
        /// The host, resolved anew at each attempt.
        host: Host,
        /// The port, never 0.
        port: u16,
    },
    /// A Unix socket at a path.
    Unix(PathBuf),
}

/// A host by its name or address; prints without brackets, as resolvers take it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name to resolve.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl ConnectEndpoint {
    /// Reads an endpoint in any of the forms of [the module](super); without a port it is the default one.
    ///
    /// # Errors
    /// An [`EndpointError`] that names the part that is wrong, and says what to write.
    pub fn parse(text: &str, default_port: u16) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        if let Ok(address) = text.parse() {
            return bare_ipv6(address, text, default_port);
        }
        match text.split_once(':') {
            Some(("tcp", rest)) if rest.starts_with('[') => bracketed(rest, default_port),
            Some(("tcp", rest)) => described(rest, default_port),
            Some(("unix", rest)) => unix::parse(rest, "path").map(Self::Unix),
            Some((form @ ("ssl" | "tls"), _)) => Err(EndpointError::Tls { form: form.to_owned() }),
            _ if text.starts_with('[') => bracketed(text, default_port),
            _ if text.starts_with('/') => Err(EndpointError::BarePath { path: text.to_owned() }),
            Some((form, rest)) if rest.contains(':') => Err(EndpointError::Form { form: form.to_owned() }),
            Some((host, digits)) => Ok(Self::Tcp { host: Host::parse(host)?, port: port(digits, 1)? }),
            None => Ok(Self::Tcp { host: Host::parse(text)?, port: default_port }),
        }
    }
}

impl Host {
    /// Reads a name or an address; an IPv6 address stands without brackets.
    ///
    /// # Errors
    /// [`EndpointError::Host`] if it is neither.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let is_name = text.len() <= LONGEST_NAME
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        // Resolvers read `1234` and `127.1` as addresses, which is never what was meant.
        let is_number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_name && !is_number && !FORMS.contains(&text) {
            return Ok(Self::Name(text.to_owned()));
        }
        Err(EndpointError::Host { text: text.to_owned() })
    }
}

/// Takes an IPv6 address without brackets, unless its last group may as well be a port.
fn bare_ipv6(address: Ipv6Addr, text: &str, port: u16) -> Result<ConnectEndpoint, EndpointError> {
    match text.rsplit_once(':') {
        Some((shorter, last)) if shorter.parse::<Ipv6Addr>().is_ok() => Err(EndpointError::Ambiguous {
            text: text.to_owned(),
            address: shorter.to_owned(),
            port: last.to_owned(),
        }),
        _ => Ok(ConnectEndpoint::Tcp { host: Host::Address(address.into()), port }),
    }
}

fn bracketed(text: &str, default_port: u16) -> Result<ConnectEndpoint, EndpointError> {
    let no_host = || EndpointError::Host { text: text.to_owned() };
    let (address, rest) =
        text.strip_prefix('[').and_then(|inner| inner.split_once(']')).ok_or_else(no_host)?;
    let address: Ipv6Addr = address.parse().map_err(|_| no_host())?;
    let port = match rest.strip_prefix(':') {
        Some(digits) => port(digits, 1)?,
        None if rest.is_empty() => default_port,
        None => return Err(EndpointError::Excess { part: rest.to_owned() }),
    };
    Ok(ConnectEndpoint::Tcp { host: Host::Address(address.into()), port })
}

fn described(text: &str, default_port: u16) -> Result<ConnectEndpoint, EndpointError> {
    let [host, number] = assign(text, ["host", "port"])?;
    let host = host.ok_or(EndpointError::Missing { part: "host" })?;
    let port = number.map_or(Ok(default_port), |digits| port(&digits, 1))?;
    Ok(ConnectEndpoint::Tcp { host: Host::parse(&host)?, port })
}

impl fmt::Display for ConnectEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host: Host::Address(IpAddr::V6(address)), port } => write!(f, "[{address}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => f.write_str(&unix::display(path)),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<ConnectEndpoint, EndpointError> {
        ConnectEndpoint::parse(text, 8099)
    }

    #[test]
    fn every_form_of_a_host_is_understood() {
        let forms = [
            ("voevent.site.org", "voevent.site.org:8099"),
            ("voevent.site.org:8100", "voevent.site.org:8100"),
            ("tcp:voevent.site.org", "voevent.site.org:8099"),
            ("tcp:voevent.site.org:8100", "voevent.site.org:8100"),
            ("tcp:host=voevent.site.org:port=8100", "voevent.site.org:8100"),
            ("127.0.0.1", "127.0.0.1:8099"),
            ("[::1]", "[::1]:8099"),
            ("[::1]:8100", "[::1]:8100"),
            ("tcp:[::1]:8100", "[::1]:8100"),
            (r"tcp:host=\:\:1", "[::1]:8099"),
            ("unix:path=/run/philae.sock", "unix:/run/philae.sock"),
        ];
        for (text, wanted) in forms {
            assert_eq!(parse(text).unwrap().to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_needs_brackets_only_where_it_may_end_in_a_port() {
        assert_eq!(parse("::1").unwrap().to_string(), "[::1]:8099");
        assert_eq!(parse("2001:db8::1").unwrap().to_string(), "[2001:db8::1]:8099");
        assert_eq!(
            parse("2001:db8::1:8099").unwrap_err().to_string(),
            "'2001:db8::1:8099' has no clear end of the address; \
             write [2001:db8::1:8099], or [2001:db8::1]:8099 if 8099 is the port"
        );
    }

    #[test]
    fn a_fault_says_what_to_write() {
        let no_host = |text| {
            format!("'{text}' is no host; write a name, an IPv4 address or an IPv6 address in brackets")
        };
        let faults = [
            ("8099", no_host("8099")),
            ("tcp:8099", no_host("8099")),
            ("300.1.1.1", no_host("300.1.1.1")),
            ("-h:1", no_host("-h")),
            ("[::1", no_host("[::1")),
            ("host:0", "'0' is no port; write a number from 1 to 65535".to_owned()),
            ("host:", "'' is no port; write a number from 1 to 65535".to_owned()),
            ("tcp:port=1", "the host is missing; add it".to_owned()),
            (
                "tcp:h:1:timeout=3",
                "'timeout' is no part of such an endpoint; remove it, the known parts are host, port"
                    .to_owned(),
            ),
            (
                "tls:h:1",
                "'tls:' is not supported; write tcp: or unix: here and put a TLS proxy before it".to_owned(),
            ),
            ("http://h:1", "'http:' is no known form of endpoint; write tcp: or unix:".to_owned()),
        ];
        for (text, wanted) in faults {
            assert_eq!(parse(text).unwrap_err().to_string(), wanted, "{text}");
        }
    }

    fn endpoints() -> impl Strategy<Value = ConnectEndpoint> {
        let host = prop_oneof![
            any::<IpAddr>().prop_map(Host::Address),
            "[a-z][a-z0-9-]{0,10}\\.[a-z]{2,5}".prop_map(Host::Name),
        ];
        prop_oneof![
            (host, 1..=u16::MAX).prop_map(|(host, port)| ConnectEndpoint::Tcp { host, port }),
            r"[a-zé/:=\\. -]{1,40}".prop_map(|path| ConnectEndpoint::Unix(path.into())),
        ]
    }

    proptest! {
        #[test]
        fn display_parses_back(endpoint in endpoints()) {
            prop_assert_eq!(parse(&endpoint.to_string()), Ok(endpoint));
        }

        #[test]
        fn no_text_panics_and_what_parses_has_a_canonical_form(text in r"(tcp:|unix:)?[\PC]{0,30}") {
            if let Ok(endpoint) = parse(&text) {
                prop_assert_eq!(parse(&endpoint.to_string()), Ok(endpoint));
            }
        }
    }
}
