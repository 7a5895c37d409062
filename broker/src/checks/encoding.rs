//! The encoding that a packet declares must be the one in which it is written.
//!
//! A packet that is read here is UTF-8, or it would not have come this far. A declaration that says otherwise makes
//! other readers see other text, unless all bytes are ASCII and the declared encoding agrees with ASCII.

use vtp::Packet;

/// How the names of encodings begin in which ASCII bytes mean themselves (IANA registry, lower case).
const ASCII_SUPERSETS: [&str; 6] = ["us-ascii", "ascii", "iso-8859-", "windows-125", "koi8-", "latin"];

pub(super) fn check(packet: &Packet) -> Result<(), String> {
    let Some(declared) = declared(packet.raw()) else { return Ok(()) };
    let name = declared.to_ascii_lowercase();
    let is_honest = name == "utf-8"
        || name == "utf8"
        || (packet.raw().is_ascii() && ASCII_SUPERSETS.iter().any(|known| name.starts_with(known)));
    if is_honest {
        Ok(())
    } else {
        Err(format!("the declared encoding is '{declared}', the bytes are UTF-8"))
    }
}

/// The encoding named in the XML declaration.
fn declared(raw: &[u8]) -> Option<String> {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let declaration = raw.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let text = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let value = text.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(declaration: &str, text: &str) -> Result<(), String> {
        let document = format!("{declaration}<VOEvent ivorn='ivo://a.b/c#d'>{text}</VOEvent>");
        check(&Packet::parse(document.into()).unwrap())
    }

    #[test]
    fn a_false_declaration_is_refused_and_a_harmless_one_is_not() {
        assert_eq!(verdict("", "é"), Ok(()));
        assert_eq!(verdict("<?xml version = '1.0' encoding = 'UTF-8'?>", "é"), Ok(()));
        assert_eq!(verdict("<?xml version='1.0' encoding=\"ISO-8859-1\"?>", "e"), Ok(()));
        assert!(verdict("<?xml version='1.0' encoding='ISO-8859-1'?>", "é").is_err());
        assert!(verdict("<?xml version='1.0' encoding='UTF-16'?>", "e").is_err());
    }
}
