//! Numbers for the operator, whom `philae handler show` tells them. Names have small letters, digits and underscores; others are
//! ignored, and so are new ones when there are more than a broker keeps (64). What a call reports counts even if it fails.

use crate::broker;

/// Adds to a counter.
pub fn count(name: &str, by: u64) {
    broker::metrics::count(name, by);
}

/// Sets a gauge.
pub fn gauge(name: &str, value: f64) {
    broker::metrics::gauge(name, value);
}
