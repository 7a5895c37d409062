//! Marks.

use super::*;
use crate::checks::{Origin, Policy, judge};

type Encode = fn(&str) -> Vec<u8>;

const COMMENT: &str =
    "<!-- philae: replay of 7, received 2026-04-06T12:00:00Z, played 2026-11-21T00:00:00Z -->";

fn entry(bytes: impl Into<Bytes>) -> Entry {
    Entry { received: "2026-04-06T12:00:00Z".parse().unwrap(), ..Entry::sample(7, bytes) }
}

fn mark(bytes: impl Into<Bytes>) -> Bytes {
    marked(&entry(bytes), "2026-11-21T00:00:00Z".parse().unwrap()).unwrap()
}

#[test]
fn a_role_is_replaced_or_added_and_nothing_else_is_touched() {
    let marked = [
        (
            "<VOEvent role='observation' ivorn='ivo://a.b/c#d'> <Who/></VOEvent>\n",
            "role='test' ivorn='ivo://a.b/c#d'>",
        ),
        (
            "<VOEvent ivorn='ivo://a.b/c#d'\trole =\n\"a>b\" x=''> <Who/></VOEvent>\n",
            "ivorn='ivo://a.b/c#d'\trole =\n\"test\" x=''>",
        ),
        ("<VOEvent ivorn='ivo://a.b/c#d'> <Who/></VOEvent>\n", "role=\"test\" ivorn='ivo://a.b/c#d'>"),
        ("<VOEvent\n ivorn='role=\"x\"'> <Who/></VOEvent>\n", "role=\"test\"\n ivorn='role=\"x\"'>"),
    ];
    for (before, tag) in marked {
        let document = format!("<?xml version='1.0'?><!-- <VOEvent role='x'> -->{before}");
        let expected = format!(
            "<?xml version='1.0'?><!-- <VOEvent role='x'> --><VOEvent {tag}{COMMENT} <Who/></VOEvent>\n"
        );
        assert_eq!(mark(document), expected);
    }
}

#[test]
fn an_element_without_content_gets_an_end_of_its_own() {
    let document = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' ivorn='ivo://a.b/c#d' role='test'/>";
    let marked = mark(document);
    assert!(marked.ends_with(format!("role='test'>{COMMENT}</v:VOEvent>").as_bytes()));
    assert_eq!(judge(&Packet::parse(marked).unwrap(), Origin::Author, Policy::Schema), Ok(None));
}

#[test]
fn every_encoding_stays_what_it_is() {
    let document = |name: &str| {
        format!(
            "<?xml version='1.0' encoding='{name}'?><!-- \u{e9} --><VOEvent ivorn='ivo://a.b/c#d'>\u{e9}</VOEvent>\n"
        )
    };
    let le = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let be = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let latin1 = |text: &str| text.chars().map(|c| u8::try_from(c).unwrap()).collect::<Vec<u8>>();
    let utf8 = |text: &str| text.as_bytes().to_vec();
    let forms: [(&str, Encode); 5] =
        [("UTF-8", utf8), ("UTF-16LE", le), ("UTF-16BE", be), ("ISO-8859-1", latin1), ("latin1", latin1)];
    for (name, encode) in forms {
        for byte_order_mark in ["", "\u{feff}"].into_iter().take(if name.starts_with("UTF") { 2 } else { 1 })
        {
            let before = format!("{byte_order_mark}{}", document(name));
            let after = before
                .replace("<VOEvent ", "<VOEvent role=\"test\" ")
                .replace("d'>", &format!("d'>{COMMENT}"));
            assert_eq!(mark(encode(&before)), encode(&after), "{name}");
        }
    }
}

#[test]
fn two_replays_are_two_packets_and_neither_is_the_event() {
    let event = entry("<VOEvent role='test' ivorn='ivo://a.b/c#d'></VOEvent>");
    let played =
        |second| Packet::parse(marked(&event, Timestamp::from_second(second).unwrap()).unwrap()).unwrap();
    let (one, two, own) = (played(1), played(2), Packet::parse(event.bytes.clone()).unwrap());
    assert!(one.digest() != two.digest() && one.digest() != own.digest());
    assert_eq!((one.role(), one.ivorn()), ("test", own.ivorn()));
}

#[test]
fn what_is_no_packet_is_not_marked() {
    assert!(matches!(marked(&entry("<a/>"), Timestamp::UNIX_EPOCH), Err(MarkError::Packet(_))));
}
