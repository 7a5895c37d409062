//! Philae, a broker for astronomical alerts.
