//! What a broker asks of packets: an author learns what is wrong, each endpoint has its own check, encodings pass.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::net::SocketAddr;

use system_tests::client::{Listener, PATIENCE, submit, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::upstream::Upstream;
use tempfile::TempDir;
use vtp::Cursor;
use vtp::transport::Role;

/// A packet whose second line has a fault, named so that it is one of its own.
fn invalid(name: &str) -> Vec<u8> {
    format!(
        "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' ivorn='ivo://philae.test/v#{name}'>\n\
         <What><Param name='a' datatype='int'/></What></v:VOEvent>"
    )
    .into_bytes()
}

const FAULT: &str = "line 2: element 'Param' has no attribute 'datatype'; \
                     it may have 'name', 'ucd', 'value', 'unit', 'dataType', 'utype'";

/// A packet of VOEvent 1.1, as INTEGRAL sent them.
fn of_1_1(name: &str) -> Vec<u8> {
    format!(
        "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v1.1' version='1.1' role='utility' ivorn='ivo://philae.test/old#{name}'>\
         <Who><AuthorIVORN>ivo://philae.test/old</AuthorIVORN></Who></v:VOEvent>"
    )
    .into_bytes()
}

fn broker(flags: &[&str]) -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), flags).unwrap();
    (folder, philae)
}

/// The reason of the nak that a packet must get.
fn refused(address: SocketAddr, packet: &[u8]) -> String {
    let receipt = submit(address, packet).unwrap().unwrap();
    assert_eq!(receipt.role, Role::Nak, "{:?}", receipt.result);
    receipt.result.unwrap()
}

/// What the ack says that a packet must get.
fn noted(address: SocketAddr, packet: &[u8]) -> Option<String> {
    submit_acked(address, packet).unwrap().result
}

#[test]
fn an_author_learns_line_element_and_what_was_expected() {
    let (_folder, philae) = broker(&[]);
    let author = philae.receive().unwrap();
    let reason = refused(author, &invalid("1"));
    assert_eq!(reason, format!("Event rejected: not valid VOEvent 2.0: {FAULT}"));
    let reason = refused(author, &of_1_1("1"));
    assert!(reason.contains("this is VOEvent 1.1, Philae validates VOEvent 2.0; write it as"), "{reason}");
    assert_eq!(noted(author, fixtures::GRB), None);
}

#[test]
fn what_was_refused_for_its_structure_is_no_duplicate_when_it_comes_again() {
    let (_folder, philae) = broker(&[]);
    let author = philae.receive().unwrap();
    assert_eq!(refused(author, &invalid("1")), refused(author, &invalid("1")));
}

#[test]
fn a_flagged_packet_is_passed_on_and_its_author_and_the_log_are_told() {
    let (_folder, mut philae) = broker(&["--receive-check", "flag"]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let author = philae.receive().unwrap();
    let note = noted(author, &invalid("1")).unwrap();
    assert_eq!(note, format!("accepted, but not valid under VOEvent 2.0: {FAULT}"));
    assert_eq!(listener.take(1).unwrap(), [invalid("1")]);
    philae.wait_for_lines("an event was accepted that is not valid VOEvent 2.0", 1, PATIENCE).unwrap();
    let log = philae.log();
    let line = log.lines().find(|line| line.contains("that is not valid VOEvent 2.0")).unwrap();
    assert!(
        line.contains("WARN") && line.contains("ivo://philae.test/v#1") && line.contains("line 2: "),
        "{line}"
    );
    assert_eq!(noted(author, fixtures::GRB), None);
}

#[test]
fn each_endpoint_asks_what_its_own_table_says() {
    let folder = tempfile::tempdir().unwrap();
    let tables = "[[endpoint]]\nat = '127.0.0.2:0'\ncheck = 'flag'\n[[endpoint]]\nat = 'tcp:0:127.0.0.3'\ncheck = 'well-formed'\n";
    let elsewhere = tempfile::tempdir().unwrap();
    let config = elsewhere.path().join("philae.toml");
    std::fs::write(&config, tables).unwrap();
    let flags =
        ["--config", config.to_str().unwrap(), "--receive", "127.0.0.2:0", "--receive", "127.0.0.3:0"];
    let philae = Philae::start_in(folder.path(), &flags).unwrap();
    let at = |address: &str| {
        *philae.receives().iter().find(|receive| receive.ip().to_string() == address).unwrap()
    };
    assert!(refused(at("127.0.0.1"), &invalid("1")).contains("not valid VOEvent 2.0"));
    assert!(noted(at("127.0.0.2"), &invalid("2")).unwrap().starts_with("accepted, but not valid"));
    assert_eq!(noted(at("127.0.0.3"), &invalid("3")), None);
}

fn below(upstream: &Upstream, flags: &[&str]) -> (TempDir, Philae, Listener) {
    let address = upstream.address().unwrap().to_string();
    let (folder, philae) = broker(&[&["--subscribe", &address], flags].concat());
    let listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    (folder, philae, listener)
}

fn start() -> Cursor {
    "0123456789abcdef0123456789abcdef:0".parse().unwrap()
}

#[test]
fn an_upstream_is_asked_for_sound_xml_and_other_versions_pass() {
    let upstream = Upstream::listen().unwrap();
    let (_folder, philae, mut listener) = below(&upstream, &[]);
    let mut link = upstream.accept(&start()).unwrap();
    link.deliver(&of_1_1("1")).unwrap();
    link.deliver(&invalid("1")).unwrap();
    assert_eq!(listener.take(2).unwrap(), [of_1_1("1"), invalid("1")]);
    assert!(refused(philae.receive().unwrap(), &of_1_1("2")).contains("VOEvent 1.1"));
}

#[test]
fn an_upstream_that_is_asked_for_more_is_acked_and_what_is_not_valid_goes_no_further() {
    let upstream = Upstream::listen().unwrap();
    let (_folder, mut philae, mut listener) = below(&upstream, &["--subscribe-check", "schema"]);
    let mut link = upstream.accept(&start()).unwrap();
    for packet in [invalid("1"), of_1_1("1"), fixtures::GRB.to_vec()] {
        link.deliver(&packet).unwrap();
    }
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
    philae.wait_for_lines("event from upstream rejected", 2, PATIENCE).unwrap();
}

/// A packet with a title outside ASCII that declares this encoding.
fn declared(encoding: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='{encoding}'?>\n<!-- caf\u{e9} --><v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' \
         version='2.0' role='test' ivorn='ivo://philae.test/encodings#{encoding}'><Who><Author><title>\u{e9}toiles</title>\
         </Author></Who></v:VOEvent>\n"
    )
}

#[test]
fn other_encodings_are_taken_and_delivered_byte_for_byte() {
    let (_folder, philae) = broker(&[]);
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let marked = |text: &str| [0xfeff].into_iter().chain(text.encode_utf16()).collect::<Vec<u16>>();
    let packets: [Vec<u8>; 4] = [
        marked(&declared("UTF-16")).into_iter().flat_map(u16::to_le_bytes).collect(),
        declared("UTF-16BE").encode_utf16().flat_map(u16::to_be_bytes).collect(),
        declared("ISO-8859-1").chars().map(|c| u8::try_from(c).unwrap()).collect(),
        format!("\u{feff}{}", declared("UTF-8")).into_bytes(),
    ];
    for packet in &packets {
        assert_eq!(noted(philae.receive().unwrap(), packet), None);
    }
    assert_eq!(listener.take(4).unwrap(), packets);
    let again = noted(philae.receive().unwrap(), &packets[0]).unwrap();
    assert!(again.starts_with("Duplicate"), "{again}");
}

#[test]
fn an_encoding_that_is_not_true_or_not_known_is_refused_with_the_remedy() {
    let (_folder, philae) = broker(&[]);
    let cases: [(Vec<u8>, &str); 3] = [
        (
            declared("UTF-8").encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "the declared encoding is 'UTF-8', the bytes are UTF-16LE",
        ),
        (declared("UTF-16").into_bytes(), "the declared encoding is 'UTF-16', the bytes are UTF-8"),
        (
            [declared("windows-1252").as_bytes(), b"<!-- \x80 -->"].concat(),
            "the encoding 'windows-1252' is not supported; write it in UTF-8",
        ),
    ];
    for (packet, wanted) in cases {
        let reason = refused(philae.receive().unwrap(), &packet);
        assert!(reason.starts_with("Event rejected: ") && reason.contains(wanted), "{reason}");
    }
}
