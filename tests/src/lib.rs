//! The harness of Philae's whole-broker tests.
//!
//! Real processes on loopback: Philae's own binary, the peers it must get along with, and an author, a
//! listener and an upstream that do exactly what a test tells them, right or wrong.

pub mod archives;
pub mod browser;
pub mod client;
pub mod corpus;
pub mod deployment;
pub mod fixtures;
pub mod guests;
pub mod handler_site;
pub mod hostile_guests;
pub mod http;
pub mod kept;
pub mod languages;
pub mod mutations;
pub mod peers;
pub mod philae;
mod process;
pub mod site;
pub mod small_disk;
pub mod storm;
mod target;
pub mod terminal;
pub mod tool;
pub mod toolchains;
pub mod upstream;
pub mod validated;
pub mod wait;
pub mod web_peer;
pub mod witness;
