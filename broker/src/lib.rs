//! Philae, a broker for astronomical alerts.
//!
//! The library behind the `philae` command. [`broker`] puts the parts together and is the only module that knows all
//! of them; `ARCHITECTURE.md` is the map.

// They panic where nothing can be written: see `cli::aside` and `cli::files::print`.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod admin;
pub mod admission;
mod archive;
pub mod bench;
mod board;
pub mod broker;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
mod control;
pub mod event;
mod export;
mod fanout;
mod filter;
pub mod grants;
pub mod handlers;
pub mod host;
mod import;
mod index;
pub mod lifecycle;
mod native;
pub mod net;
mod pipeline;
mod plain;
mod query;
mod reload;
mod replay;
mod roster;
pub mod sandbox;
mod scratch;
mod status;
pub mod store;
mod test_events;
mod traffic;
mod workbench;
mod writing;
