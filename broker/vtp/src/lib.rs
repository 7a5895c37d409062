//! The VOEvent Transport Protocol without I/O.
//!
//! Frames, identifiers, packets, Transport messages and the four sides of a connection (receiver, broadcaster,
//! subscriber, sender) as values and state machines: bytes and the time go in, bytes and events come out. There is
//! no runtime, clock, file or environment in here, so that every conversation can be tested and fuzzed as a
//! function. Opening sockets, judging packets and keeping them is left to the broker.

mod ivoid;

pub use ivoid::{Ivoid, IvoidError};
