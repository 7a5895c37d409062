//! When a Transport message was written, by its own words: for whoever compares clocks. No session looks at it.

use crate::encoding;
use crate::xml::{self, Step};

/// What the `TimeStamp` of a Transport message says, which may lack a zone; none if it is no such message or has none.
#[must_use]
pub fn written(payload: &[u8]) -> Option<String> {
    let text = encoding::text(payload).ok()?;
    let (root, mut walk) = xml::open(&text).ok()?;
    if root.local_name() != "Transport" {
        return None;
    }
    let mut is_time = false;
    loop {
        match walk.step().ok()?? {
            Step::Open(tag) => is_time = tag.local_name() == "TimeStamp",
            Step::Text(text) if is_time => return Some(text.trim().to_owned()),
            Step::Text(_) => {}
            Step::Close => is_time = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Role, Transport};

    #[test]
    fn the_time_is_told_as_it_was_written() {
        let utc = "2026-01-01T00:00:00.987Z".parse().unwrap();
        let message = Transport::new(Role::Iamalive, "ivo://a.b/c").to_bytes(utc);
        assert_eq!(written(&message).as_deref(), Some("2026-01-01T00:00:00Z"));
        let bare = b"<Transport role='iamalive'><Origin>x</Origin><TimeStamp> 2026-01-01T01:00:00 </TimeStamp></Transport>";
        assert_eq!(written(bare).as_deref(), Some("2026-01-01T01:00:00"));
    }

    #[test]
    fn what_says_no_time_has_none() {
        for payload in
            ["<Transport role='ack'/>", "<VOEvent><TimeStamp>x</TimeStamp></VOEvent>", "no XML", ""]
        {
            assert_eq!(written(payload.as_bytes()), None, "{payload}");
        }
    }
}
