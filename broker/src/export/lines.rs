//! Lines of JSON: an object an event, with all that can be said of it, and its packet.
//!
//! ```text
//! {"seq":1,"received":"..","source":"..","ivoid":"..","stream":"..","role":"..","digest":"..","conflict":false,
//!  "flagged":false,"imported":false,"hops":0,"author":"..","authored":"..",
//!  "position":{"ra":0.0,"dec":0.0,"error_radius":0.0,"system":"..","time":".."},
//!  "citations":[{"relation":"followup","ivoid":".."}],
//!  "params":{"NAME":{"value":"..","unit":".."},"GROUP/NAME":{"value":".."}},
//!  "packet":".."}
//! ```
//! A packet that is not UTF-8 stands in `packet_base64` instead. Either gives the very bytes. A parameter whose key is taken
//! has a number behind it: `NAME#2`. What is absent is null.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Sink;
use super::form::Packer;
use super::record::{Param, Record};
use crate::plain::json_line;
use crate::store::Entry;

/// Lines of JSON.
pub(super) struct Lines(Packer);

impl Lines {
    /// Begins with the first line.
    pub(super) fn begin(to: Packer) -> Self {
        Self(to)
    }
}

impl Sink for Lines {
    fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        writeln!(self.0, "{}", json_line(&object(&Record::of(entry))))
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.0.end()
    }
}

fn object(record: &Record<'_>) -> Value {
    let entry = record.entry;
    let position = record.position.as_ref().map(|place| {
        json!({
            "ra": place.ra,
            "dec": place.dec,
            "error_radius": place.error_radius,
            "system": place.system,
            "time": place.time,
        })
    });
    let cited =
        record.citations.iter().map(|(relation, ivoid)| json!({ "relation": relation, "ivoid": ivoid }));
    let mut object = json!({
        "seq": entry.seq.0,
        "received": entry.received,
        "source": &*entry.source,
        "ivoid": entry.ivoid,
        "stream": record.stream(),
        "role": entry.role,
        "digest": entry.digest.to_string(),
        "conflict": entry.conflict,
        "flagged": entry.is_flagged,
        "imported": entry.is_imported,
        "hops": entry.hops,
        "author": record.author,
        "authored": record.authored,
        "position": position,
        "citations": cited.collect::<Value>(),
        "params": params(&record.params),
    });
    let (key, packet) = match std::str::from_utf8(&entry.bytes) {
        Ok(text) => ("packet", text.to_owned()),
        Err(_) => ("packet_base64", STANDARD.encode(&entry.bytes)),
    };
    if let Value::Object(entries) = &mut object {
        entries.insert(key.to_owned(), packet.into());
    }
    object
}

fn params(params: &[Param]) -> Value {
    let mut object = Map::new();
    for Param { key, value, unit } in params {
        let mut name = key.clone();
        let mut number = 1;
        while object.contains_key(&name) {
            number += 1;
            name = format!("{key}#{number}");
        }
        let value = match unit {
            Some(unit) => json!({ "value": value, "unit": unit }),
            None => json!({ "value": value }),
        };
        object.insert(name, value);
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_is_not_utf_8_stands_there_in_padded_base64() {
        let entry = Entry::sample(1, vec![0xff, 0xfe, 0xfb, b'f']);
        let object = object(&Record::of(&entry));
        assert_eq!((&object["packet_base64"], &object["packet"]), (&json!("//77Zg=="), &Value::Null));
    }

    #[test]
    fn a_parameter_whose_key_is_taken_gets_a_number() {
        let param =
            |key: &str, value: &str| Param { key: key.to_owned(), value: value.to_owned(), unit: None };
        let object = params(&[param("a", "1"), param("a", "2"), param("g/a", "3"), param("a", "4")]);
        let value = |value: &str| json!({ "value": value });
        assert_eq!(
            object,
            json!({ "a": value("1"), "a#2": value("2"), "a#3": value("4"), "g/a": value("3") })
        );
    }
}
