//! Everything that is wrong with a document, for its author at leisure; [`judge`](super::judge) stops at the first.

use bytes::Bytes;
use roxmltree::Document;
use vtp::{Encoding, Packet, PacketError};

use super::schema::{self, Fault, Version};
use super::{Origin, encoding, identifier, well_formed};

/// What was found in a document that is to be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The encoding in which it is written, if it is one that is read.
    pub encoding: Option<Encoding>,
    /// Whether it is well-formed XML, without a DOCTYPE and within the limits of a packet.
    pub is_well_formed: bool,
    /// Which VOEvent it is, if it is one that is known.
    pub version: Option<Version>,
    /// What an author must mend before a broker that asks for valid packets takes it; nothing if it is valid.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1, where it is known apart from the words.
    pub line: Option<usize>,
    /// The element, where it concerns one.
    pub element: Option<String>,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl Report {
    /// Looks for everything that is wrong; of the structure, [`MAX_FAULTS`](schema::MAX_FAULTS) at most.
    #[must_use]
    pub fn of(bytes: &Bytes) -> Self {
        let (text, encoding) = match vtp::encoding::decode(bytes) {
            Ok((text, encoding)) => (text, encoding),
            Err(error) => return Self::malformed(None, format!("not well-formed XML: {error}")),
        };
        let packet = Packet::parse(bytes.clone());
        if let Err(error @ (PacketError::Xml(_) | PacketError::Empty)) = &packet {
            return Self::malformed(Some(encoding), error.to_string());
        }
        let document = encoding::check(&text, encoding).and_then(|()| match &packet {
            Ok(packet) => well_formed::parse_packet(packet),
            Err(_) => well_formed::parse(&text),
        });
        match document {
            Ok(document) => Self::well_formed(encoding, &packet, &document),
            Err(reason) => Self::malformed(Some(encoding), reason),
        }
    }

    /// Whether a broker that asks for valid packets would take it from an author.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.findings.is_empty()
    }

    fn malformed(encoding: Option<Encoding>, reason: String) -> Self {
        let findings = vec![Finding { line: None, element: None, what: reason }];
        Self { encoding, is_well_formed: false, version: None, findings }
    }

    fn well_formed(
        encoding: Encoding,
        packet: &Result<Packet, PacketError>,
        document: &Document<'_>,
    ) -> Self {
        let root = document.root_element();
        let version = root.tag_name().namespace().and_then(Version::of_namespace);
        let whole = match packet {
            Ok(packet) => identifier(packet, Origin::Author).err(),
            // The structure's fault says it too, and where.
            Err(PacketError::NoIvorn) => None,
            Err(error) => Some(error.to_string()),
        };
        let mut findings: Vec<Finding> =
            whole.into_iter().map(|what| Finding { line: None, element: None, what }).collect();
        if root.tag_name().name() == "VOEvent" {
            findings.extend(schema::faults(document).into_iter().map(Finding::from));
        }
        Self { encoding: Some(encoding), is_well_formed: true, version, findings }
    }
}

impl From<Fault> for Finding {
    fn from(Fault { line, element, what }: Fault) -> Self {
        Self { line: Some(line), element: Some(element), what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str) -> Report {
        Report::of(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn everything_that_is_wrong_is_found() {
        let text = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' ivorn='x' version='2.0'>\n<A/>\n<B/></v:VOEvent>";
        let report = report(text);
        assert_eq!((report.is_well_formed, report.version), (true, Some(Version::V2_0)));
        let lines: Vec<_> = report.findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [None, Some(2), Some(3)]);
        assert!(report.findings[0].what.starts_with("Invalid IVOID: x"));
    }

    #[test]
    fn what_is_no_packet_may_be_well_formed_and_is_not_valid() {
        let sound = ["<Transport/>", "<VOEvent/>", &format!("<VOEvent ivorn='{}'/>", "x".repeat(5_000))];
        for text in sound {
            assert!(report(text).is_well_formed && !report(text).is_valid(), "{text}");
        }
        for text in ["", "<Transport>", "<!DOCTYPE VOEvent><VOEvent ivorn='a'/>", "<VOEvent ivorn='\u{1}'/>"]
        {
            assert!(!report(text).is_well_formed && !report(text).is_valid(), "{text}");
        }
    }
}
