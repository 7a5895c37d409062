//! Messages: what a frame's payload is, told from its first tag.
//!
//! [`Message::peek`] decides by the root element's local name whether a payload is a packet or a Transport message, and
//! reads no more than that needs, so that a payload can be passed on without being read twice. Comet decides by the
//! `role` attribute alone and so takes a VOEvent with the role "ack" for a receipt; the element's name is the honest sign.

use bytes::Bytes;
use memchr::{memchr, memchr2, memchr3};

use crate::encoding;
use crate::transport::{Role, Transport, TransportError};
use crate::xml::{self, XmlError};

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
        if plain_ack(payload).is_some() {
            return Ok(Some(Self::Ack));
        }
        let text = encoding::text(payload).map_err(XmlError::from)?;
        let (root, walk) = xml::open(&text)?;
        if root.local_name() == "VOEvent" {
            return Ok(None);
        }
        if root.local_name() == "Transport" && Transport::role(&root) == Ok(Role::Ack) {
            return Ok(Some(Self::Ack));
        }
        Transport::read(&root, walk).map(|message| Some(Self::Transport(message)))
    }
}

/// How one peer's acks begin: from the first byte to the role, which a peer writes alike in all of them, so that one
/// comparison tells the next.
#[derive(Debug, Default)]
pub(crate) struct AckForm(Box<[u8]>);

/// Longest beginning that is kept: whoever writes more costs only itself.
const MAX_FORM_BYTES: usize = 1024;

impl AckForm {
    /// Whether a payload is an ack of the form seen last, or of another plain one, which is then kept.
    pub(crate) fn recognises(&mut self, payload: &[u8]) -> bool {
        if !self.0.is_empty() && payload.starts_with(&self.0) {
            return true;
        }
        let Some(rest) = plain_ack(payload) else { return false };
        let form = payload.get(..payload.len() - rest.len()).unwrap_or_default();
        if form.len() <= MAX_FORM_BYTES {
            self.0 = form.into();
        }
        true
    }
}

/// Recognises an ack in the form in which practically all are written, without a parser: receipts outnumber all other
/// messages by the number of subscribers. Whatever is not exactly of this form is left to the parser. Gives what follows
/// the role, which does not change what it is.
///
/// ```text
/// [<?xml …?>] <[prefix:]Transport (name = "value")* …   with role="ack" among the attributes
/// ```
fn plain_ack(payload: &[u8]) -> Option<&[u8]> {
    let mut rest = payload.trim_ascii_start();
    if let Some(declaration) = rest.strip_prefix(b"<?xml") {
        let end = memchr(b'>', declaration)?;
        if declaration.get(..end).is_none_or(|inside| !inside.ends_with(b"?")) {
            return None;
        }
        rest = declaration.get(end + 1..).unwrap_or_default().trim_ascii_start();
    }
    let tag = rest.strip_prefix(b"<")?;
    let name_end = tag.iter().position(u8::is_ascii_whitespace)?;
    let (name, mut rest) = tag.split_at(name_end);
    if name.rsplit(|byte| *byte == b':').next() != Some(b"Transport") {
        return None;
    }
    loop {
        rest = rest.trim_ascii_start();
        let equals = memchr3(b'=', b'>', b'<', rest)?;
        let (name, value) = rest.split_at(equals);
        let [b'=', quote @ (b'"' | b'\''), value @ ..] = value else { return None };
        let end = memchr2(*quote, b'<', value)?;
        let (value, after) = value.split_at(end);
        let [closing, after @ ..] = after else { return None };
        if closing != quote {
            return None;
        }
        if name == b"role" {
            return (value == b"ack").then_some(after);
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
        assert!(plain_ack(&ack).is_some());
        assert!(plain_ack(b"<?xml version='1.0'?><Transport version='1.0' role='ack'>").is_some());
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
            assert!(plain_ack(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn a_form_once_seen_tells_acks_and_nothing_else() {
        let written = |role, origin: &str| Transport::new(role, origin).to_bytes(jiff::Timestamp::UNIX_EPOCH);
        let mut form = AckForm::default();
        assert!(!form.recognises(&written(Role::Nak, "ivo://a.b/c#d")));
        assert!(form.recognises(&written(Role::Ack, "ivo://a.b/c#d")));
        assert!(!form.0.is_empty());
        assert!(form.recognises(&written(Role::Ack, "ivo://other.site/s#e")));
        for role in [Role::Nak, Role::Iamalive, Role::Authenticate] {
            assert!(!form.recognises(&written(role, "ivo://a.b/c#d")), "{role:?}");
        }
        assert!(form.recognises(b"<Transport role='ack'/>"));
        assert!(form.recognises(&written(Role::Ack, "ivo://a.b/c#d")));
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
