//! What is wrong with a configuration: every fault at once, each with its place and its remedy.
//!
//! ```text
//! philae.toml:3: receive: 'x' is no port; write a number from 0 to 65535
//! --filter: the filter is empty; write an XPath expression, or leave it out
//! 2 faults in the configuration; nothing was started
//! ```

use std::fmt;
use std::sync::Arc;

/// The exit code of a command whose configuration has faults: `EX_CONFIG` of `sysexits.h`.
pub const EXIT_CONFIG: u8 = 78;

/// Where something was written, or is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The file as a whole.
    File(Arc<str>),
    /// A line of the file, at a key if one is known.
    Line { file: Arc<str>, line: usize, key: Option<String> },
    /// A flag, without its dashes.
    Flag(&'static str),
    /// An option that stands nowhere.
    Nowhere(&'static str),
}

/// One fault: what is wrong and how to mend it, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// All that is wrong with a configuration; never empty, and ordered by line, then flags, then what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Puts the faults in order; `None` if there are none.
    pub(crate) fn new(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort_by_key(|fault| fault.place.order());
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it never is empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each of them in a line of its own: place, what is wrong, remedy.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|fault| one_line(&format!("{}: {}", fault.place, fault.text)))
    }
}

impl Place {
    fn order(&self) -> (u8, usize) {
        match self {
            Self::File(_) => (0, 0),
            Self::Line { line, .. } => (0, *line),
            Self::Flag(_) => (1, 0),
            Self::Nowhere(_) => (2, 0),
        }
    }
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(f, "{line}")?;
        }
        let noun = if self.len() == 1 { "fault" } else { "faults" };
        write!(f, "{} {noun} in the configuration; nothing was started", self.len())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.write_str(file),
            Self::Line { file, line, key: None } => write!(f, "{file}:{line}"),
            Self::Line { file, line, key: Some(key) } => write!(f, "{file}:{line}: {key}"),
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Nowhere(name) => f.write_str(name),
        }
    }
}

/// Escapes control characters, so that what an operator wrote can neither break the line nor command a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}
