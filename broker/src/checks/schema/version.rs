//! Which VOEvent a packet is: told by the namespace of its root, which each version has of its own.

use std::fmt;

/// The namespace of the version that is judged.
pub(super) const NAMESPACE_2_0: &str = "http://www.ivoa.net/xml/VOEvent/v2.0";

const NAMESPACES: [(&str, Version); 3] = [
    ("http://www.ivoa.net/xml/VOEvent/v1.1", Version::V1_1),
    (NAMESPACE_2_0, Version::V2_0),
    ("http://www.ivoa.net/xml/VOEvent/v2.1", Version::V2_1),
];

/// A version of VOEvent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// VOEvent 1.1 of 2006.
    V1_1,
    /// VOEvent 2.0 of 2011, which is judged.
    V2_0,
    /// VOEvent 2.1, proposed.
    V2_1,
}

impl Version {
    /// The version whose namespace this is.
    #[must_use]
    pub fn of_namespace(namespace: &str) -> Option<Self> {
        NAMESPACES.into_iter().find(|(known, _)| *known == namespace).map(|(_, version)| version)
    }

    /// The number, as in the attribute `version`.
    #[must_use]
    pub const fn number(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V2_0 => "2.0",
            Self::V2_1 => "2.1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VOEvent {}", self.number())
    }
}
