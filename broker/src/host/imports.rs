//! What handlers import: the interfaces of `wit/handler.wit`, each answered from the call in hand.

mod config;
mod event;
mod log;
mod metrics;
mod publish;
mod state;

use super::bindings::philae::handler::types;
use super::call::Call;

impl types::Host for Call {}

/// A moment in the interface's terms.
pub(super) fn timestamp(moment: jiff::Timestamp) -> types::Timestamp {
    let (seconds, nanoseconds) = (moment.as_second(), moment.subsec_nanosecond());
    // Before 1970 the rest is negative; the interface adds, always.
    match u32::try_from(nanoseconds) {
        Ok(nanoseconds) => types::Timestamp { seconds, nanoseconds },
        Err(_) => types::Timestamp {
            seconds: seconds - 1,
            nanoseconds: u32::try_from(1_000_000_000 + nanoseconds).unwrap_or(0),
        },
    }
}
