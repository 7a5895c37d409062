//! Transport messages: iamalive, authenticate, ack and nak.
//!
//! Reading is tolerant, because four namespaces, local times and missing elements are in use among real peers: a
//! message is known by the local name `Transport` and its role, and what it lacks is simply absent. Writing is
//! strict: the bytes have the shape that Comet 3.1.0 gives its own messages, which every peer in the field accepts.
//! What a message means in a conversation is left to the [sessions](crate::session).

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;

use crate::encoding;
use crate::xml::{self, Root, Step, Walk, XmlError};

/// What a Transport message is for (VTP 2.0 § Transport messages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A sign of life, asked for and answered.
    Iamalive,
    /// Who is there; subscribers answer with their filters.
    Authenticate,
    /// A packet was taken.
    Ack,
    /// A packet was refused, for good.
    Nak,
}

impl Role {
    /// The role's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iamalive => "iamalive",
            Self::Authenticate => "authenticate",
            Self::Ack => "ack",
            Self::Nak => "nak",
        }
    }

    /// Reads a role; `imalive`, which GCN's own client knows, is one more spelling.
    fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "iamalive" | "imalive" => Some(Self::Iamalive),
            "authenticate" => Some(Self::Authenticate),
            "ack" => Some(Self::Ack),
            "nak" => Some(Self::Nak),
            _ => None,
        }
    }
}

/// One Transport message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// What it is for.
    pub role: Role,
    /// Whom or what it is about: a broker, or in a receipt the event. Peers put all sorts of things here.
    pub origin: String,
    /// Who answers.
    pub response: Option<String>,
    /// The `Param` elements of `Meta`: name and value.
    pub params: Vec<(String, String)>,
    /// Filters in the legacy form `<filter type="xpath">`, which Comet still reads.
    pub legacy_filters: Vec<String>,
    /// What is said in words; the reason of a nak.
    pub result: Option<String>,
}

/// A message that is no Transport message of a known role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// It cannot be read at all.
    #[error("not well-formed XML: {0}")]
    Xml(#[from] XmlError),
    /// Its root is something else.
    #[error("the root element is '{root}', neither 'Transport' nor 'VOEvent'")]
    NotTransport {
        /// The local name of what was found.
        root: String,
    },
    /// It has no role, or one that VTP does not know.
    #[error("a Transport message with the role '{role}'")]
    UnknownRole {
        /// What was found, possibly nothing.
        role: String,
    },
}

/// Most characters of a Result that is sent.
const MAX_RESULT_CHARS: usize = 4000;
const PARAM_FILTER: &str = "xpath-filter";

impl Transport {
    /// A message with a role and an origin, and nothing else yet.
    #[must_use]
    pub fn new(role: Role, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self { role, origin, response: None, params: Vec::new(), legacy_filters: Vec::new(), result: None }
    }

    /// Adds who answers.
    #[must_use]
    pub fn with_response(mut self, response: Option<impl Into<String>>) -> Self {
        self.response = response.map(Into::into);
        self
    }

    /// Adds a Param.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Adds what is said in words, of which 4,000 characters are kept: peers cut off a receipt that is too long.
    #[must_use]
    pub fn with_result(mut self, result: Option<impl Into<String>>) -> Self {
        self.result = result.map(|result| result.into().chars().take(MAX_RESULT_CHARS).collect());
        self
    }

    /// Adds filters, as Params.
    #[must_use]
    pub fn with_filters(self, filters: &[String]) -> Self {
        filters.iter().fold(self, |message, filter| message.with_param(PARAM_FILTER, filter.as_str()))
    }

    /// Reads a message.
    ///
    /// # Errors
    /// A [`TransportError`] if it is none or none that VTP knows.
    pub fn parse(payload: &[u8]) -> Result<Self, TransportError> {
        let text = encoding::text(payload).map_err(XmlError::from)?;
        let (root, walk) = xml::open(&text)?;
        Self::read(&root, walk)
    }

    /// The role alone, from the start tag alone: enough for the receipts that come by the thousand.
    pub(crate) fn role(root: &Root<'_>) -> Result<Role, TransportError> {
        let role = root.attribute("role").unwrap_or_default();
        Role::parse(&role).ok_or_else(|| TransportError::UnknownRole { role: xml::excerpt(&role) })
    }

    pub(crate) fn read(root: &Root<'_>, mut walk: Walk<'_>) -> Result<Self, TransportError> {
        if root.local_name() != "Transport" {
            return Err(TransportError::NotTransport { root: xml::excerpt(root.local_name()) });
        }
        walk.check_root(root)?;
        let mut message = Self::new(Self::role(root)?, "");
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        while let Some(step) = walk.step()? {
            match step {
                Step::Open(tag) => {
                    text.clear();
                    if tag.local_name() == "Param" && path.first().is_some_and(|name| name == "Meta") {
                        let value = tag.attribute("value").unwrap_or_default();
                        message.params.extend(tag.attribute("name").map(|name| (name, value)));
                    }
                    let is_filter =
                        tag.local_name() == "filter" && tag.attribute("type").as_deref() == Some("xpath");
                    path.push(if is_filter {
                        "filter xpath".to_owned()
                    } else {
                        tag.local_name().to_owned()
                    });
                }
                Step::Text(piece) => text.push_str(&piece),
                Step::Close => {
                    // What is of interest stands no deeper than two levels; the third shows that it does not.
                    let names: Vec<&str> = path.iter().take(3).map(String::as_str).collect();
                    match names.as_slice() {
                        ["Origin"] => text.trim().clone_into(&mut message.origin),
                        ["Response"] => message.response = Some(text.trim().to_owned()),
                        ["Meta", "Result"] => message.result = Some(text.trim().to_owned()),
                        ["Meta", "filter xpath"] => message.legacy_filters.push(text.trim().to_owned()),
                        _ => {}
                    }
                    path.pop();
                    text.clear();
                }
            }
        }
        Ok(message)
    }

    /// The value of the first Param of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The filters that an `authenticate` asks for, in both forms.
    #[must_use]
    pub fn filters(&self) -> Vec<String> {
        let params = self.params.iter().filter(|(name, _)| name == PARAM_FILTER).map(|(_, value)| value);
        params.chain(&self.legacy_filters).cloned().collect()
    }

    /// The message as it goes over the wire, dated `utc` (whole seconds).
    #[must_use]
    pub fn to_bytes(&self, utc: Timestamp) -> Bytes {
        let mut xml = format!(
            "<?xml version='1.0' encoding='UTF-8'?>\n\
             <trn:Transport xmlns:trn=\"http://www.telescope-networks.org/xml/Transport/v1.1\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"1.0\" \
             xsi:schemaLocation=\"http://telescope-networks.org/schema/Transport/v1.1 \
             http://www.telescope-networks.org/schema/Transport-v1.1.xsd\" role=\"{}\">\n  <Origin>{}</Origin>\n",
            self.role.as_str(),
            escape(&self.origin),
        );
        // Writing to a String cannot fail.
        if let Some(response) = &self.response {
            let _ = writeln!(xml, "  <Response>{}</Response>", escape(response));
        }
        let _ = writeln!(xml, "  <TimeStamp>{utc:.0}</TimeStamp>");
        if !self.params.is_empty() || self.result.is_some() {
            xml.push_str("  <Meta>\n");
            for (name, value) in &self.params {
                let _ = writeln!(xml, "    <Param name=\"{}\" value=\"{}\"/>", escape(name), escape(value));
            }
            if let Some(result) = &self.result {
                let _ = writeln!(xml, "    <Result>{}</Result>", escape(result));
            }
            xml.push_str("  </Meta>\n");
        }
        xml.push_str("</trn:Transport>\n");
        xml.into()
    }
}

/// Text fit for an element or attribute: markup escaped, white space kept, and what XML cannot carry replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_have_the_shape_of_comets() {
        let utc: Timestamp = "2026-01-01T00:00:00.987Z".parse().unwrap();
        let nak = Transport::new(Role::Nak, "ivo://comet.broker/test#1234567890")
            .with_response(Some("ivo://comet.broker/test"))
            .with_result(Some("Event rejected: Previously seen by this broker"));
        let expected = "<?xml version='1.0' encoding='UTF-8'?>\n<trn:Transport xmlns:trn=\"http://www.telescope-networks.org/xml/Transport/v1.1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" version=\"1.0\" xsi:schemaLocation=\"http://telescope-networks.org/schema/Transport/v1.1 http://www.telescope-networks.org/schema/Transport-v1.1.xsd\" role=\"nak\">\n  <Origin>ivo://comet.broker/test#1234567890</Origin>\n  <Response>ivo://comet.broker/test</Response>\n  <TimeStamp>2026-01-01T00:00:00Z</TimeStamp>\n  <Meta>\n    <Result>Event rejected: Previously seen by this broker</Result>\n  </Meta>\n</trn:Transport>\n";
        assert_eq!(String::from_utf8(nak.to_bytes(utc).to_vec()).unwrap(), expected);
    }

    #[test]
    fn messages_of_all_peers_are_read() {
        for namespace in [
            "http://telescope-networks.org/schema/Transport/v1.1",
            "http://www.telescope-networks.org/xml/Transport/v0.1",
        ] {
            let text = format!(
                "<t:Transport role=\"imalive\" xmlns:t=\"{namespace}\"><Origin> ivo://a.b/c# </Origin>\
                 <TimeStamp>2026-01-01T00:00:00.123456</TimeStamp></t:Transport>"
            );
            let message = Transport::parse(text.as_bytes()).unwrap();
            assert_eq!((message.role, message.origin.as_str()), (Role::Iamalive, "ivo://a.b/c#"));
        }
    }

    #[test]
    fn filters_are_read_in_both_forms() {
        let text = "<Transport role='authenticate'><Meta><Group><Param name='HOST' value='h'/></Group>\
                    <Param name='xpath-filter' value='@role=&quot;test&quot;'/>\
                    <filter type=\"xpath\">//Param[@value&lt;600]</filter><filter type='css'>p</filter></Meta></Transport>";
        let message = Transport::parse(text.as_bytes()).unwrap();
        assert_eq!(message.filters(), ["@role=\"test\"", "//Param[@value<600]"]);
        assert_eq!(message.param("HOST"), Some("h"));
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_an_error_and_not_no_filter() {
        for param in ["name'xpath-filter' value='//Who'", "name='xpath-filter' value='&who;'"] {
            let text = format!("<Transport role='authenticate'><Meta>\n<Param {param}/></Meta></Transport>");
            let error = Transport::parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with("not well-formed XML: line 2: "), "{error}");
        }
    }

    #[test]
    fn unknown_messages_are_named() {
        let error = |text: &str| Transport::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("<Transport role='hello'/>"), "a Transport message with the role 'hello'");
        assert_eq!(error("<html/>"), "the root element is 'html', neither 'Transport' nor 'VOEvent'");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(origin in "[ -~é\u{1}]{0,40}", name in "\\PC{0,10}", value in "(?s).{0,60}", result in "[^ \t\r\n]{1,40}") {
            let clean = |text: &str| text.chars().map(|c| if c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c }).collect::<String>();
            let message = Transport::new(Role::Authenticate, origin.clone()).with_param(&name, value.clone()).with_result(Some(result.clone()));
            let read = Transport::parse(&message.to_bytes(Timestamp::UNIX_EPOCH)).unwrap();
            let origin = clean(&origin);
            prop_assert_eq!(read.origin, origin.trim());
            prop_assert_eq!(read.params, vec![(clean(&name), clean(&value))]);
            prop_assert_eq!(read.result, Some(clean(&result).trim().to_owned()));
        }
    }
}
