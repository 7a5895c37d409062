//! A packet must be well-formed XML with sound namespaces.
//!
//! roxmltree judges; what it lets pass and a stricter parser would not is caught here. Its tree and ours must agree on
//! where the VOEvent element stands, because those bytes are the packet's identity.

use roxmltree::{Document, ParsingOptions};
use vtp::Packet;

/// Most nodes in a tree: a fifth of what a packet of the default limit could pack in, far beyond any real one.
const MAX_NODES: u32 = 50_000;

pub(super) fn check(packet: &Packet) -> Result<(), String> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(packet.text(), options)
        .map_err(|error| format!("not well-formed XML: {error} (line:column)"))?;
    let root = document.root_element();
    if root.range() != packet.element_in_text() {
        return Err("not well-formed XML: where the VOEvent element ends is ambiguous".to_owned());
    }
    // Only the root's own and new declarations below it can offend; a packet has few.
    let mut declarations =
        root.descendants().filter(roxmltree::Node::is_element).flat_map(|node| node.namespaces());
    match declarations.find(|namespace| namespace.name().is_some() && namespace.uri().is_empty()) {
        Some(namespace) => {
            let prefix = namespace.name().unwrap_or_default();
            Err(format!("not well-formed XML: the prefix '{prefix}' is bound to an empty namespace"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(inside: &str) -> Result<(), String> {
        check(&Packet::parse(format!("<VOEvent ivorn='ivo://a.b/c#d'>{inside}</VOEvent>").into()).unwrap())
    }

    #[test]
    fn what_the_envelope_reader_lets_pass_is_refused() {
        for inside in
            ["<a></b>", "<a b='1' b='2'/>", "<a b=c/>", "<x:a/>", "<a>]]></a>", "<a b='<'/>", "\u{1}"]
        {
            assert!(verdict(inside).is_err(), "{inside}");
        }
    }

    #[test]
    fn an_empty_namespace_for_a_prefix_is_refused() {
        assert!(verdict("<x xmlns:a=''/>").is_err());
        assert_eq!(verdict("<x xmlns=''/>"), Ok(()));
    }
}
