//! A view of XML just deep enough for envelopes: the root's start tag, its children's text, where it ends.
//!
//! This is the only file that names quick-xml. It promises linear time, no recursion and no expansion of entities
//! beyond the five that XML predefines, and refuses a DOCTYPE. It does **not** promise that a document is well formed:
//! quick-xml lets much pass. A broker checks that before it keeps anything.

use memchr::{memchr_iter, memmem};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::encoding::EncodingError;

/// Why an envelope could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The bytes are no text.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A document type declaration, refused as the door to entity attacks.
    #[error("line {line}: a DOCTYPE is not accepted")]
    Doctype {
        /// Where it stands, from 1.
        line: usize,
    },
    /// There is no element at all.
    #[error("there is no XML element in it")]
    Empty,
    /// Text where only comments may stand, before or after the root element.
    #[error("line {line}: text outside of the root element")]
    TextOutside {
        /// Where it stands, from 1.
        line: usize,
    },
    /// A second root element.
    #[error("line {line}: a second root element")]
    SecondRoot {
        /// Where it begins, from 1.
        line: usize,
    },
    /// The document ends inside an element.
    #[error("the document ends before its root element does")]
    Unclosed,
    /// More levels, elements, attributes or namespace declarations than any honest packet has.
    #[error("line {line}: more than {limit} {what}")]
    Limit {
        /// Where it was passed, from 1.
        line: usize,
        /// What there is too much of.
        what: &'static str,
        /// How much is taken.
        limit: usize,
    },
    /// Anything else that the parser stumbled over.
    #[error("line {line}: {reason}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
}

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 256;
/// Most attributes that one element may have.
pub const MAX_ATTRIBUTES: usize = 256;
/// Most elements that one document may have.
pub const MAX_ELEMENTS: usize = 50_000;
/// Most namespace declarations that one document may have.
pub const MAX_NAMESPACES: usize = 128;

/// Most characters of a peer's words that an error repeats.
const EXCERPT_CHARS: usize = 200;

/// The byte-order mark that may stand before a document.
const MARK: char = '\u{feff}';

/// The start tag of a root element.
#[derive(Debug)]
pub(crate) struct Root<'a> {
    start: BytesStart<'a>,
    /// Offset of its `<`.
    pub(crate) at: usize,
}

impl Root<'_> {
    pub(crate) fn local_name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The value of an attribute without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        attribute(&self.start, name)
    }

    /// The namespace that the element's own tag binds its name to.
    pub(crate) fn namespace(&self) -> Option<String> {
        match self.start.name().prefix() {
            None => self.attribute("xmlns"),
            Some(prefix) => self.attribute(&format!("xmlns:{}", prefix.into_inner())),
        }
    }
}

/// A walk over one document, from its root's start tag on.
pub(crate) struct Walk<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    elements: usize,
    namespaces: usize,
}

/// What a walk meets inside of the root; comments and instructions are passed over.
#[derive(Debug)]
pub(crate) enum Step {
    Open(Tag),
    Close,
    Text(String),
}

/// The start tag of an element below the root.
#[derive(Debug)]
pub(crate) struct Tag(BytesStart<'static>);

impl Tag {
    pub(crate) fn local_name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        attribute(&self.0, name)
    }
}

/// Goes to the start tag of a document's root; the byte-order mark has been taken off.
pub(crate) fn open(text: &str) -> Result<(Root<'_>, Walk<'_>), XmlError> {
    // The parser would pass over a second one, and not count it.
    if text.starts_with(MARK) {
        return Err(XmlError::TextOutside { line: 1 });
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut walk = Walk { text, reader, depth: 0, elements: 0, namespaces: 0 };
    loop {
        let at = walk.position();
        let event = walk.event()?;
        if let Event::Start(start) = event {
            return Ok((Root { start, at }, walk));
        }
        if matches!(event, Event::Eof) {
            return Err(XmlError::Empty);
        }
        walk.check_outside(&event, at)?;
    }
}

impl<'a> Walk<'a> {
    /// That each attribute of the root's start tag can be read: one that cannot be would count as absent.
    pub(crate) fn check_root(&self, root: &Root<'_>) -> Result<(), XmlError> {
        self.check_attributes(&root.start)
    }

    /// The next step inside of the root, in which every attribute can be read; none once its end tag was passed.
    pub(crate) fn step(&mut self) -> Result<Option<Step>, XmlError> {
        while self.depth > 0 {
            let step = match self.event()? {
                Event::Start(start) => {
                    self.check_attributes(&start)?;
                    Step::Open(Tag(start.into_owned()))
                }
                Event::End(_) if self.depth == 0 => return Ok(None),
                Event::End(_) => Step::Close,
                Event::Text(text) => Step::Text(text.xml10_content().into_owned()),
                Event::CData(data) => Step::Text(data.into_inner().into_owned()),
                Event::GeneralRef(name) => Step::Text(self.resolve(&name)?),
                Event::Eof => return Err(XmlError::Unclosed),
                Event::DocType(_) => return Err(XmlError::Doctype { line: self.line() }),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Empty(_) => continue,
            };
            return Ok(Some(step));
        }
        Ok(None)
    }

    /// The same as [`finish`](Self::finish) for documents of the usual form, without a parser: from the root's start tag on
    /// there is neither comment nor instruction, CDATA nor DOCTYPE, the root's name is closed once, as the last thing,
    /// and no limit can have been passed. None sends the caller the long way.
    ///
    /// On a document that is not well formed the answer means nothing, as everything here.
    pub(crate) fn finish_by_sight(&self, root: &Root<'_>) -> Option<usize> {
        let text = self.text.as_bytes();
        let body = text.get(root.at..)?.trim_ascii_end();
        let name = root.start.name().into_inner().as_bytes();
        let (mut tags, mut closings, mut last) = (0, 0, 0);
        for at in memchr_iter(b'<', body) {
            // So short a piece has no room for too many attributes.
            if at - last > 4 * MAX_ATTRIBUTES {
                return None;
            }
            (tags, last) = (tags + 1, at);
            match body.get(at + 1..)? {
                [b'!' | b'?', ..] => return None,
                [b'/', rest @ ..] if rest.starts_with(name) => closings += 1,
                _ => {}
            }
        }
        let is_closed = body.get(last..)?.strip_prefix(b"</")?.strip_prefix(name)? == b">";
        let namespaces = memmem::find_iter(body, "xmlns").take(MAX_NAMESPACES + 1).count();
        // Of so many tags, half of them closing, none stands deeper than this.
        let is_usual = is_closed && closings == 1 && tags <= 2 * MAX_DEPTH && namespaces <= MAX_NAMESPACES;
        is_usual.then_some(root.at + body.len())
    }

    /// Walks to the end of the document; returns the offset just after the root's closing `>`.
    pub(crate) fn finish(mut self) -> Result<usize, XmlError> {
        while self.depth > 0 {
            let event = self.event()?;
            if matches!(event, Event::Eof) {
                return Err(XmlError::Unclosed);
            }
            if matches!(event, Event::DocType(_)) {
                return Err(XmlError::Doctype { line: self.line() });
            }
        }
        let end = self.position();
        loop {
            let at = self.position();
            let event = self.event()?;
            if matches!(event, Event::Eof) {
                return Ok(end);
            }
            self.check_outside(&event, at)?;
        }
    }

    fn event(&mut self) -> Result<Event<'a>, XmlError> {
        let event = self.reader.read_event().map_err(|e| XmlError::Syntax {
            line: self.line_at(usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX)),
            reason: excerpt(&e.to_string()),
        })?;
        if let Event::Start(start) = &event {
            self.depth += 1;
            self.elements += 1;
            self.check_limits(start)?;
        } else if matches!(event, Event::End(_)) {
            // An end tag too many is quick-xml's to refuse; saturating keeps this line honest if it does not.
            self.depth = self.depth.saturating_sub(1);
        }
        Ok(event)
    }

    fn check_limits(&mut self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        let over = |what, limit| Err(XmlError::Limit { line: self.line(), what, limit });
        if self.depth > MAX_DEPTH {
            return over("levels of elements", MAX_DEPTH);
        }
        if self.elements > MAX_ELEMENTS {
            return over("elements", MAX_ELEMENTS);
        }
        let attributes = start.attributes_raw();
        // An attribute takes four characters at least (a='' is one more), so short tags need no count.
        if attributes.len() > 4 * MAX_ATTRIBUTES && attributes.matches('=').count() > MAX_ATTRIBUTES {
            let count = start.attributes().with_checks(false).count();
            if count > MAX_ATTRIBUTES {
                return over("attributes on one element", MAX_ATTRIBUTES);
            }
        }
        self.namespaces += memmem::find_iter(attributes.as_bytes(), "xmlns").count();
        if self.namespaces > MAX_NAMESPACES {
            return Err(XmlError::Limit {
                line: self.line(),
                what: "namespace declarations",
                limit: MAX_NAMESPACES,
            });
        }
        Ok(())
    }

    fn check_attributes(&self, start: &BytesStart<'_>) -> Result<(), XmlError> {
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| self.syntax(&e.to_string()))?;
            attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|e| self.syntax(&e.to_string()))?;
        }
        Ok(())
    }

    /// What may stand before and after the root: white space, comments, instructions, the declaration.
    fn check_outside(&self, event: &Event<'_>, at: usize) -> Result<(), XmlError> {
        // Lines are counted only for an error: to count them at every comment would take quadratic time.
        let line = || self.line_at(at);
        match event {
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Ok(()),
            Event::Text(text) if text.as_ref().trim_ascii().is_empty() => Ok(()),
            Event::DocType(_) => Err(XmlError::Doctype { line: line() }),
            Event::Start(_) | Event::Empty(_) => Err(XmlError::SecondRoot { line: line() }),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::End(_) | Event::Eof => {
                Err(XmlError::TextOutside { line: line() })
            }
        }
    }

    fn resolve(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<String, XmlError> {
        if let Some(character) = reference.resolve_char_ref().map_err(|e| self.syntax(&e.to_string()))? {
            return Ok(character.to_string());
        }
        let name = reference.xml10_content();
        quick_xml::escape::resolve_predefined_entity(&name)
            .map(str::to_owned)
            .ok_or_else(|| self.syntax(&format!("the entity '&{name};' is not expanded")))
    }

    fn syntax(&self, reason: &str) -> XmlError {
        XmlError::Syntax { line: self.line(), reason: excerpt(reason) }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn line(&self) -> usize {
        self.line_at(self.position())
    }

    fn line_at(&self, at: usize) -> usize {
        self.text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
    }
}

/// So much of a peer's words as an error repeats: an answer or a line in a log must not grow with what was sent.
pub(crate) fn excerpt(words: &str) -> String {
    match words.char_indices().nth(EXCERPT_CHARS) {
        Some((end, _)) => format!("{}...", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found = attributes.with_checks(false).flatten().find(|a| a.key.into_inner() == name)?;
    found.normalized_value(XmlVersion::Explicit1_0).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(document: &str) -> Result<&str, XmlError> {
        let (root, walk) = open(document)?;
        let start = root.at;
        Ok(&document[start..walk.finish()?])
    }

    #[test]
    fn the_end_is_seen_where_it_is_and_left_to_the_walk_where_it_might_not_be() {
        let by_sight = |document: &str| {
            let (root, walk) = open(document).unwrap();
            let seen = walk.finish_by_sight(&root);
            seen.inspect(|end| assert_eq!(walk.finish(), Ok(*end), "{document}")).is_some()
        };
        assert!(by_sight("<?xml version='1.0'?><!-- --><v:E a='>'><b/>x</v:E>\n "));
        for unusual in ["<E/>", "<E></E><!-- -->", "<E><![CDATA[</E>]]></E>", "<E><E></E></E>", "<E></E >"] {
            assert!(!by_sight(unusual), "{unusual}");
        }
        assert!(!by_sight(&format!("<E a='{}'></E>", "x".repeat(5 * MAX_ATTRIBUTES))));
        assert!(!by_sight(&format!("<E>{}</E>", "<a/>".repeat(2 * MAX_DEPTH))));
    }

    #[test]
    fn the_element_is_found_between_comments() {
        let document =
            "<?xml version='1.0'?>\n<!-- <VOEvent> -->\n<v:VOEvent a='>'><b/>x</v:VOEvent>\n<!-- > -->\n";
        assert_eq!(range(document).unwrap(), "<v:VOEvent a='>'><b/>x</v:VOEvent>");
        assert_eq!(range("<VOEvent/>").unwrap(), "<VOEvent/>");
    }

    #[test]
    fn what_stands_outside_of_the_root_is_refused() {
        assert_eq!(range("<a/>\n<b/>"), Err(XmlError::SecondRoot { line: 2 }));
        assert_eq!(range("<a/>\n\0"), Err(XmlError::TextOutside { line: 1 }));
        assert_eq!(range("prose <a/>"), Err(XmlError::TextOutside { line: 1 }));
        assert_eq!(range("\u{feff}<a/>"), Err(XmlError::TextOutside { line: 1 }));
        assert_eq!(range("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), Err(XmlError::Doctype { line: 1 }));
    }

    #[test]
    fn comments_around_the_root_cost_linear_time() {
        let comments = "<!---->".repeat(150_000); // Quadratic time would be felt: most of a minute.
        assert_eq!(range(&format!("{comments}<a/>{comments}")).unwrap(), "<a/>");
    }

    #[test]
    fn a_document_that_ends_early_is_unclosed() {
        assert_eq!(range("<a><b></b>"), Err(XmlError::Unclosed));
        assert_eq!(range("<!-- nothing -->"), Err(XmlError::Empty));
        assert!(matches!(range("<a><b"), Err(XmlError::Syntax { line: 1, .. })));
    }

    #[test]
    fn depth_elements_attributes_and_namespaces_are_limited() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(matches!(range(&deep), Err(XmlError::Limit { limit: MAX_DEPTH, .. })));
        let broad = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        assert!(matches!(range(&broad), Err(XmlError::Limit { limit: MAX_ELEMENTS, .. })));
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|n| format!(" a{n}=''")).collect();
        assert!(matches!(
            range(&format!("<a{attributes}/>")),
            Err(XmlError::Limit { limit: MAX_ATTRIBUTES, .. })
        ));
        let namespaces = "<a xmlns='b'/>".repeat(MAX_NAMESPACES + 1);
        assert!(matches!(
            range(&format!("<a>{namespaces}</a>")),
            Err(XmlError::Limit { limit: MAX_NAMESPACES, .. })
        ));
    }

    #[test]
    fn errors_repeat_little_of_what_was_sent() {
        assert_eq!(excerpt(&"\u{e9}".repeat(1000)), format!("{}...", "\u{e9}".repeat(EXCERPT_CHARS)));
        assert_eq!(excerpt("h\u{e9}llo"), "h\u{e9}llo");
    }

    #[test]
    fn the_root_knows_its_namespace() {
        let (root, _) = open("<v:VOEvent xmlns:v='http://e.x' role='t&amp;t'/>").unwrap();
        assert_eq!(root.local_name(), "VOEvent");
        assert_eq!(root.namespace().as_deref(), Some("http://e.x"));
        assert_eq!(root.attribute("role").as_deref(), Some("t&t"));
    }
}
