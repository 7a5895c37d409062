//! Philae, a broker for astronomical alerts.

pub mod admission;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
mod fanout;
pub mod lifecycle;
pub mod net;
pub mod store;
