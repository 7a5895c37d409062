//! What an operator is told of a folder of handlers, besides what changed in it.

use std::fmt;
use std::path::PathBuf;

/// Something odd at a path, or odd no more; told once, in words that name the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The folder or file.
    pub path: PathBuf,
    /// What is odd about it; `None` if it could not be read and now can.
    pub oddity: Option<Oddity>,
}

/// What is odd about a folder or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// It cannot be read; why. What ran goes on.
    Unreadable(String),
    /// A module whose name is no handler's.
    BadName,
    /// It is named like a module or settings and is no file.
    NoFile,
    /// A module of a name that an earlier folder has.
    Second {
        /// The module that it gives way to.
        first: PathBuf,
    },
    /// Settings without a module.
    Alone,
}

impl Notice {
    /// What to tell when that is odd which is `after`, where `before` was told.
    pub(super) fn between(path: PathBuf, before: Option<Oddity>, after: Option<Oddity>) -> Option<Self> {
        let is_back = matches!(before, Some(Oddity::Unreadable(_)));
        (after.is_some() || is_back).then_some(Self { path, oddity: after })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.oddity {
            None => write!(f, "{path} can be read again"),
            Some(Oddity::Unreadable(error)) => {
                write!(
                    f,
                    "{path} cannot be read: {error}; what it held before stays, let the broker's user read it"
                )
            }
            Some(Oddity::BadName) => {
                let remedy = "rename it with at most 64 of a-z, 0-9, '_' and '-', a letter or digit first";
                write!(f, "{path} is not loaded, since a handler cannot have its name; {remedy}")
            }
            Some(Oddity::NoFile) => write!(f, "{path} is no file; remove or rename it"),
            Some(Oddity::Second { first }) => {
                write!(f, "{path} is not loaded, since {} comes first; rename one of them", first.display())
            }
            Some(Oddity::Alone) => {
                let module = self.path.with_extension("wasm");
                write!(
                    f,
                    "{path} has no effect, since there is no {}; add it, or remove the settings",
                    module.display()
                )
            }
        }
    }
}
