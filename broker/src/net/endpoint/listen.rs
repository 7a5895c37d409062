//! The endpoints on which a broker waits for peers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::arguments::assign;
use super::{EndpointError, port, unix};

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ListenEndpoint {
    /// A TCP port.
    Tcp {
        /// The address to bind; `None` is every interface, over IPv6 and IPv4.
        interface: Option<IpAddr>,
        /// The port; 0 lets the kernel choose.
        port: u16,
    },
    /// A Unix socket at a path.
    Unix(PathBuf),
}

impl ListenEndpoint {
    /// Reads an endpoint in any of the forms of [the module](super).
    ///
    /// # Errors
    /// An [`EndpointError`] that names the part that is wrong, and says what to write.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        if let Ok(address) = text.parse() {
            return Self::on_address(address, text);
        }
        match text.split_once(':') {
            Some(("tcp", rest)) => match rest.parse() {
                Ok(address) => Self::on_address(address, rest),
                Err(_) => Self::described(rest),
            },
            Some(("unix", rest)) => unix::parse(rest, "address").map(Self::Unix),
            Some((form @ ("ssl" | "tls"), _)) => Err(EndpointError::Tls { form: form.to_owned() }),
            _ if text.starts_with('/') => Err(EndpointError::BarePath { path: text.to_owned() }),
            Some((interface, digits)) if port(digits, 0).is_ok() => {
                Err(EndpointError::Interface { text: interface.to_owned() })
            }
            Some((form, _)) => Err(EndpointError::Form { form: form.to_owned() }),
            None => Ok(Self::Tcp { interface: None, port: port(text, 0)? }),
        }
    }

    /// Whether nobody on another machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp { interface, .. } => interface.is_some_and(|address| address.is_loopback()),
            Self::Unix(_) => true,
        }
    }

    /// Whether both cannot be bound at once: the same path, or the same port on a shared interface.
    ///
    /// Port 0 clashes with nothing.
    #[must_use]
    pub fn clashes_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unix(path), Self::Unix(other)) => path == other,
            (Self::Tcp { interface, port }, Self::Tcp { interface: other, port: other_port }) => {
                port == other_port && *port != 0 && overlap(*interface, *other)
            }
            (Self::Tcp { .. }, Self::Unix(_)) | (Self::Unix(_), Self::Tcp { .. }) => false,
        }
    }

    fn on_address(address: SocketAddr, text: &str) -> Result<Self, EndpointError> {
        match address {
            // A zone belongs to a link, not to the machine, and would be lost here.
            SocketAddr::V6(address) if address.scope_id() != 0 => {
                Err(EndpointError::Interface { text: text.to_owned() })
            }
            SocketAddr::V4(_) | SocketAddr::V6(_) => {
                Ok(Self::Tcp { interface: Some(address.ip()), port: address.port() })
            }
        }
    }

    fn described(text: &str) -> Result<Self, EndpointError> {
        let [number, interface] = assign(text, ["port", "interface"])?;
        let number = number.ok_or(EndpointError::Missing { part: "port" })?;
        let interface = match interface {
            Some(text) => Some(text.parse().map_err(|_| EndpointError::Interface { text })?),
            None => None,
        };
        Ok(Self::Tcp { interface, port: port(&number, 0)? })
    }
}

impl fmt::Display for ListenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { interface: None, port } => write!(f, "tcp:{port}"),
            Self::Tcp { interface: Some(address), port } => write!(f, "{}", SocketAddr::new(*address, *port)),
            Self::Unix(path) => f.write_str(&unix::display(path)),
        }
    }
}

fn overlap(one: Option<IpAddr>, other: Option<IpAddr>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    one == other || (one.is_ipv4() == other.is_ipv4() && (one.is_unspecified() || other.is_unspecified()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tcp(interface: Option<&str>, port: u16) -> ListenEndpoint {
        ListenEndpoint::Tcp { interface: interface.map(|text| text.parse().unwrap()), port }
    }

    #[test]
    fn every_form_of_a_port_is_understood() {
        let forms = [
            ("8098", tcp(None, 8098)),
            ("tcp:8098", tcp(None, 8098)),
            ("tcp:port=0", tcp(None, 0)),
            ("tcp:8098:interface=127.0.0.1", tcp(Some("127.0.0.1"), 8098)),
            ("tcp:8098:127.0.0.1", tcp(Some("127.0.0.1"), 8098)),
            (r"tcp:port=8098:interface=\:\:1", tcp(Some("::1"), 8098)),
            ("127.0.0.1:8098", tcp(Some("127.0.0.1"), 8098)),
            ("[::1]:8098", tcp(Some("::1"), 8098)),
            ("tcp:[::1]:8098", tcp(Some("::1"), 8098)),
        ];
        for (text, wanted) in forms {
            assert_eq!(ListenEndpoint::parse(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn every_form_of_a_path_is_understood() {
        for text in ["unix:/run/a=b", "unix:address=/run/a=b", r"unix:/run/a\=b"] {
            assert_eq!(ListenEndpoint::parse(text), Ok(ListenEndpoint::Unix("/run/a=b".into())), "{text}");
        }
    }

    #[test]
    fn a_fault_says_what_to_write() {
        let faults = [
            ("ssl:8098", "'ssl:' is not supported; write tcp: or unix: here and put a TLS proxy before it"),
            ("udp:a:1", "'udp:' is no known form of endpoint; write tcp: or unix:"),
            ("tcp:", "'' is no port; write a number from 0 to 65535"),
            ("tcp:interface=\\:\\:1", "the port is missing; add it"),
            ("65536", "'65536' is no port; write a number from 0 to 65535"),
            ("+80", "'+80' is no port; write a number from 0 to 65535"),
            (
                "localhost:8098",
                "'localhost' is no address to listen on; write an IPv4 or IPv6 address of this machine",
            ),
            (
                "tcp:8098:interface=",
                "'' is no address to listen on; write an IPv4 or IPv6 address of this machine",
            ),
            (
                "[fe80::1%3]:80",
                "'[fe80::1%3]:80' is no address to listen on; write an IPv4 or IPv6 address of this machine",
            ),
            ("/run/a", "'/run/a' is a path; write unix:/run/a for a Unix socket"),
            ("unix:", "the address is missing; add it"),
            ("unix:/a:b", r"'b' is one part too many; write '\:' for a colon inside a value"),
        ];
        for (text, wanted) in faults {
            assert_eq!(ListenEndpoint::parse(text).unwrap_err().to_string(), wanted, "{text}");
        }
    }

    #[test]
    fn a_path_that_no_system_can_bind_is_refused() {
        let text = format!("unix:/{}", "x".repeat(107));
        assert_eq!(ListenEndpoint::parse(&text), Err(EndpointError::LongPath { length: 108 }));
    }

    #[test]
    fn every_interface_clashes_with_each_on_the_same_port() {
        assert!(tcp(None, 8098).clashes_with(&tcp(Some("::1"), 8098)));
        assert!(tcp(Some("0.0.0.0"), 8098).clashes_with(&tcp(Some("127.0.0.1"), 8098)));
        assert!(!tcp(Some("0.0.0.0"), 8098).clashes_with(&tcp(Some("::1"), 8098)));
        assert!(!tcp(Some("127.0.0.1"), 8098).clashes_with(&tcp(Some("127.0.0.2"), 8098)));
        assert!(!tcp(None, 0).clashes_with(&tcp(None, 0)));
    }

    fn endpoints() -> impl Strategy<Value = ListenEndpoint> {
        prop_oneof![
            (any::<Option<IpAddr>>(), any::<u16>())
                .prop_map(|(interface, port)| ListenEndpoint::Tcp { interface, port }),
            r"[a-zé/:=\\. -]{1,40}".prop_map(|path| ListenEndpoint::Unix(path.into())),
        ]
    }

    proptest! {
        #[test]
        fn display_parses_back(endpoint in endpoints()) {
            prop_assert_eq!(ListenEndpoint::parse(&endpoint.to_string()), Ok(endpoint));
        }

        #[test]
        fn no_text_panics_and_what_parses_has_a_canonical_form(text in r"(tcp:|unix:)?[\PC]{0,30}") {
            if let Ok(endpoint) = ListenEndpoint::parse(&text) {
                prop_assert_eq!(ListenEndpoint::parse(&endpoint.to_string()), Ok(endpoint));
            }
        }
    }
}
