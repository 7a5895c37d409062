//! Roles: what an event is for (VOEvent 2.0 §2.2).

/// What an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Something happened in the sky.
    Observation,
    /// Something will happen.
    Prediction,
    /// Something about the observatory itself.
    Utility,
    /// Nothing happened; a test of the way.
    Test,
}

impl Role {
    /// The role that a packet names. What is no role of the standard is an observation, as is saying none: that is
    /// what a telescope would rather not miss.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.trim() {
            "prediction" => Self::Prediction,
            "utility" => Self::Utility,
            "test" => Self::Test,
            _ => Self::Observation,
        }
    }

    /// Its name in packets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Prediction => "prediction",
            Self::Utility => "utility",
            Self::Test => "test",
        }
    }
}
