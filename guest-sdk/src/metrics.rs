//! Numbers for the broker's status page. Names have small letters, digits and underscores; others are ignored.

use crate::broker;

/// Adds to a counter.
pub fn count(name: &str, by: u64) {
    broker::metrics::count(name, by);
}

/// Sets a gauge.
pub fn gauge(name: &str, value: f64) {
    broker::metrics::gauge(name, value);
}
