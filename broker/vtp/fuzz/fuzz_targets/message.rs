//! One payload, read in the three ways there are: none panics, they agree on what it is, a packet's identity is that of
//! its element alone, and a Transport message survives being written and read again. An independent parser that
//! takes the packet too must read the same in it.
//!
//! The input is the payload.
#![no_main]

use bytes::Bytes;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use vtp::message::Message;
use vtp::transport::{Role, Transport, TransportError};
use vtp::{Encoding, Ivoid, MAX_IVORN_BYTES, Packet};

fuzz_target!(|input: &[u8]| {
    let payload = Bytes::copy_from_slice(input);
    let transport = Transport::parse(&payload);
    let packet = Packet::parse(payload.clone());
    match Message::peek(payload.clone()) {
        Ok(Message::Packet(bytes)) => {
            assert_eq!(bytes, payload);
            assert!(matches!(transport, Err(TransportError::NotTransport { .. })));
        }
        Ok(Message::Transport(message)) => {
            assert_eq!(transport.as_ref(), Ok(&message));
            assert!(packet.is_err());
        }
        // An ack is known by its start tag; the rest of it may be broken.
        Ok(Message::Ack) => {
            assert!(transport.as_ref().map_or(true, |message| message.role == Role::Ack));
            assert!(packet.is_err());
        }
        Err(error) => {
            assert_eq!(transport.as_ref(), Err(&error));
            assert!(packet.is_err());
        }
    }
    if let Ok(packet) = packet {
        check_packet(&packet);
        check_against_roxmltree(&packet);
    }
    if let Ok(message) = transport {
        check_written(&message);
    }
});

fn check_packet(packet: &Packet) {
    let element = &packet.text()[packet.element_in_text()];
    assert!(element.starts_with('<') && element.ends_with('>'));
    let bytes = packet.raw()[packet.element()].len();
    let wide = element.encode_utf16().count() * 2;
    let narrow = element.chars().count();
    match packet.encoding() {
        Encoding::Utf8 => assert_eq!(&packet.raw()[packet.element()], element.as_bytes()),
        Encoding::Utf16Le | Encoding::Utf16Be => assert_eq!(bytes, wide),
        Encoding::Latin1 => assert_eq!(bytes, narrow),
    }
    assert!(packet.ivorn().len() <= MAX_IVORN_BYTES);
    if let Ok(ivoid) = Ivoid::parse(packet.ivorn()) {
        assert!(packet.ivorn().starts_with(ivoid.stream()) && packet.ivorn().ends_with(ivoid.local()));
    }
    // Where an element ends is promised for well-formed ones alone.
    if roxmltree::Document::parse(element).is_err() {
        return;
    }
    // The copies are in UTF-8, and an identity is one of bytes.
    let has_bytes_of_utf8 = &packet.raw()[packet.element()] == element.as_bytes();
    // A space at least stands before it, because a name that begins with NUL looks like UTF-16 at the very start.
    for (before, after) in [(" ", ""), ("<?xml version='1.0'?>\n<!-- a -->", "\n<!-- z -->\n")] {
        let copy = [before, element, after].concat();
        let copy = Packet::parse(copy.into()).expect("an element is a packet, with comments or without");
        assert_eq!(copy.digest() == packet.digest(), has_bytes_of_utf8);
        assert_eq!(
            (copy.ivorn(), copy.role(), copy.version(), copy.namespace()),
            (packet.ivorn(), packet.role(), packet.version(), packet.namespace())
        );
    }
}

/// Where both take a packet they take the same: its identity hangs on where its element stands. What roxmltree takes
/// and vtp refuses is no finding, because it lets pass what XML does not, such as characters that there are not.
fn check_against_roxmltree(packet: &Packet) {
    let text = packet.text();
    let Ok(document) = roxmltree::Document::parse(text) else { return };
    // It also takes a name that begins with a colon for one without a prefix.
    if ["<:", " :", "\t:", "\n:", "\r:"].iter().any(|name| text.contains(name)) {
        return;
    }
    let root = document.root_element();
    assert_eq!(packet.element_in_text(), root.range());
    assert_eq!(root.tag_name().name(), "VOEvent");
    assert_eq!(Some(packet.ivorn()), root.attribute("ivorn"));
    assert_eq!(packet.role(), root.attribute("role").unwrap_or("observation"));
    assert_eq!(packet.version(), root.attribute("version"));
}

fn check_written(message: &Transport) {
    let written = message.to_bytes(Timestamp::UNIX_EPOCH);
    let read = Transport::parse(&written).expect("what is written can be read");
    let expected = Transport {
        role: message.role,
        origin: carried(&message.origin),
        response: message.response.as_deref().map(carried),
        params: message.params.iter().map(|(name, value)| (carried(name), carried(value))).collect(),
        legacy_filters: Vec::new(), // They are read, and never written.
        result: message.result.as_deref().map(carried),
    };
    assert_eq!(read, expected);
    assert_eq!(read.to_bytes(Timestamp::UNIX_EPOCH), written);
}

/// The text, but for what XML cannot carry.
fn carried(text: &str) -> String {
    let is_control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    text.replace(|c| is_control(c) || matches!(c, '\u{fffe}' | '\u{ffff}'), "\u{fffd}")
}
