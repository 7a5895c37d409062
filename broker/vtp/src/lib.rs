//! The VOEvent Transport Protocol without I/O.
//!
//! Frames, identifiers, packets, Transport messages and the four sides of a connection (receiver, broadcaster,
//! subscriber, sender) as values and state machines: bytes and the time go in, bytes and events come out. There is
//! no runtime, clock, file or environment in here, so that every conversation can be tested and fuzzed as a
//! function. Opening sockets, judging packets and keeping them is left to the broker.

mod authored;
mod cursor;
mod declaration;
mod digest;
pub mod encoding;
pub mod frame;
mod ivoid;
pub mod message;
mod moment;
mod packet;
pub mod session;
pub mod transport;
mod written;
mod xml;

pub use authored::authored;
pub use cursor::{Cursor, CursorError};
pub use declaration::Declaration;
pub use digest::Digest;
pub use encoding::Encoding;
pub use ivoid::{Ivoid, IvoidError};
pub use moment::Moment;
pub use packet::{MAX_IVORN_BYTES, Packet, PacketError};
pub use written::written;
pub use xml::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_NAMESPACES, XmlError};
