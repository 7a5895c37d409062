//! Conversations: whole exchanges between the sides of a connection, with virtual time and wires that cut anywhere.
//!
//! What a single type promises is tested beside it; here stand the rules of VTP 2.0, what real peers need, and
//! Philae's own addition of cursors, each as a conversation that shows it.
#![cfg(test)]

mod cuttings;
mod listening;
mod liveness;
mod pair;
mod peers;
mod returning;
mod sides;
mod submission;
mod subscription;
