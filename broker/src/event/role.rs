//! Roles: what an event is for (VOEvent 2.0 §2.2).

use std::fmt;

/// What an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Observation, Self::Prediction, Self::Utility, Self::Test];

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

    /// The role of this very name, as an operator writes it in settings.
    ///
    /// # Errors
    /// That it is none, and which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.name() == name);
        found.ok_or_else(|| format!("'{name}' is no role; write observation, prediction, utility or test"))
    }

    /// Its name in packets and settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Prediction => "prediction",
            Self::Utility => "utility",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
