//! `philae filter`, and filters on other command lines: output and exit codes.

use system_tests::client::{PATIENCE, packet, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::tool::{Tool, philae};
use system_tests::upstream::Upstream;

/// The path of a packet written for these tests.
fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}.xml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn filter_tells_of_each_file_whether_it_matches_and_why() {
    let (grb, neutrino) = (fixture("grb"), fixture("neutrino"));
    let left = philae(&["filter", "//Param[@name='Trigger_ID' and @value > 700]", &grb, &neutrino]).unwrap();
    let out = left.out();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((left.code, lines.len()), (Some(0), 2), "{out}");
    assert!(lines[0].starts_with(&format!("{grb}: match ")), "{out}");
    assert!(lines[0].contains(" us ") && lines[0].contains("1 node: <Param name=\"Trigger_ID\""), "{out}");
    assert!(
        lines[1].starts_with(&format!("{neutrino}: no match ")) && lines[1].ends_with("no node"),
        "{out}"
    );
}

#[test]
fn filter_exits_with_one_if_nothing_matches() {
    let left = philae(&["filter", "//Nothing", &fixture("grb")]).unwrap();
    assert_eq!(left.code, Some(1), "{}", left.out());
}

#[test]
fn filter_says_where_an_expression_breaks() {
    let left = philae(&["filter", "//Who[", &fixture("grb")]).unwrap();
    assert_eq!((left.code, left.out()), (Some(2), String::new()));
    assert!(left.err().contains("at character 7: expected"), "{}", left.err());
}

#[test]
fn filter_prints_an_object_a_file_for_scripts() {
    let left = philae(&["filter", "--json", "@role", &fixture("grb"), "missing.xml"]).unwrap();
    let objects: Vec<serde_json::Value> =
        left.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((left.code, objects.len()), (Some(0), 2));
    assert_eq!((&objects[0]["match"], &objects[0]["error"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(objects[0]["value"], "1 node: @role=\"observation\"");
    assert_eq!(
        (&objects[1]["file"], &objects[1]["match"]),
        (&"missing.xml".into(), &serde_json::Value::Null)
    );
    assert!(objects[1]["error"].as_str().unwrap().contains("cannot read it"));
}

#[test]
fn filter_reads_standard_input() {
    let left = Tool::with_input(&["filter", "//Table", "-"], fixtures::NEUTRINO).unwrap().finish().unwrap();
    assert_eq!(left.code, Some(0));
    assert!(left.out().starts_with("standard input: match"), "{}", left.out());
}

#[test]
fn tap_shows_only_what_its_filters_match() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Philae::start_in(folder.path(), &[]).unwrap();
    let address = broker.broadcast().unwrap().to_string();
    let tool = Tool::start(&["tap", &address, "--xml", "-n", "1", "--filter", "//Table"]).unwrap();
    broker.wait_for_lines("the subscriber has set its filters", 1, PATIENCE).unwrap();
    for event in fixtures::ALL {
        submit_acked(broker.receive().unwrap(), event).unwrap();
    }
    assert_eq!(tool.finish().unwrap().stdout, [fixtures::NEUTRINO, b"\n"].concat());
}

#[test]
fn tap_holds_its_filters_against_a_broker_that_does_not_heed_them() {
    let upstream = Upstream::listen().unwrap();
    let address = upstream.address().unwrap().to_string();
    let tool = Tool::start(&["tap", &address, "--xml", "-n", "1", "--filter", "//Table"]).unwrap();
    let mut link = upstream.accept(&vtp::Cursor::new("LOG", 0).unwrap()).unwrap();
    link.deliver(&packet(1, 0)).unwrap();
    link.deliver(fixtures::NEUTRINO).unwrap();
    assert_eq!(tool.finish().unwrap().stdout, [fixtures::NEUTRINO, b"\n"].concat());
}

#[test]
fn a_filter_that_is_none_is_refused_before_anything_is_asked_of_a_broker() {
    let left = philae(&["tap", "--filter", "//Who[", "127.0.0.1:1"]).unwrap();
    assert_eq!(left.code, Some(2));
    assert!(left.err().contains("the filter '//Who[' is refused: at character 7"), "{}", left.err());
    let left = philae(&["run", "--filter", "x:Who", "--subscribe", "127.0.0.1:1"]).unwrap();
    assert_eq!(left.code, Some(78));
    assert!(left.err().contains("--filter: 'x:Who' is no filter: at character 1"), "{}", left.err());
}
