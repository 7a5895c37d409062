//! The XML declaration: what a document says of itself before it begins.
//!
//! ```text
//! <?xml version="1.N" [encoding="NAME"] [standalone="yes|no"] ?>      in this order, at the very beginning
//! ```
//!
//! It is read to the letter (XML 1.0 § 2.8, § 4.3.3), because parsers of packets are lenient with it and the encoding
//! that it names decides which text the other bytes are.

/// What a document's XML declaration says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration<'a> {
    /// The encoding, if one is named.
    pub encoding: Option<&'a str>,
}

impl<'a> Declaration<'a> {
    /// Reads the declaration at the beginning of a text without a byte-order mark; none if it has none.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow "the XML declaration ".
    pub fn read(text: &'a str) -> Result<Option<Self>, &'static str> {
        let is_one = |rest: &&str| rest.starts_with(is_space);
        let Some(rest) = text.strip_prefix("<?xml").filter(is_one) else { return Ok(None) };
        let mut rest = Rest(rest);
        let version = rest.attribute("version")?.ok_or("has no version")?;
        let digits = version.strip_prefix("1.").ok_or("has a version other than 1.0")?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("has a version that is none");
        }
        let encoding = rest.attribute("encoding")?;
        if encoding.is_some_and(|name| !is_name(name)) {
            return Err("has an encoding that is no name");
        }
        if rest.attribute("standalone")?.is_some_and(|value| !matches!(value, "yes" | "no")) {
            return Err("has a 'standalone' that is neither 'yes' nor 'no'");
        }
        match rest.0.trim_start_matches(is_space).starts_with("?>") {
            true => Ok(Some(Self { encoding })),
            false => Err("does not end after version, encoding and standalone, in this order"),
        }
    }
}

/// What of a declaration is still to be read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// The value of the attribute that must be the next, if it is.
    fn attribute(&mut self, name: &str) -> Result<Option<&'a str>, &'static str> {
        let after_space = self.0.trim_start_matches(is_space);
        let Some(rest) = after_space.strip_prefix(name) else { return Ok(None) };
        if after_space.len() == self.0.len() {
            return Err("lacks white space between two attributes");
        }
        let rest = rest.trim_start_matches(is_space).strip_prefix('=').ok_or("lacks a '='")?;
        let rest = rest.trim_start_matches(is_space);
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or("lacks a quote")?;
        let (value, rest) =
            rest.get(1..).and_then(|rest| rest.split_once(quote)).ok_or("lacks a closing quote")?;
        self.0 = rest;
        Ok(Some(value))
    }
}

/// The white space of XML (XML 1.0 § 2.3).
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_name(name: &str) -> bool {
    let is_more = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(is_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_found_in_every_sound_declaration() {
        let sound = [
            ("<?xml version='1.0'?>", None),
            ("<?xml version = \"1.0\" encoding = 'UTF-8' ?>", Some("UTF-8")),
            ("<?xml\tversion='1.1'\nencoding='x._-9' standalone='no'?>", Some("x._-9")),
            ("<?xml version='1.0' standalone='yes'?>", None),
        ];
        for (text, encoding) in sound {
            assert_eq!(Declaration::read(text), Ok(Some(Declaration { encoding })), "{text}");
        }
    }

    #[test]
    fn what_is_no_declaration_is_none() {
        for text in ["", "<a/>", " <?xml version='1.0'?>", "<?xml-stylesheet href='a'?>", "<?xml?>"] {
            assert_eq!(Declaration::read(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn a_malformed_declaration_is_refused() {
        for inside in [
            "",
            "encoding='UTF-8'",
            "version='2.0'",
            "version='1.'",
            "version='1.0",
            "version=1.0",
            "version '1.0'",
            "version='1.0'encoding='UTF-8'",
            "version='1.0' encoding=''",
            "version='1.0' encoding='8bit'",
            "version='1.0' standalone='maybe'",
            "version='1.0' standalone='yes' encoding='UTF-8'",
            "version='1.0' colour='red'",
            "version='1.0' ? >",
        ] {
            assert!(Declaration::read(&format!("<?xml {inside}?><a/>")).is_err(), "{inside}");
        }
    }
}
