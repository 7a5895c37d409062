//! Where the broker meets its peers: the endpoints it listens on and connects to, and who is let in.

pub mod allow;
pub mod endpoint;
