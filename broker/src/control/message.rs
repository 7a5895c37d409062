//! What a broker answers with when it is asked for events: lines, and packets as they are.
//!
//! ```text
//! {"events":{"log":"<32 hex>","after":0,"to":9}}             what will be read
//! {"event":{"seq":1,..,"bytes":812}}  and 812 bytes  \n      an entry, its packet behind the line; and so on
//! {"end":{"damaged":0}}                                      all was sent, but for so many that are damaged
//! {"error":".."}                                             in the place of any of them: no more will come
//! ```
//! A reader that does not see the end knows that something is missing.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vtp::Digest;

use super::line::line;
use crate::store::{Entry, MediaType, Seq, Span, Store};

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Message<'a> {
    /// What will be read.
    Events {
        /// The identity of the log.
        log: String,
        /// The place before it.
        after: u64,
        /// The last place.
        to: u64,
    },
    /// An entry, its packet behind the line.
    Event(Head<'a>),
    /// All was sent.
    End {
        /// How many entries were passed over because they are damaged.
        damaged: u64,
    },
    /// No more will come.
    Error(String),
}

/// An entry without its packet.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head<'a> {
    seq: u64,
    received: Timestamp,
    source: Cow<'a, str>,
    media_type: Cow<'a, str>,
    digest: Cow<'a, str>,
    ivoid: Cow<'a, str>,
    role: Cow<'a, str>,
    hops: u8,
    conflict: bool,
    flagged: bool,
    /// A broker from before there were imports does not say.
    #[serde(default)]
    imported: bool,
    /// How long the packet is that follows.
    pub(crate) bytes: usize,
}

impl Message<'_> {
    /// What will be read of a store.
    pub(super) fn begin(store: &Store, span: Span) -> Self {
        Self::Events { log: store.id().to_string(), after: span.after.0, to: span.to.0 }
    }
}

/// Adds an entry to what is sent.
pub(super) fn entry_bytes(entry: &Entry, to: &mut Vec<u8>) {
    let head = Head {
        seq: entry.seq.0,
        received: entry.received,
        source: Cow::from(&*entry.source),
        media_type: entry.media_type.name().into(),
        digest: entry.digest.to_string().into(),
        ivoid: Cow::from(&*entry.ivoid),
        role: Cow::from(&*entry.role),
        hops: entry.hops,
        conflict: entry.conflict,
        flagged: entry.is_flagged,
        imported: entry.is_imported,
        bytes: entry.bytes.len(),
    };
    to.extend(line(&Message::Event(head)));
    to.extend_from_slice(&entry.bytes);
    to.push(b'\n');
}

impl Head<'_> {
    /// The entry, with the packet that followed; none if it is of a kind that is not known here.
    pub(crate) fn entry(self, packet: Bytes) -> Option<Entry> {
        Some(Entry {
            seq: Seq(self.seq),
            received: self.received,
            source: self.source.as_ref().into(),
            media_type: MediaType::named(&self.media_type)?,
            digest: digest(&self.digest)?,
            ivoid: self.ivoid.as_ref().into(),
            role: self.role.as_ref().into(),
            conflict: self.conflict,
            is_flagged: self.flagged,
            is_imported: self.imported,
            hops: self.hops,
            bytes: packet,
        })
    }
}

/// Reads a digest as it prints.
fn digest(text: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (text.len() == 64).then(|| Digest::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was_sent() {
        let entry = Entry {
            seq: Seq(7),
            received: "2026-04-06T12:00:00.123456Z".parse().unwrap(),
            source: "author \"192.0.2.1\"\n".into(),
            media_type: MediaType::VoeventXml,
            digest: Digest::of(b"x"),
            ivoid: "ivo://org.test/é#1".into(),
            role: "observation".into(),
            conflict: true,
            is_flagged: true,
            is_imported: true,
            hops: 3,
            bytes: Bytes::from_static(b"<a>\n\xff</a>"),
        };
        let mut sent = Vec::new();
        entry_bytes(&entry, &mut sent);
        let (line, rest) = sent.split_at(sent.iter().position(|byte| *byte == b'\n').unwrap());
        let Message::Event(head) = serde_json::from_slice(line).unwrap() else { panic!("no event") };
        assert_eq!(rest.len(), head.bytes + 2);
        assert_eq!(head.entry(entry.bytes.clone()), Some(entry));
    }

    #[test]
    fn a_digest_of_another_length_is_none() {
        let text = Digest::of(b"x").to_string();
        assert_eq!(digest(&text), Some(Digest::of(b"x")));
        assert!(digest(&text[1..]).is_none() && digest(&format!("{text}0")).is_none());
        assert!(digest(&text.replace('1', "é")).is_none());
    }
}
