//! How everything goes over the socket: an object of JSON on a line of its own.

use serde::Serialize;

/// What is said, with the end of its line.
pub(crate) fn line(said: &impl Serialize) -> Vec<u8> {
    // What is made of text and numbers can be written.
    let mut line = serde_json::to_vec(said).unwrap_or_default();
    line.push(b'\n');
    line
}
