//! Philae, a broker for astronomical alerts.

pub mod net;
