//! What the log of `philae run` is to a program that reads it.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Map, Value};
use system_tests::client::{packet, submit_acked};
use system_tests::tool::Tool;
use system_tests::tool::philae;

/// What each line that concerns an event says.
const OF_EVENTS: [&str; 6] = [
    "event accepted",
    "duplicate",
    "event rejected",
    "handler",
    "the event goes into quarantine",
    "another packet was accepted under this IVOID before",
];

fn object(line: &str) -> Map<String, Value> {
    serde_json::from_str(line).unwrap()
}

#[test]
fn each_line_of_a_json_log_is_an_object_and_each_of_an_event_has_its_ivoid() {
    let folder = tempfile::tempdir().unwrap();
    let (data, program) = (folder.path().join("data"), folder.path().join("program"));
    fs::write(&program, "#!/bin/sh\ncat > /dev/null; echo seen; exit 3\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let (data, program) = (data.display().to_string(), program.display().to_string());
    let flags =
        ["run", "--local-ivo", "ivo://philae.test/broker", "--receive", "127.0.0.1:0", "--no-admin", "-v"];
    let more = ["--data-dir", &data, "--cmd", &program, "--log-format", "json"];
    let tool = Tool::start(&[&flags[..], &more[..]].concat()).unwrap();
    tool.wait_for_text("\"message\":\"listening\"").unwrap();
    let listening = object(tool.err().lines().find(|line| line.contains("listening")).unwrap());
    let receive: SocketAddr = listening["endpoint"].as_str().unwrap().parse().unwrap();
    for event in [packet(1, 0), packet(1, 0), packet(1, 100)] {
        submit_acked(receive, &event).unwrap();
    }
    let nameless = b"<VOEvent ivorn='ivo://philae.test/stream'/>";
    assert!(submit_acked(receive, nameless).is_err());
    for text in &OF_EVENTS[..5] {
        tool.wait_for_text(&format!("\"message\":\"{text}\"")).unwrap();
    }
    tool.signal("TERM").unwrap();
    let left = tool.finish().unwrap();
    assert_eq!(left.code, Some(0));
    let lines: Vec<Map<String, Value>> = left.err().lines().map(object).collect();
    for text in OF_EVENTS {
        let said: Vec<_> = lines.iter().filter(|line| line["message"] == text).collect();
        assert!(!said.is_empty(), "no line says {text:?}");
        for line in said {
            let wanted = if text == "event rejected" { "stream" } else { "load#1" };
            assert_eq!(line["ivoid"], format!("ivo://philae.test/{wanted}"), "{line:?}");
        }
    }
    assert!(lines.iter().all(|line| line.contains_key("timestamp") && line.contains_key("level")));
}

#[test]
fn a_format_that_there_is_not_is_a_fault_of_the_configuration() {
    let left = philae(&["run", "--receive", "127.0.0.1:0", "--log-format", "xml"]).unwrap();
    assert_eq!(left.code, Some(78));
    assert!(
        left.err().contains("--log-format: 'xml' is no format of the log; write text or json"),
        "{}",
        left.err()
    );
}
