//! IVOA identifiers: the names of events, streams, authors and brokers.
//!
//! An [`Ivoid`] is proof that a text is an identifier that VTP peers will accept: `ivo://authority/resource#local`.
//! It promises the same verdict as Comet 3.1.0, whose rule every event on the wire has passed until now, and keeps
//! the text exactly as it was written. It does not resolve anything in a registry.
//!
//! ```text
//! ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_592204-259
//!       └authority──┘└rsrc─┘ └local────────────┘
//!       └── stream ────────┘
//! ```

use std::fmt;

/// An IVOA identifier whose syntax was checked; it derefs to nothing and prints as it was written.
///
/// Source: IVOA Identifiers 2.0, in the form that Comet's `parse_ivoid` enforces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ivoid {
    text: Box<str>,
    authority_end: usize,
    stream_end: usize,
    local_start: usize,
}

/// Why a text is no [`Ivoid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IvoidError {
    /// The text does not begin with `ivo://`, in lower case.
    #[error("an IVOID begins with 'ivo://'")]
    Scheme,
    /// The authority is shorter than three characters or begins with something other than a letter or digit.
    #[error("the authority after 'ivo://' needs three or more characters and begins with a letter or digit")]
    Authority,
    /// The resource has an empty, `.` or `..` segment, or ends in `/`.
    #[error("the resource has an empty, '.' or '..' segment")]
    Resource,
    /// A character stands where the syntax has no place for it.
    #[error("'{character}' at byte {at} has no place in an IVOID")]
    Character {
        /// What was found.
        character: char,
        /// Its offset in bytes from the start of the text.
        at: usize,
    },
}

const SCHEME: &str = "ivo://";

impl Ivoid {
    /// Checks a text and keeps it.
    ///
    /// # Errors
    /// An [`IvoidError`] that says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, IvoidError> {
        let rest = text.strip_prefix(SCHEME).ok_or(IvoidError::Scheme)?;
        if !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(IvoidError::Authority);
        }
        let authority = prefix(rest, is_authority);
        if authority.chars().count() < 3 {
            return Err(IvoidError::Authority);
        }
        let authority_end = SCHEME.len() + authority.len();
        let rest = rest.get(authority.len()..).unwrap_or_default();
        let resource = if rest.starts_with('/') { prefix(rest, is_resource) } else { "" };
        let sound = |segment: &str| !matches!(segment, "" | "." | "..");
        // Comet looks for "/./" and "/../" inside; a last segment of dots passes there, and so here.
        let mut segments = resource.split('/').skip(1).peekable();
        while let Some(segment) = segments.next() {
            if !sound(segment) && (segment.is_empty() || segments.peek().is_some()) {
                return Err(IvoidError::Resource);
            }
        }
        let stream_end = authority_end + resource.len();
        let rest = rest.get(resource.len()..).unwrap_or_default();
        let local = rest.strip_prefix('#').unwrap_or(rest);
        let local_start = text.len() - local.len();
        if let Some((at, character)) = local.char_indices().find(|(_, c)| !is_local(*c)) {
            return Err(IvoidError::Character { character, at: local_start + at });
        }
        Ok(Self { text: text.into(), authority_end, stream_end, local_start })
    }

    /// The whole identifier, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Who names things here, for example `nasa.gsfc.gcn`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.text.get(SCHEME.len()..self.authority_end).unwrap_or_default()
    }

    /// The identifier without its local part: the stream that an event belongs to.
    #[must_use]
    pub fn stream(&self) -> &str {
        self.text.get(..self.stream_end).unwrap_or_default()
    }

    /// What names one event within its stream; empty where there is none.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(self.local_start..).unwrap_or_default()
    }
}

impl fmt::Display for Ivoid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn prefix(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c: char| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn is_authority(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '*' | '\'' | '(' | ')')
}

fn is_resource(c: char) -> bool {
    is_authority(c) || c == '/'
}

fn is_local(c: char) -> bool {
    is_resource(c) || matches!(c, '+' | '=' | '%' | '!' | '$' | '&' | ',' | ';' | ':' | '@' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_event_are_told_apart() {
        let ivoid = Ivoid::parse("ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_592204-259").unwrap();
        assert_eq!(ivoid.authority(), "nasa.gsfc.gcn");
        assert_eq!(ivoid.stream(), "ivo://nasa.gsfc.gcn/SWIFT");
        assert_eq!(ivoid.local(), "BAT_GRB_Pos_592204-259");
    }

    #[test]
    fn a_query_counts_as_local_part_as_in_comet() {
        assert_eq!(Ivoid::parse("ivo://org.site/stream?event").unwrap().local(), "?event");
        assert_eq!(Ivoid::parse("ivo://auth/x+y").unwrap().local(), "+y");
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(Ivoid::parse("IVO://auth/x#y"), Err(IvoidError::Scheme));
        assert_eq!(Ivoid::parse("ivo://ab/x#y"), Err(IvoidError::Authority));
        assert_eq!(Ivoid::parse("ivo://.abc/x#y"), Err(IvoidError::Authority));
        for resource in ["a//b", "a/../b", "a/./b", "a/"] {
            let text = format!("ivo://auth/{resource}#y");
            assert_eq!(Ivoid::parse(&text), Err(IvoidError::Resource), "{text}");
        }
        assert_eq!(Ivoid::parse("ivo://auth/x#y#z"), Err(IvoidError::Character { character: '#', at: 14 }));
    }
}
