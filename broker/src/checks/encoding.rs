//! The encoding that a packet declares must be the one in which it is written.
//!
//! UTF-16 and ISO-8859-1 are known by what is declared, and `vtp` has seen to it that it is true. A packet that is UTF-8
//! could declare anything: other readers would see other text, unless all bytes are ASCII and the declared encoding
//! agrees with ASCII. The declaration itself is held to its grammar here, which the parsers of the rest do loosely.

use vtp::{Declaration, Encoding};

/// How the names of encodings begin in which ASCII bytes mean themselves (IANA registry, lower case).
const ASCII_SUPERSETS: [&str; 6] = ["us-ascii", "ascii", "iso-8859-", "windows-125", "koi8-", "latin"];

pub(super) fn check(text: &str, encoding: Encoding) -> Result<(), String> {
    let declaration = Declaration::read(text)
        .map_err(|fault| format!("not well-formed XML: line 1: the XML declaration {fault}"))?;
    let Some(declared) = declaration.and_then(|declaration| declaration.encoding) else { return Ok(()) };
    let is_honest = encoding != Encoding::Utf8
        || Encoding::Utf8.has_name(declared)
        || (text.is_ascii() && agrees_with_ascii(declared));
    if is_honest {
        Ok(())
    } else {
        Err(format!("the declared encoding is '{declared}', the bytes are UTF-8"))
    }
}

fn agrees_with_ascii(declared: &str) -> bool {
    let name = declared.to_ascii_lowercase();
    ASCII_SUPERSETS.iter().any(|known| name.starts_with(known))
}

#[cfg(test)]
mod tests {
    use vtp::Packet;

    use super::*;

    fn check_packet(raw: impl Into<bytes::Bytes>) -> Result<(), String> {
        let packet = Packet::parse(raw.into()).unwrap();
        check(packet.text(), packet.encoding())
    }

    fn verdict(declaration: &str, text: &str) -> Result<(), String> {
        let document = format!("{declaration}<VOEvent ivorn='ivo://a.b/c#d'>{text}</VOEvent>");
        check_packet(document)
    }

    #[test]
    fn a_false_declaration_is_refused_and_a_harmless_one_is_not() {
        assert_eq!(verdict("", "é"), Ok(()));
        assert_eq!(verdict("<?xml version = '1.0' encoding = 'UTF-8'?>", "é"), Ok(()));
        assert_eq!(verdict("<?xml version='1.0' encoding=\"ISO-8859-1\"?>", "e"), Ok(()));
        assert!(verdict("<?xml version='1.0' encoding='ISO-8859-1'?>", "é").is_err());
        assert!(verdict("<?xml version='1.0' encoding='UTF-16'?>", "e").is_err());
        assert!(verdict("<?xml version='1.0' encoding='EBCDIC-INT'?>", "e").is_err());
    }

    #[test]
    fn a_malformed_declaration_is_refused() {
        let reason = verdict("<?xml version='1.0' standalone='maybe'?>", "e").unwrap_err();
        assert!(reason.contains("'standalone'"), "{reason}");
    }

    #[test]
    fn what_is_declared_and_true_passes_in_every_encoding() {
        let document = |name: &str| {
            format!("<?xml version='1.0' encoding='{name}'?><VOEvent ivorn='ivo://a.b/c#d'>\u{e9}</VOEvent>")
        };
        let utf16: Vec<u8> = document("UTF-16").encode_utf16().flat_map(u16::to_be_bytes).collect();
        let latin1: Vec<u8> = document("Latin1").chars().map(|c| u8::try_from(c).unwrap()).collect();
        for raw in [utf16, latin1] {
            assert_eq!(check_packet(raw), Ok(()));
        }
    }
}
