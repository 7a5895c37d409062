//! The harness of Philae's whole-broker tests.

pub mod fixtures;
pub mod peers;
pub mod wait;
