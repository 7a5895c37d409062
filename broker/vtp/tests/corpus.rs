//! Real packets and messages, read as an independent parser read them.
//!
//! The corpus is no part of the project: its folder is named by `VOEVENT_CORPUS`, else `../shared/corpus` beside the
//! workspace. Where it is absent, these tests say so and pass.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "the protocol reads no files, but its tests must")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use vtp::transport::Transport;
use vtp::{Packet, PacketError};

/// The corpus' folder, if it is there.
fn corpus() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let folder = std::env::var_os("VOEVENT_CORPUS")
        .map_or_else(|| workspace.with_file_name("shared").join("corpus"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("the corpus is absent: there is no folder {}", folder.display());
    None
}

/// What the oracle says of one file, by the names of its columns.
type Row = HashMap<String, String>;

/// The rows of `validity.csv`.
fn rows(folder: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(folder.join("validity.csv")).unwrap();
    let mut lines = text.lines().map(fields);
    let names = lines.next().unwrap();
    lines.map(|values| names.iter().cloned().zip(values).collect()).collect()
}

/// The fields of one line, where quotes may enclose commas.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

fn packet(folder: &Path, file: &str) -> Result<Packet, PacketError> {
    Packet::parse(Bytes::from(std::fs::read(folder.join(file)).unwrap()))
}

/// A message in one line: role, Origin, then what else there is.
fn summary(message: &Transport) -> String {
    let mut parts = vec![message.role.as_str().to_owned(), message.origin.clone()];
    parts.extend(message.response.as_ref().map(|response| format!("by {response}")));
    parts.extend(message.params.iter().map(|(name, value)| format!("{name}={value}")));
    parts.extend(message.filters().iter().map(|filter| format!("filter {filter}")));
    parts.extend(message.result.as_ref().map(|result| format!("({result})")));
    parts.join(" ")
}

const TRANSPORT: &[(&str, &str)] = &[
    (
        "comet_testutils_authenticate_response_legacy.xml",
        "authenticate ivo://comet.broker/test by ivo://comet.broker/test \
         filter //Param[@name=\"SC_Lat\" and @value<600]",
    ),
    ("comet_testutils_iamalive.xml", "iamalive ivo://comet.broker/test#1234567890"),
    (
        "cometdocs_filter_authenticate_MALFORMED.xml",
        "not well-formed XML: line 10: position 25: attribute key must be directly followed by `=` or space",
    ),
    ("cometwire_authenticate.xml", "authenticate ivo://org.example/broker"),
    ("cometwire_iamalive.xml", "iamalive ivo://org.example/broker"),
    ("cometwire_iamaliveresponse.xml", "iamalive ivo://org.example/broker by ivo://org.example/sub"),
    ("cometwire_iamaliveresponse_anonymous.xml", "iamalive ivo://org.example/broker"),
    (
        "cometwire_nak_previouslyseen.xml",
        "nak ivo://comet.broker/test#1234567890 by ivo://comet.broker/test \
         (Event rejected: Previously seen by this broker)",
    ),
    (
        "estar_transport_v0.1_ack.xml",
        "ack ivo://uk.org.estar/pl.edu.ogle#OGLE-2006-BLG-296 by ivo://talons.lanl/# HOST=astro.lanl.gov PORT=43003 \
         STORED=http://astro.lanl.gov/cgi-bin/query.pl?id=OGLE-2006-BLG-296",
    ),
    (
        "gcndemo_ack.xml",
        "ack ivo://nasa.gsfc.gcn/SWIFT#Point_Dir_2014-04-26T05:47:32.00-231 by ivo://voevent_subscriber_name# \
         IPAddr=subscibers_ip_addr:123.123.123.123 Contact=yourname@your.email.address (Message received.)",
    ),
    (
        "pygcn_iamaliveresponse.xml",
        "iamalive ivo://nasa.gsfc.gcn/GCN# by ivo://python_voeventclient/anonymous",
    ),
    (
        "vtp20rec_ack.xml",
        "ack ivo://invalid.author/example#0123456789 by ivo://invalid.subscriber/example# IPAddr=10.0.0.0 \
         Contact=name@subscriber.invalid (Message received and validated successfully)",
    ),
    ("vtp20rec_iamalive.xml", "iamalive ivo://invalid.broker/example#"),
    (
        "vtp20rec_iamaliveresponse.xml",
        "iamalive ivo://invalid.broker/example# by ivo://invalid.subscriber/example# IPAddr=10.0.0.0 \
         Contact=name@subscriber.invalid",
    ),
    (
        "vtp20rec_nak.xml",
        "nak ivo://invalid.author/example#0123456789 by ivo://invalid.subscriber/example# IPAddr=10.0.0.0 \
         Contact=name@subscriber.invalid (Error in VOEvent message: ISOTime not in ISO 8601 format)",
    ),
];

#[test]
fn transport_messages_of_real_peers_are_read() {
    let Some(folder) = corpus() else { return };
    let files = std::fs::read_dir(folder.join("packets/transport")).unwrap();
    let mut read: Vec<(String, String)> = files
        .map(|file| {
            let file = file.unwrap();
            let message = Transport::parse(&std::fs::read(file.path()).unwrap());
            let told = message.map_or_else(|error| error.to_string(), |message| summary(&message));
            (file.file_name().into_string().unwrap(), told)
        })
        .collect();
    read.sort();
    assert_eq!(read.len(), TRANSPORT.len());
    for ((file, told), expected) in read.iter().zip(TRANSPORT) {
        assert_eq!((file.as_str(), told.as_str()), *expected);
    }
}

#[test]
fn well_formed_packets_are_read_as_libxml2_reads_them() {
    let Some(folder) = corpus() else { return };
    let is_packet =
        |row: &&Row| row["wellformed"] == "1" && row["root"] == "VOEvent" && row["utf8_decodable"] == "1";
    let rows = rows(&folder);
    for row in rows.iter().filter(is_packet) {
        let file = &row["file"];
        let packet = packet(&folder, file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let role = if row["role"].is_empty() { "observation" } else { &row["role"] };
        assert_eq!((packet.ivorn(), packet.role()), (row["ivorn"].as_str(), role), "{file}");
        assert_eq!(packet.version().unwrap_or_default(), row["version"], "{file}");
        assert_eq!(packet.namespace().unwrap_or_default(), row["namespace"], "{file}");
    }
}

#[test]
fn what_is_not_well_formed_yet_passes_is_known() {
    let Some(folder) = corpus() else { return };
    let rows = rows(&folder);
    let malformed = rows.iter().filter(|row| row["wellformed"] == "0").map(|row| row["file"].as_str());
    let passing: Vec<&str> = malformed.filter(|file| packet(&folder, file).is_ok()).collect();
    // White space before the declaration, and a declared encoding that is not the actual one: admission's to find.
    let known = ["leading_whitespace.xml", "enc_ascii_decl_utf8_bytes.xml"];
    assert_eq!(passing, known.map(|file| format!("packets/synthetic-schema/{file}")));
}
