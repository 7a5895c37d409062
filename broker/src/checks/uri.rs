//! URI references, by the grammar of RFC 3986 and no further: nothing is resolved.
//!
//! ```text
//! [scheme:] [//[user@]host[:port]] path [?query] [#fragment]
//! ```
//!
//! libxml2 reads namespaces and `xs:anyURI` by this grammar too; where it is a little wider or narrower, so is this.

/// Whether a text is a URI reference.
///
/// With `is_lenient`, characters that stand in no URI count as if they were escaped, as XML Schema asks
/// (XML Schema part 2 § 3.2.17).
pub(super) fn is_reference(text: &str, is_lenient: bool) -> bool {
    let is = |text: &str, more: &[u8]| is_text(text.as_bytes(), is_lenient, more);
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    if !is(fragment, b":@/?[]") || !is(query, b":@/?") {
        return false;
    }
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if !scheme.contains('/') => (Some(scheme), rest),
        _ => (None, text),
    };
    if scheme.is_some_and(|scheme| !is_scheme(scheme)) {
        return false;
    }
    match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_authority(authority, is) && is(path, b":@/")
        }
        None => is(rest, b":@/"),
    }
}

fn is_scheme(text: &str) -> bool {
    let is_more = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(is_more)
}

fn is_authority(text: &str, is: impl Fn(&str, &[u8]) -> bool) -> bool {
    let (user, place) = text.split_once('@').unwrap_or(("", text));
    let after_host = match place.strip_prefix('[') {
        Some(literal) => literal.split_once(']').map(|(_, after)| after),
        None => {
            let (host, after) = place.split_at(place.find(':').unwrap_or(place.len()));
            is(host, b"").then_some(after)
        }
    };
    let is_port = |digits: &str| digits.parse::<i32>().is_ok() && digits.bytes().all(|b| b.is_ascii_digit());
    is(user, b":")
        && after_host.is_some_and(|after| after.is_empty() || after.strip_prefix(':').is_some_and(is_port))
}

/// Whether a text has only unreserved characters, sub-delimiters, escapes, and `more`.
fn is_text(text: &[u8], is_lenient: bool, more: &[u8]) -> bool {
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => after,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => after,
            b'%' => match after {
                [a, b, after @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => after,
                _ => return false,
            },
            _ if more.contains(&byte) => after,
            b' ' | b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`' | 0..=31 | 127..
                if is_lenient =>
            {
                after
            }
            _ => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_reference_to_libxml2_is_one_here() {
        for uri in [
            "",
            "a",
            "%41",
            "a:b:c",
            "#[x]",
            "//",
            "///",
            "http://",
            "http:///x",
            "http://[::1]:80/",
            "http://[]/",
            "http://u:p@h:1/p?q#f",
            "ivo://a.b/c#d",
            "mailto:a@b",
            "/a:b",
            "?a/b?c",
        ] {
            assert!(is_reference(uri, false), "{uri}");
        }
        for uri in [
            "a##b",
            "%zz",
            "a%2",
            "a[b",
            "http://a[b]c/",
            "http://a:b/",
            "http://a:80b/",
            ":a",
            "1:a",
            "?[x]",
            "http://a@b@c/",
            "http://a:99999999999/",
            "[::1]",
            "http://[zz",
            "http://a:+1/",
        ] {
            assert!(!is_reference(uri, true), "{uri}");
        }
    }

    #[test]
    fn what_stands_in_no_uri_counts_as_escaped_where_schemas_ask() {
        for uri in ["a b", "\u{e9}|{}", "http://h/<x>"] {
            assert!(is_reference(uri, true) && !is_reference(uri, false), "{uri}");
        }
    }
}
