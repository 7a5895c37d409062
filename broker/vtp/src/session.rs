//! Sessions: the four sides of a VTP connection as state machines.
//!
//! A session is fed the bytes of its socket and the time, and is asked what to send, what happened, when it wants to
//! be woken and whether it is over. It promises to follow VTP 2.0 towards any peer, to be bounded in memory whatever
//! the peer sends, and to answer the same inputs with the same outputs. It does no I/O and judges no packet.
//!
//! ```text
//!              author                broker                 subscriber, or another broker
//!            ┌────────┐  packet  ┌────────────┐
//!            │ Sender │ ───────> │  Receiver  │
//!            └────────┘ <─────── └────────────┘
//!                        receipt  ┌────────────┐  packets, iamalive  ┌────────────┐
//!                                 │Broadcaster │ ──────────────────> │ Subscriber │
//!                                 └────────────┘ <────────────────── └────────────┘
//!                                                 receipts, filters
//! ```
//!
//! All four are driven alike: after `receive` or `wake`, take what `next_event` and `transmit` give until they are
//! empty, then look at `closed`, then sleep until bytes come or `deadline` has passed.

mod broadcaster;
mod receiver;
mod sender;
mod subscriber;

use std::time::Duration;

pub use broadcaster::{Broadcaster, BroadcasterConfig, BroadcasterEvent};
pub use receiver::{Receiver, ReceiverConfig};
pub use sender::{Sender, Verdict};
pub use subscriber::{Subscriber, SubscriberConfig, SubscriberEvent};

use crate::frame::FrameError;

/// Largest Transport message that is read, in bytes: Comet's own limit, so that what it takes, Philae takes.
pub const TRANSPORT_LIMIT_BYTES: u32 = 99_999;

/// How long an author may take, from connecting to the last byte of its packet, and wait for its receipt; as Comet.
pub const AUTHOR_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a broadcaster asks for a sign of life; as Comet, and less than the 90 s that VTP 2.0 permits.
pub const IAMALIVE_INTERVAL: Duration = Duration::from_secs(60);
/// How long a subscriber bears silence; as Comet.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// All was said.
    #[error("the conversation is complete")]
    Complete,
    /// Nothing, or too little, came in time.
    #[error("nothing complete came within {} s", .0.as_secs())]
    Silent(Duration),
    /// A frame longer than this side takes.
    #[error(transparent)]
    TooLong(#[from] FrameError),
    /// An `iamalive` was not answered before the next was due.
    #[error("it did not answer an iamalive")]
    NotAlive,
    /// Packets were not acknowledged in time.
    #[error("{packets} packets were not acknowledged within {} s", .within.as_secs())]
    Unacknowledged {
        /// How many.
        packets: u64,
        /// The time it had.
        within: Duration,
    },
    /// Message after message that is none.
    #[error("it sent {0} messages that cannot be understood")]
    Noise(u32),
}
