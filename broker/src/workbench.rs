//! The workbench: where a handler is made and tried before any broker has it.
//!
//! A handler is run here as a broker would run it, under its own settings, limits and grants, on packets from files or
//! from a live stream; what came of each call is told in full. Its state lasts for as long as the rig stands and is kept
//! nowhere, what it publishes goes nowhere, and where it is tried offline nothing that it asks for reaches the network.
//! Which commands there are and what they print to is left to `cli`.
//!
//! A project in one of the languages is made from templates, and built by that language's own compiler.
//!
//! ```text
//!  template ──> Project ──> build ──> NAME.wasm
//!
//!  FILE, or a project's folder ──> Handed ──> Rig ──┐
//!                                                   ├─> Called ──> lines · JSON · what is expected
//!  files, folders, standard input, a stream ────────┘
//! ```

mod build;
mod called;
mod cost;
mod difference;
mod handed;
mod language;
mod mock;
mod packets;
mod project;
mod rig;
mod tally;
mod template;

pub(crate) use build::{BuildError, Built, Means, Output, Processes, Tools, build};
pub(crate) use called::Called;
pub(crate) use cost::{Calls, CostError, Costed};
pub(crate) use difference::difference;
pub(crate) use handed::Handed;
pub(crate) use language::Language;
pub(crate) use mock::Mock;
pub(crate) use packets::files;
pub(crate) use project::{Project, ProjectError};
pub(crate) use rig::{Received, Rig, RigError};
pub(crate) use tally::Tally;
pub(crate) use template::new_project;
