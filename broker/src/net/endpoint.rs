//! Where to listen and where to connect, as an operator writes it.
//!
//! The forms are those of Comet, which are Twisted's endpoint descriptions, next to the `address:port` that everyone
//! writes today. Parsing opens nothing and resolves nothing; an endpoint proves only that its text was understood.
//! Its `Display` is one canonical form that parses back to the same endpoint.
//!
//! ```text
//! listen    8098   tcp:8098   tcp:8098:interface=127.0.0.1   127.0.0.1:8098   [::1]:8098   unix:/run/philae.sock
//! connect   HOST   HOST:PORT  tcp:HOST:PORT   tcp:host=HOST:port=PORT   [::1]   [::1]:PORT   unix:/run/philae.sock
//! ```
//!
//! Within a Twisted description a backslash makes the next character an ordinary one: `interface=\:\:1`.

mod arguments;
mod connect;
mod listen;
mod unix;

pub use connect::{ConnectEndpoint, Host};
pub use listen::ListenEndpoint;

/// The port on which a broker receives from authors, unless another is named.
pub const RECEIVE_PORT: u16 = 8098;

/// The port on which a broker broadcasts to subscribers, unless another is named.
pub const BROADCAST_PORT: u16 = 8099;

/// The port of the status page, unless another is named.
pub const ADMIN_PORT: u16 = 8100;

/// Why a text is no endpoint, and what to write in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// There is no text.
    #[error(
        "the endpoint is empty; write tcp:PORT, ADDRESS:PORT or unix:/path to listen, HOST:PORT to connect"
    )]
    Empty,
    /// TLS was asked for.
    #[error("'{form}:' is not supported; write tcp: or unix: here and put a TLS proxy before it")]
    Tls {
        /// The word before the first colon.
        form: String,
    },
    /// The word before the first colon is no known form.
    #[error("'{form}:' is no known form of endpoint; write tcp: or unix:")]
    Form {
        /// The word before the first colon.
        form: String,
    },
    /// A path stands alone.
    #[error("'{path}' is a path; write unix:{path} for a Unix socket")]
    BarePath {
        /// The path.
        path: String,
    },
    /// A `key=value` part has a key that this form does not have.
    #[error("'{key}' is no part of such an endpoint; remove it, the known parts are {known}")]
    Key {
        /// The key as written.
        key: String,
        /// The keys of the form, in order.
        known: String,
    },
    /// A part is given twice.
    #[error("'{key}' is given twice; keep one")]
    Twice {
        /// The key of the part.
        key: &'static str,
    },
    /// There are more parts than the form has.
    #[error(r"'{part}' is one part too many; write '\:' for a colon inside a value")]
    Excess {
        /// The first part too many.
        part: String,
    },
    /// A part that the form cannot do without is missing.
    #[error("the {part} is missing; add it")]
    Missing {
        /// The key of the part.
        part: &'static str,
    },
    /// A backslash has nothing to escape.
    #[error(r"the endpoint ends in a backslash; write '\\' for one that is meant")]
    Escape,
    /// A port is not in its range.
    #[error("'{text}' is no port; write a number from {least} to 65535")]
    Port {
        /// The port as written.
        text: String,
        /// The least port of the form: 0 to listen, where the kernel then chooses, and 1 to connect.
        least: u16,
    },
    /// The interface to listen on is no address.
    #[error("'{text}' is no address to listen on; write an IPv4 or IPv6 address of this machine")]
    Interface {
        /// The interface as written.
        text: String,
    },
    /// The host to connect to is neither name nor address.
    #[error("'{text}' is no host; write a name, an IPv4 address or an IPv6 address in brackets")]
    Host {
        /// The host as written.
        text: String,
    },
    /// The text is an IPv6 address, and as well an IPv6 address with a port.
    #[error(
        "'{text}' has no clear end of the address; write [{text}], or [{address}]:{port} if {port} is the port"
    )]
    Ambiguous {
        /// The whole text.
        text: String,
        /// The address, should the last group be a port.
        address: String,
        /// That port.
        port: String,
    },
    /// The path of a Unix socket is longer than the system can bind.
    #[error("the path of the socket has {length} bytes; a system takes at most {}", unix::LONGEST_PATH)]
    LongPath {
        /// Its length in bytes.
        length: usize,
    },
    /// The path of a Unix socket has a NUL byte.
    #[error("the path of the socket has a NUL byte; remove it")]
    Nul,
}

/// Reads a port from decimal digits alone; a sign or a space is a fault.
pub(crate) fn port(text: &str, least: u16) -> Result<u16, EndpointError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| digits && *port >= least);
    port.ok_or_else(|| EndpointError::Port { text: text.to_owned(), least })
}
