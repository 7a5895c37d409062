//! Philae, a broker for astronomical alerts.

pub mod config;
pub mod net;
