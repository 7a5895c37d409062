//! A packet must be well-formed XML with sound namespaces.
//!
//! roxmltree judges, once; its tree goes on to the checks that follow. What it lets pass and a stricter parser would
//! not is caught in [`strict`]. Its tree and ours must agree on where the VOEvent element stands, because those bytes are
//! the packet's identity.

mod strict;

use roxmltree::{Document, Error, ParsingOptions};
use vtp::Packet;

/// Most nodes in a tree: a fifth of what a packet of the default limit could pack in, far beyond any real one.
const MAX_NODES: u32 = 50_000;

/// The tree of a packet.
pub(super) fn parse_packet(packet: &Packet) -> Result<Document<'_>, String> {
    let document = parse(packet.text())?;
    match document.root_element().range() == packet.element_in_text() {
        true => Ok(document),
        false => Err("not well-formed XML: where the VOEvent element ends is ambiguous".to_owned()),
    }
}

/// The tree that roxmltree makes of a document, without a document type and within a bound, not judged any further.
pub(crate) fn tree(text: &str) -> Result<Document<'_>, Error> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options)
}

/// The tree of any document.
pub(super) fn parse(text: &str) -> Result<Document<'_>, String> {
    let document = tree(text).map_err(|error| format!("not well-formed XML: {}", told(&error)))?;
    strict::check(&document).map_err(|fault| format!("not well-formed XML: {fault}"))?;
    Ok(document)
}

/// The words of roxmltree, which end with the place where they know one.
fn told(error: &Error) -> String {
    let words = error.to_string();
    if matches!(error, Error::NodesLimitReached) {
        format!("more than {MAX_NODES} elements, texts and comments")
    } else if words.contains(" at ") {
        format!("{words} (line:column)")
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(inside: &str) -> Result<(), String> {
        let text = format!("<VOEvent ivorn='ivo://a.b/c#d'>{inside}</VOEvent>");
        parse_packet(&Packet::parse(text.into()).map_err(|error| error.to_string())?).map(drop)
    }

    #[test]
    fn what_the_envelope_reader_lets_pass_is_refused() {
        for inside in [
            "<a></b>",
            "<a>",
            "</a>",
            "<a b='1' b='2'/>",
            "<a b=c/>",
            "<a b/>",
            "<a b='1'c='2'/>",
            "<x:a/>",
            "<a x:b=''/>",
            "<a>]]></a>",
            "<a b='<'/>",
            "\u{1}",
            "\u{fffe}",
            "\u{ffff}",
            "<1a/>",
            "<a-é.·/>é<-a/>",
            "< a/>",
            "<a / >",
            "<a b = />",
            "<!-- a -- b -->",
            "<!-- a --->",
            "<!-- a",
            "<![CDATA[ a",
            "<![cdata[a]]>",
            "<!a>",
            "<!ENTITY a 'b'>",
            "&a;",
            "&a",
            "&",
            "& a;",
            "&#;",
            "&#x;",
            "&#xg;",
            "&#X41;",
            "&#0;",
            "&#1;",
            "&#xFFFE;",
            "&lt",
            "<a b='&'/>",
            "<a b='&c;'/>",
            "<a b='\u{1}'/>",
            "<a b='\u{fffe}'/>",
            "<a b='1",
            "<a:b:c/>",
            "<a:1 xmlns:a='u'/>",
            "<a:/>",
            "<a xmlns:b='u' xmlns:b='v'/>",
            "<a xmlns:b='u' xmlns:c='u' b:d='' c:d=''/>",
            "<a xmlns:xml='u'/>",
            "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>",
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<xmlns:a/>",
            "<?xml version='1.0'?>",
            "<? a?>",
            "<?a",
            "<?1?>",
        ] {
            assert!(verdict(inside).is_err(), "{inside}");
        }
    }

    #[test]
    fn what_is_well_formed_passes() {
        for inside in [
            "",
            "<!---->",
            "<!-- - -->",
            "<![CDATA[<a>&]]]]>",
            "]]&gt;",
            "<?a?>",
            "<?a-b.c d ?>",
            "<é/>",
            "<_:a xmlns:_='u'/>",
            "\u{7f}\u{80}",
            "<a b='>'/>",
            "<a\n b\t=\r'1'/>",
            "<a b=\"'\" c='\"'/>",
            "&#x10FFFF;&#9;&#xe9;",
            "<x xmlns=''/>",
            "<xml/>",
            "<a xml:lang='en'/>",
        ] {
            assert_eq!(verdict(inside), Ok(()), "{inside}");
        }
    }
}
