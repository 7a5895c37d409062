//! What roxmltree lets pass and a stricter parser would not.
//!
//! ```text
//! &#xD800;                references to what is no character (XML 1.0 § 4.1)
//! <:a :b=''>              names that begin with a colon (Namespaces in XML 1.0 § 4)
//! <?XML?> <?a:b?> <?a+?>  targets of instructions (XML 1.0 § 2.6, Namespaces § 7)
//! xmlns:a='' xmlns='%%'   namespaces that are empty or no URI (Namespaces § 2)
//! names, texts            longer than libxml2 takes: 50,000 bytes, 10 MB
//! ```
//!
//! Few packets have anything that could be one of these, so a look for single bytes comes first and costs next to
//! nothing; only where it finds some is the text walked through, tag by tag.

use memchr::{memchr, memchr_iter, memmem};
use roxmltree::{Document, Node};

use crate::checks::{name, uri};

/// Longest name, as in libxml2 (`XML_MAX_NAME_LENGTH`).
const MAX_NAME_BYTES: usize = 50_000;
/// Longest text and longest value of an attribute, as in libxml2 (`XML_MAX_TEXT_LENGTH`).
const MAX_TEXT_BYTES: usize = 10_000_000;

/// Checks a document that roxmltree has taken.
pub(super) fn check(document: &Document<'_>) -> Result<(), String> {
    let text = document.input_text();
    if has_suspects(text.as_bytes()) {
        walk(text).map_err(|(at, fault)| format!("line {}: {fault}", line(text, at)))?;
    }
    namespaces(document)?;
    if text.len() > MAX_NAME_BYTES { sizes(document) } else { Ok(()) }
}

/// Whether the text may hold a reference to a character, an instruction, or a name that begins with a colon.
fn has_suspects(text: &[u8]) -> bool {
    let begins_name = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        matches!(before, Some(b'<' | b'/' | b' ' | b'\t' | b'\n' | b'\r'))
    };
    memmem::find(text, b"&#").is_some()
        || memmem::find_iter(text, b"<?").any(|at| at > 0 || !begins_with_declaration(text))
        || memchr_iter(b':', text).any(begins_name)
}

/// Whether there is a declaration, which has a check of its own.
fn begins_with_declaration(text: &[u8]) -> bool {
    matches!(text, [b'<', b'?', b'x', b'm', b'l', b' ' | b'\t' | b'\n' | b'\r', ..])
}

/// Goes through tags, references and instructions; the offset of a fault and what it is.
fn walk(text: &str) -> Result<(), (usize, &'static str)> {
    let mut at = 0;
    let skip = |at: usize, end: &str| {
        text.get(at..).and_then(|rest| rest.find(end)).map_or(text.len(), |found| at + found + end.len())
    };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let begins = |with: &str| rest.starts_with(with);
        at = if begins("<!--") {
            skip(at + 4, "-->")
        } else if begins("<![CDATA[") {
            skip(at, "]]>")
        } else if begins("<?") {
            if at > 0 || !begins_with_declaration(text.as_bytes()) {
                instruction(rest).map_err(|fault| (at, fault))?;
            }
            skip(at, "?>")
        } else if begins("<") {
            at + tag(rest).map_err(|(within, fault)| (at + within, fault))?
        } else {
            let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            references(rest.get(..end).unwrap_or(rest)).map_err(|within| (at + within, NO_CHARACTER))?;
            at + end
        };
    }
    Ok(())
}

const NO_CHARACTER: &str = "a reference to a character that XML does not have";
const COLON: &str = "a name begins with a colon";

/// Checks a tag; gives its length.
fn tag(text: &str) -> Result<usize, (usize, &'static str)> {
    let bytes = text.as_bytes();
    let mut at = if bytes.get(1) == Some(&b'/') { 2 } else { 1 };
    if bytes.get(at) == Some(&b':') {
        return Err((at, COLON));
    }
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'>' => return Ok(at + 1),
            quote @ (b'"' | b'\'') => {
                let value = text.get(at + 1..).unwrap_or_default();
                let end = memchr(*quote, value.as_bytes()).unwrap_or(value.len());
                references(value.get(..end).unwrap_or(value))
                    .map_err(|within| (at + 1 + within, NO_CHARACTER))?;
                end + 2
            }
            b' ' | b'\t' | b'\n' | b'\r' if bytes.get(at + 1) == Some(&b':') => return Err((at + 1, COLON)),
            _ => 1,
        };
    }
    Ok(at)
}

/// Checks references to characters; the offset of one to what is none.
fn references(text: &str) -> Result<(), usize> {
    for at in memmem::find_iter(text.as_bytes(), b"&#") {
        let number =
            text.get(at + 2..).and_then(|rest| rest.split_once(';')).map_or("", |(number, _)| number);
        let code = match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        // The other characters that XML does not have, roxmltree knows.
        if code.ok().and_then(char::from_u32).is_none() {
            return Err(at);
        }
    }
    Ok(())
}

fn instruction(text: &str) -> Result<(), &'static str> {
    let inside = text.get(2..text.find("?>").unwrap_or(text.len())).unwrap_or_default();
    let is_end = |c: char| c != ':' && !name::is_part(c);
    let (target, rest) = inside.split_at(inside.find(is_end).unwrap_or(inside.len()));
    if target.eq_ignore_ascii_case("xml") {
        return Err("an XML declaration stands elsewhere than at the beginning");
    }
    if target.contains(':') {
        return Err("the name of an instruction has a colon");
    }
    match rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']) {
        true => Ok(()),
        false => Err("the name of an instruction does not end with white space"),
    }
}

fn namespaces(document: &Document<'_>) -> Result<(), String> {
    let root = document.root_element();
    let written = memmem::find_iter(document.input_text().as_bytes(), b"xmlns").count();
    // If the root declares as many as there are, no other element declares any.
    if root.namespaces().len() >= written {
        return declarations(root);
    }
    root.descendants().filter(Node::is_element).try_for_each(declarations)
}

fn declarations(node: Node<'_, '_>) -> Result<(), String> {
    let fault = |fault: String| {
        let text = node.document().input_text();
        Err(format!("line {}: {fault}", line(text, node.range().start)))
    };
    for namespace in node.namespaces() {
        match namespace.name() {
            Some("xmlns") => return fault("the prefix 'xmlns' is declared".to_owned()),
            Some(prefix) if namespace.uri().is_empty() => {
                return fault(format!("the prefix '{prefix}' is bound to an empty namespace"));
            }
            Some(_) | None if uri::is_reference(namespace.uri(), false) => {}
            Some(_) | None => return fault(format!("the namespace '{}' is no URI", namespace.uri())),
        }
    }
    Ok(())
}

fn sizes(document: &Document<'_>) -> Result<(), String> {
    let fault = |node: Node<'_, '_>, what: &str| {
        Err(format!("line {}: {what}", line(document.input_text(), node.range().start)))
    };
    for node in document.descendants() {
        let length = node.tag_name().name().len();
        let attributes = || node.attributes();
        if length > MAX_NAME_BYTES || attributes().any(|attribute| attribute.name().len() > MAX_NAME_BYTES) {
            return fault(node, "a name has more than 50,000 bytes");
        }
        let text = node.text().filter(|_| !node.is_element()).map_or(0, str::len);
        if text > MAX_TEXT_BYTES || attributes().any(|attribute| attribute.value().len() > MAX_TEXT_BYTES) {
            return fault(node, "a text has more than 10,000,000 bytes");
        }
    }
    Ok(())
}

/// The line of an offset, from 1.
fn line(text: &str, at: usize) -> usize {
    memchr_iter(b'\n', text.as_bytes().get(..at).unwrap_or_default()).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Result<(), String> {
        check(&Document::parse(text).unwrap())
    }

    #[test]
    fn what_roxmltree_lets_pass_is_refused() {
        for text in [
            "<a>&#xD800;</a>",
            "<a>&#xDFFF;</a>",
            "<a>&#x110000;</a>",
            "<a b='&#55296;'/>",
            "<a><![CDATA[]]>&#xD800;</a>",
            "<:a/>",
            "<a :b=''/>",
            "<a c=''\n:b=''/>",
            "<a></:a>",
            "<a><:b></:b></a>",
            "<a><?XML b?></a>",
            "<?Xml?><a/>",
            "<a/><?xml?>",
            "<a><?b:c?></a>",
            "<a><?b+?></a>",
            "<?b\"c?><a/>",
            "<a xmlns:b=''/>",
            "<a><b xmlns:c=''/></a>",
            "<a xmlns='%%'/>",
            "<a xmlns:b=' '/>",
            "<a xmlns:xmlns='u'/>",
        ] {
            assert!(verdict(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_passes() {
        for text in [
            "<a>&#xD7FF; &#65; : a :b</a>",
            "<!-- &#xD800; <:a <?xml?> --><a/>",
            "<a><![CDATA[&#xD800; <:b <?xml?>]]></a>",
            "<a b=' :c &#9; '/>",
            "<?xmlfoo &#xD800; <:a?><a/>",
            "<a><?b?></a>",
            "<a xmlns='' b='xmlns:c=\"\"'/>",
            "<?xml version='1.0'?><a>\u{e9} : </a><?b-\u{e9} :c?>",
        ] {
            assert_eq!(verdict(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_line_of_a_fault_is_told() {
        assert!(verdict("<a>\n\n<b c='1\n&#xD800;'/></a>").unwrap_err().starts_with("line 4: "));
    }

    #[test]
    fn a_name_or_a_text_may_be_long_but_not_endless() {
        assert_eq!(verdict(&format!("<{}/>", "a".repeat(MAX_NAME_BYTES))), Ok(()));
        assert!(verdict(&format!("<{}/>", "a".repeat(MAX_NAME_BYTES + 1))).is_err());
        assert!(verdict(&format!("<a {}=''/>", "a".repeat(MAX_NAME_BYTES + 1))).is_err());
        assert!(verdict(&format!("<a>{}</a>", "x".repeat(MAX_TEXT_BYTES + 1))).is_err());
    }
}
