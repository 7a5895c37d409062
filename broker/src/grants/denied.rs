//! Denied: what a handler asked for and was not granted, in the words of the settings.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::{Host, Scheme};
use crate::plain::excerpt;

/// Something that a handler asked for and was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// A TCP connection.
    Tcp(SocketAddr),
    /// A TCP connection to a private address that a granted name led to.
    PrivateTcp {
        /// The name.
        name: Box<str>,
        /// Where it led.
        address: SocketAddr,
    },
    /// The addresses of a name.
    Name(Box<str>),
    /// A request over HTTP.
    Http {
        /// In the clear or by TLS.
        scheme: Scheme,
        /// The host.
        host: Host,
        /// The port.
        port: u16,
    },
    /// A request over HTTP to a granted name that led to a private address.
    PrivateHttp {
        /// In the clear or by TLS.
        scheme: Scheme,
        /// The host.
        host: Host,
        /// Where it led.
        address: SocketAddr,
    },
    /// To write in a folder that it may only read; the folder, if it is known which.
    Write {
        /// What it wanted to open, within the folder.
        path: Box<str>,
        /// The folder of the machine and the one that the handler sees.
        folder: Option<(PathBuf, String)>,
    },
    /// To open what lies outside of the folders that it sees.
    Outside(Box<str>),
    /// To publish a packet.
    Publish,
}

impl Denied {
    /// To open a path, in words that are fit for a terminal and not long.
    #[must_use]
    pub fn outside(path: &str) -> Self {
        Self::Outside(excerpt(path).into())
    }

    /// What it asked for.
    #[must_use]
    pub fn asked(&self) -> String {
        match self {
            Self::Tcp(address) => format!("TCP to {address}"),
            Self::PrivateTcp { name, address } => {
                format!(
                    "TCP to {name}:{}, which leads to the private address {}",
                    address.port(),
                    address.ip()
                )
            }
            Self::Name(name) => format!("the addresses of {name}"),
            Self::Http { scheme, host, port } => format!("a request to {}", Site(*scheme, host, *port)),
            Self::PrivateHttp { scheme, host, address } => format!(
                "a request to {}, which leads to the private address {}",
                Site(*scheme, host, address.port()),
                address.ip()
            ),
            Self::Write { path, folder: Some((_, guest)) } => {
                format!("writing '{path}' in {}", excerpt(guest))
            }
            Self::Write { path, folder: None } => format!("writing '{path}' in a folder that it may read"),
            Self::Outside(path) => format!("opening '{path}', outside of the folders that it sees"),
            Self::Publish => "publishing a packet".to_owned(),
        }
    }

    /// The line of settings, under `[grants]`, that grants it; capitals stand for what is not known here.
    #[must_use]
    pub fn grant_line(&self) -> String {
        match self {
            Self::Tcp(address) | Self::PrivateTcp { address, .. } | Self::PrivateHttp { address, .. } => {
                format!("tcp = [\"{address}\"]")
            }
            Self::Name(name) => format!("tcp = [\"{name}:PORT\"]"),
            Self::Http { scheme, host, port } => format!("http = [\"{}\"]", Site(*scheme, host, *port)),
            Self::Write { folder: Some((host, guest)), .. } => {
                let (host, guest) = (quoted(&host.display().to_string()), quoted(guest));
                format!("folders = [{{ host = {host}, guest = {guest}, writable = true }}]")
            }
            Self::Write { folder: None, .. } => {
                "folders = [{ host = \"FOLDER\", guest = \"/NAME\", writable = true }]".to_owned()
            }
            Self::Outside(_) => "folders = [{ host = \"FOLDER\", guest = \"/NAME\" }]".to_owned(),
            Self::Publish => "publish = true".to_owned(),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it asked for {}; grant it with {}", self.asked(), self.grant_line())
    }
}

/// A host as a grant names it.
struct Site<'a>(Scheme, &'a Host, u16);

impl fmt::Display for Site<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(scheme, host, port) = self;
        let name = match scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{name}://{host}")?;
        if *port == scheme.port() { Ok(()) } else { write!(f, ":{port}") }
    }
}

/// A text as TOML writes it, which for all that a path may hold is as JSON does.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::{HttpGrant, TcpGrant};

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_is_told_with_the_line_that_grants_it() {
        let host = || Host::Name("hooks.example.org".into());
        let folder = Some(("/srv/alerts".into(), "/out".to_owned()));
        for (denied, words) in [
            (
                Denied::Tcp(address("192.0.2.7:5432")),
                "TCP to 192.0.2.7:5432; grant it with tcp = [\"192.0.2.7:5432\"]",
            ),
            (
                Denied::PrivateTcp { name: "db.example.org".into(), address: address("10.0.0.5:5432") },
                "TCP to db.example.org:5432, which leads to the private address 10.0.0.5; \
                 grant it with tcp = [\"10.0.0.5:5432\"]",
            ),
            (
                Denied::Name("db.example.org".into()),
                "the addresses of db.example.org; grant it with tcp = [\"db.example.org:PORT\"]",
            ),
            (
                Denied::Http { scheme: Scheme::Https, host: host(), port: 443 },
                "a request to https://hooks.example.org; grant it with http = [\"https://hooks.example.org\"]",
            ),
            (
                Denied::Http { scheme: Scheme::Http, host: Host::parse("2001:db8::1").unwrap(), port: 8080 },
                "a request to http://[2001:db8::1]:8080; grant it with http = [\"http://[2001:db8::1]:8080\"]",
            ),
            (
                Denied::PrivateHttp { scheme: Scheme::Http, host: host(), address: address("127.0.0.1:80") },
                "a request to http://hooks.example.org, which leads to the private address 127.0.0.1; \
                 grant it with tcp = [\"127.0.0.1:80\"]",
            ),
            (
                Denied::Write { path: "a.txt".into(), folder },
                "writing 'a.txt' in /out; \
                 grant it with folders = [{ host = \"/srv/alerts\", guest = \"/out\", writable = true }]",
            ),
            (
                Denied::outside("../a\u{1b}"),
                "opening '../a\u{fffd}', outside of the folders that it sees; \
                 grant it with folders = [{ host = \"FOLDER\", guest = \"/NAME\" }]",
            ),
            (Denied::Publish, "publishing a packet; grant it with publish = true"),
        ] {
            assert_eq!(denied.to_string(), format!("it asked for {words}"));
        }
    }

    #[test]
    fn what_is_written_can_be_read_back() {
        let text = |denied: &Denied| denied.grant_line().split('"').nth(1).unwrap_or_default().to_owned();
        let tcp = Denied::Tcp(address("[2001:db8::1]:443"));
        assert_eq!(TcpGrant::parse(&text(&tcp)).unwrap(), TcpGrant::parse("[2001:db8::1]:443").unwrap());
        let host = Host::parse("10.0.0.5").unwrap();
        let http = Denied::Http { scheme: Scheme::Https, host: host.clone(), port: 8443 };
        let granted = HttpGrant { scheme: Scheme::Https, host, port: 8443 };
        assert_eq!(HttpGrant::parse(&text(&http)), Ok(granted));
    }
}
