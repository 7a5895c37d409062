//! Queries: the operator's own expressions in XPath 3.1, over events of the archive.
//!
//! The language is rich and its engine trusting: an expression may run for ever, take all memory or end its process. So
//! nothing is evaluated here. Workers are processes of their own, without files, sockets or rights, within limits of memory;
//! a [`Crew`] starts them, hands them packets, takes back what comes of each in the order of the packets, and ends them all
//! when one takes too long or dies, or when it is dropped. They end by themselves when their parent does. What is printed of
//! it, in which form, [`Output`] knows. For strangers' expressions there is `filter`.
//!
//! ```text
//!                ┌─ order ──> worker: Work ─┐ answers
//! events ──> feed ─ order ──> worker: Work ─┴────────> Crew ──> told, in order ──> Output (table, JSON, CSV)
//!                                                       │ with `then`: results
//!                                                       └─────────────────────> one more worker ──> told
//! ```

mod columns;
mod crew;
mod engine;
mod fault;
mod feed;
mod order;
mod output;
mod table;
mod trouble;
mod unpack;
mod value;
mod work;
mod worker;

pub(crate) use crew::{Crew, Told};
pub(crate) use fault::Fault;
pub(crate) use order::{Over, Task};
pub(crate) use output::{Format, Output, Printed};
pub(crate) use trouble::Trouble;
pub(crate) use work::work;
pub(crate) use worker::Bounds;
