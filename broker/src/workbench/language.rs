//! The languages that handlers are written in, as far as the workbench can build them.

use std::fmt;
use std::path::Path;

use crate::config::nearest;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    C,
    Zig,
    Go,
    AssemblyScript,
    JavaScript,
    Python,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Rust, Self::C, Self::Zig, Self::Go, Self::AssemblyScript, Self::JavaScript, Self::Python];

    /// The language of that name, as it stands on a command line.
    ///
    /// # Errors
    /// Which there are, and which was perhaps meant.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let wanted = name.to_ascii_lowercase();
        if let Some(language) = Self::ALL.into_iter().find(|language| language.name() == wanted) {
            return Ok(language);
        }
        let names = Self::ALL.map(Self::name);
        Err(match nearest(&wanted, names.into_iter().map(|name| ((), name))) {
            Some(((), near)) => format!("there is no such language; did you mean '{near}'?"),
            None => format!("there is no such language; there are {}", names.join(", ")),
        })
    }

    /// Its name on a command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Zig => "zig",
            Self::Go => "go",
            Self::AssemblyScript => "assemblyscript",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }

    /// The file that a project begins with.
    pub(crate) const fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::C => "handler.c",
            Self::Zig => "handler.zig",
            Self::Go => "main.go",
            Self::AssemblyScript => "handler.ts",
            Self::JavaScript => "handler.js",
            Self::Python => "handler.py",
        }
    }

    /// Whether a file in a project's folder says that it is written in this language.
    pub(super) fn is_told_by(self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default();
        let ending = file.extension().unwrap_or_default();
        match self {
            Self::Rust => name == "Cargo.toml",
            Self::C => ending == "c",
            Self::Zig => ending == "zig",
            Self::Go => ending == "go",
            Self::AssemblyScript => ending == "ts",
            Self::JavaScript => ending == "js" || ending == "mjs",
            Self::Python => ending == "py",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Zig => "Zig",
            Self::Go => "Go",
            Self::AssemblyScript => "AssemblyScript",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_language_is_told_with_what_was_meant() {
        assert_eq!(Language::named("Zig"), Ok(Language::Zig));
        assert!(Language::named("pyton").unwrap_err().ends_with("did you mean 'python'?"));
        assert!(Language::named("fortran").unwrap_err().contains("there are rust, c, zig, go"));
    }
}
