//! Words of faults: what of a packet they repeat, which is little, and lists of what was expected.

use std::borrow::Cow;
use std::fmt::Write;

use roxmltree::Node;

/// Most characters of a packet's own words that a fault repeats.
const QUOTED_CHARS: usize = 60;

/// The name of an element without its prefix, or the beginning of it.
pub(super) fn own_name<'n>(node: Node<'_, 'n>) -> Cow<'n, str> {
    quoted(node.tag_name().name())
}

/// The beginning of a packet's own words.
pub(super) fn quoted(words: &str) -> Cow<'_, str> {
    match words.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}...", words.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(words),
    }
}

/// "; it may hold 'a', 'b'", or that it has none.
pub(super) fn listed(verb: &str, names: impl Iterator<Item = &'static str>) -> String {
    let mut text = format!("; {verb}");
    let mut count = 0;
    for name in names {
        // Writing to a String cannot fail.
        let _ = write!(text, "{} '{name}'", if count > 0 { "," } else { "" });
        count += 1;
    }
    if count > 0 { text } else { String::new() }
}
