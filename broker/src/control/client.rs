//! What all who ask a broker have in common: how long it is waited for.

use std::time::Duration;

/// How long a broker may take to answer what it knows without looking for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may leave whoever reads or imports without another byte: its disk may be busy.
pub(crate) const BUSY_PATIENCE: Duration = Duration::from_secs(60);
