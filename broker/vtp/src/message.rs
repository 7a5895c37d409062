//! Messages: what a frame's payload is, told from its first tag.
//!
//! [`Message::peek`] decides by the root element's local name whether a payload is a packet or a Transport message, and
//! reads no more than that needs, so that a payload can be passed on without being read twice. Comet decides by the
//! `role` attribute alone and so takes a VOEvent with the role "ack" for a receipt; the element's name is the honest sign.

use bytes::Bytes;
use memchr::{memchr, memchr2, memchr3};

use crate::transport::{Role, Transport, TransportError};
use crate::xml;

/// What a payload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A VOEvent, not looked into any further.
    Packet(Bytes),
    /// An ack, of which nothing but its coming is of interest.
    Ack,
    /// Any other Transport message, read.
    Transport(Transport),
}

impl Message {
    /// Tells what a payload is.
    ///
    /// # Errors
    /// A [`TransportError`] if it is neither a packet nor a Transport message of a known role.
    pub fn peek(payload: Bytes) -> Result<Self, TransportError> {
        match Self::peek_transport(&payload)? {
            Some(message) => Ok(message),
            None => Ok(Self::Packet(payload)),
        }
    }

    /// The same without the payload's bytes: none stands for a packet.
    pub(crate) fn peek_transport(payload: &[u8]) -> Result<Option<Self>, TransportError> {
        if is_plain_ack(payload) {
            return Ok(Some(Self::Ack));
        }
        let (root, walk) = xml::open(payload)?;
        if root.local_name() == "VOEvent" {
            return Ok(None);
        }
        if root.local_name() == "Transport" && Transport::role(&root) == Ok(Role::Ack) {
            return Ok(Some(Self::Ack));
        }
        Transport::read(&root, walk).map(|message| Some(Self::Transport(message)))
    }
}

/// Recognises an ack in the form in which practically all are written, without a parser: receipts outnumber all other
/// messages by the number of subscribers. Whatever is not exactly of this form is left to the parser.
///
/// ```text
/// [<?xml …?>] <[prefix:]Transport (name = "value")* …   with role="ack" among the attributes
/// ```
fn is_plain_ack(payload: &[u8]) -> bool {
    let mut rest = payload.trim_ascii_start();
    if let Some(declaration) = rest.strip_prefix(b"<?xml") {
        let Some(end) = memchr(b'>', declaration) else { return false };
        if declaration.get(..end).is_none_or(|inside| !inside.ends_with(b"?")) {
            return false;
        }
        rest = declaration.get(end + 1..).unwrap_or_default().trim_ascii_start();
    }
    let Some(tag) = rest.strip_prefix(b"<") else { return false };
    let Some(name_end) = tag.iter().position(u8::is_ascii_whitespace) else { return false };
    let (name, mut rest) = tag.split_at(name_end);
    if name.rsplit(|byte| *byte == b':').next() != Some(b"Transport") {
        return false;
    }
    loop {
        rest = rest.trim_ascii_start();
        let Some(equals) = memchr3(b'=', b'>', b'<', rest) else { return false };
        let (name, value) = rest.split_at(equals);
        let [b'=', quote @ (b'"' | b'\''), value @ ..] = value else { return false };
        let Some(end) = memchr2(*quote, b'<', value) else { return false };
        let (value, after) = value.split_at(end);
        let [closing, after @ ..] = after else { return false };
        if closing != quote {
            return false;
        }
        if name == b"role" {
            return value == b"ack";
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_and_the_parser_agree_on_acks() {
        let ack = Transport::new(Role::Ack, "ivo://a.b/c#d").to_bytes(jiff::Timestamp::UNIX_EPOCH);
        assert!(is_plain_ack(&ack));
        assert!(is_plain_ack(b"<?xml version='1.0'?><Transport version='1.0' role='ack'>"));
        for other in [
            "<t:Transport x=' role=\"ack\" ' role='nak'/>",
            "<t:Transport role = 'ack'/>",
            "<VOEvent role='ack'/>",
            "<!-- --><Transport role='ack'/>",
            "<Transport><a role='ack'/></Transport>",
            "<Transport",
            "<Transport role='ack",
            "",
        ] {
            assert!(!is_plain_ack(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn the_element_decides_not_the_role() {
        let packet = Bytes::from_static(b"<VOEvent role='ack'/>");
        assert_eq!(Message::peek(packet.clone()).unwrap(), Message::Packet(packet));
        assert_eq!(
            Message::peek(Bytes::from_static(b"<t:Transport role='ack'><garbage")).unwrap(),
            Message::Ack
        );
    }

    #[test]
    fn neither_packet_nor_transport_is_an_error() {
        assert!(Message::peek(Bytes::from_static(b"GET / HTTP/1.1")).is_err());
        assert!(Message::peek(Bytes::new()).is_err());
    }
}
