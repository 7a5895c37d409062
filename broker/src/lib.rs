//! Philae, a broker for astronomical alerts.

pub mod cli;
pub mod config;
pub mod net;
pub mod store;
