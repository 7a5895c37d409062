//! Messages: what a frame's payload is, told from its first tag.
//!
//! [`Message::peek`] decides by the root element's local name whether a payload is a packet or a Transport message, and
//! reads no more than that needs, so that a payload can be passed on without being read twice. Comet decides by the
//! `role` attribute alone and so takes a VOEvent with the role "ack" for a receipt; the element's name is the honest sign.

use bytes::Bytes;

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

    fn peek_transport(payload: &[u8]) -> Result<Option<Self>, TransportError> {
        let (root, walk) = xml::open(payload)?;
        if root.local_name() == "VOEvent" {
            return Ok(None);
        }
        if root.local_name() == "Transport" && Transport::role(&root)? == Role::Ack {
            return Ok(Some(Self::Ack));
        }
        Transport::read(&root, walk).map(|message| Some(Self::Transport(message)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
