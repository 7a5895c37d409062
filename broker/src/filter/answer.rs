//! What an expression says of a packet, as it is passed on and remembered.

/// What an expression says of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    No,
    Yes,
    /// It would have cost more than one expression may.
    OverBudget,
    /// The packet cannot be parsed, which admission should have seen.
    Unreadable,
}

impl Answer {
    /// Whether a subscriber gets the packet for it.
    pub(super) fn is_match(self) -> bool {
        match self {
            // One event too many is better than one too few.
            Self::Yes | Self::Unreadable => true,
            Self::No | Self::OverBudget => false,
        }
    }
}

impl From<bool> for Answer {
    fn from(is_match: bool) -> Self {
        if is_match { Self::Yes } else { Self::No }
    }
}
