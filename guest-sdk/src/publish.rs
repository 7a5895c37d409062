//! Packets of the handler's own. The settings must grant it: `[grants] publish = true`.
//!
//! ```
//! use philae_guest::{prelude::*, testing::Broker};
//!
//! fn echo(event: &Event) -> Outcome {
//!     let ivoid = format!("ivo://your.site/echo#{}", event.seq());
//!     publish::packet(&Packet::new(&ivoid).cite(event.ivoid(), Relation::Followup))
//! }
//!
//! let broker = Broker::new().grant_publish();
//! broker.handle(echo, &Packet::new("ivo://a.b/c#d")).unwrap();
//! assert!(broker.published()[0].contains("ivo://a.b/c#d"));
//! ```

use crate::bindings::philae::handler::publish::PublishError;
use crate::broker;
use crate::error::{Error, Result};

/// Publishes a packet, made by [`Packet`](crate::Packet) or given as bytes, if the call succeeds. It is then judged as an
/// author's, kept, and sent to subscribers and to the other handlers.
///
/// # Errors
/// It is not granted, is one too many for this call, or would be refused.
pub fn packet(packet: impl Into<Vec<u8>>) -> Result<()> {
    broker::publish::packet(&packet.into()).map_err(|error| match error {
        PublishError::NotGranted => Error::permanent("publishing is not granted: [grants] publish = true"),
        PublishError::TooMany => Error::permanent("more packets than one call may publish: [limits] publish"),
        PublishError::Refused(reason) => {
            Error::permanent(format_args!("the packet would be refused: {reason}"))
        }
    })
}
