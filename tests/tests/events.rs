//! What `philae events` and `philae show` find and tell: of a broker that runs, of a store at rest, with the index and without.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use system_tests::client;
use system_tests::fixtures::{
    GRAVITATIONAL_WAVE, GRB as GRB_PACKET, MINIMAL, NEUTRINO as NEUTRINO_PACKET,
    RETRACTION as RETRACTION_PACKET,
};
use system_tests::site::Site;
use system_tests::tool::{Left, philae};
use system_tests::wait::wait_until;

/// Far more than it takes, for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

const GRB: &str = "ivo://philae.test/wide-field-monitor#grb-260114-0731";
const WAVE: &str = "ivo://philae.test/interferometers#T260302ab-1-Preliminary";
const RETRACTION: &str = "ivo://philae.test/interferometers#T260302ab-2-Retraction";
const NEUTRINO: &str = "ivo://philae.test/ice-telescope#track_140221_77.r0";

/// A broker that keeps a burst, a wave, its retraction, a neutrino and a packet that says nothing, in this order.
fn site() -> Site {
    let site = Site::start(&[]).unwrap();
    let packets = [GRB_PACKET, GRAVITATIONAL_WAVE, RETRACTION_PACKET, NEUTRINO_PACKET, MINIMAL];
    site.submit(&packets.map(<[u8]>::to_vec)).unwrap();
    site
}

fn asked(command: &str, data: &Path, arguments: &[&str]) -> Left {
    let data = data.display().to_string();
    philae(&[&[command, "--data-dir", &data], arguments].concat()).unwrap()
}

/// The numbers in the log of what is found.
fn found(data: &Path, arguments: &[&str]) -> Vec<u64> {
    let left = asked("events", data, &[&["--json"], arguments].concat());
    let expected = if left.stdout.is_empty() { 1 } else { 0 };
    assert_eq!((left.code, left.err().as_str()), (Some(expected), ""), "{arguments:?}");
    let lines = left.out();
    lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap().pointer("/seq").unwrap().as_u64().unwrap())
        .collect()
}

/// Each question, and the events that answer it.
const QUESTIONS: [(&[&str], &[u64]); 22] = [
    (&[], &[1, 2, 3, 4, 5]),
    (&["--last", "2"], &[4, 5]),
    (&["--from", "2", "--to", "4"], &[2, 3, 4]),
    (&["--from", "1h"], &[1, 2, 3, 4, 5]),
    (&["--to", "1h"], &[]),
    (&["--ivoid", GRB], &[1]),
    (&["--ivoid", "*T260302ab-*"], &[2, 3]),
    (&["--stream", "ivo://philae.test/interferometers"], &[2, 3]),
    (&["--stream", "ivo://philae.test/ice", "--stream", "ivo://philae.test/least"], &[4, 5]),
    (&["--role", "observation"], &[1, 4]),
    (&["--role", "observation", "--last", "1"], &[4]),
    (&["--author", "interferometer"], &[2, 3]),
    (&["--cites", WAVE], &[3]),
    (&["--relation", "followup"], &[3]),
    (&["--relation", "supersedes"], &[]),
    (&["--cone", "211.8,-36.27,0.01"], &[1]),
    (&["--cone", "05:09:26,+05:41:35,5arcmin"], &[4]),
    (&["--cone", "0,-90,180", "--role", "observation"], &[1, 4]),
    (&["--time", "authored", "--from", "2026-03-02", "--to", "2026-03-02T05:00:00Z"], &[2]),
    (&["--text", "STOP ALL follow"], &[3]),
    (&["--text", "philae.test", "--last", "2"], &[4, 5]),
    (&["--filter", "//Param[@name='Serial']", "--stream", "ivo://philae.test/"], &[2]),
];

#[test]
fn every_question_has_the_same_answer_live_at_rest_with_an_index_and_without() {
    let mut site = site();
    wait_until(PATIENCE, "the index to reach the log", || {
        found(site.folder(), &["--ivoid", "*"]).len() == 5 && site.folder().join("index").exists()
    })
    .unwrap();
    let answer = |site: &Site| {
        for (question, expected) in QUESTIONS {
            assert_eq!(found(site.folder(), question), expected, "{question:?}");
        }
    };
    answer(&site);
    site.end_by("TERM").unwrap();
    answer(&site);
    std::fs::remove_dir_all(site.folder().join("index")).unwrap();
    answer(&site);
    std::fs::create_dir(site.folder().join("index")).unwrap();
    std::fs::write(site.folder().join("index/events.sqlite"), "damaged").unwrap();
    answer(&site);
    site.start_again().unwrap();
    answer(&site);
}

#[test]
fn what_has_just_come_is_found_at_once() {
    let site = site();
    for number in 0..20_u64 {
        site.submit(&[client::packet(usize::try_from(number).unwrap(), 0)]).unwrap();
        let ivoid = format!("ivo://philae.test/load#{number}");
        assert_eq!(found(site.folder(), &["--ivoid", &ivoid]), [number + 6]);
    }
}

#[test]
fn a_line_tells_number_time_role_position_and_identifier() {
    let left = asked("events", site().folder(), &["--last", "5"]);
    let out = left.out();
    let lines: Vec<Vec<_>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][2..], ["observation", "211.8034", "-36.2719", "±0.0500", GRB], "{out}");
    assert_eq!((lines[3][0], lines[3][2], lines[3].last()), ("4", "observation", Some(&NEUTRINO)), "{out}");
    let counted = asked("events", site().folder(), &["--count", "--role", "test"]);
    assert_eq!((counted.code, counted.out().as_str()), (Some(0), "3\n"));
}

#[test]
fn what_cannot_be_asked_is_a_usage_error_that_names_it() {
    let site = site();
    for (arguments, words) in [
        (["--cone", "10,20,-1"], "the radius -1 is out of bounds; write 0 to 180 degrees"),
        (["--cone", "10,20"], "it has 2 parts; write RA,DEC,RADIUS"),
        (["--from", "yesterday"], "it is no time and no number in the log"),
        (["--role", "alarm"], "'alarm' is no role"),
        (["--filter", "//Param["], "the expression of --filter is refused"),
    ] {
        let left = asked("events", site.folder(), &arguments);
        assert_eq!(left.code, Some(2), "{arguments:?}");
        assert!(left.err().contains(words), "{arguments:?}: {}", left.err());
    }
}

#[test]
fn an_event_is_shown_with_its_tree_and_what_handlers_made_of_it() {
    let site = site();
    let left = asked("show", site.folder(), &[WAVE]);
    let shown = left.out();
    assert_eq!(left.code, Some(0), "{}", left.err());
    for words in [
        "#2  ivo://philae.test/interferometers#T260302ab-1-Preliminary\n",
        "  authored   2026-03-02T04:11:50Z\n",
        "  author     Interferometer Control Room\n",
        "  False_Alarm_Rate         4.2e-09 Hz\n",
        "  [Classification]\n",
        "\ncitations\n",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let tree: Vec<_> = shown.lines().skip_while(|line| *line != "citations").skip(1).take(2).collect();
    assert_eq!(tree[0], format!("  {WAVE}  #2 (this one)"), "{shown}");
    assert_eq!(tree[1], format!("  └─ retraction {RETRACTION}  #3"), "{shown}");
}

#[test]
fn that_there_is_no_such_event_is_said_unless_a_program_asks() {
    let site = site();
    let none = ["--ivoid", "ivo://nobody/*"];
    let said = |more: &[&str]| {
        let left = asked("events", site.folder(), &[&none, more].concat());
        (left.code, left.out(), left.err())
    };
    let words = "philae: there are no such events in the log\n".to_owned();
    assert_eq!(said(&[]), (Some(1), String::new(), words));
    assert_eq!(said(&["--json"]), (Some(1), String::new(), String::new()));
    assert_eq!(said(&["--count"]), (Some(1), "0\n".to_owned(), String::new()));
}

#[test]
fn a_selection_in_which_nothing_can_lie_is_told_why() {
    let site = site();
    let said = |words: &[&str]| {
        let left = asked("events", site.folder(), words);
        (left.code, left.err())
    };
    let (code, words) = said(&["--from", "2026"]);
    assert!(code == Some(1) && words.contains("--from 2026 is a number in the log"), "{words}");
    for turned in [["--from", "3", "--to", "2"], ["--from", "2026-04-07", "--to", "2026-04-06"]] {
        let (code, words) = said(&turned);
        assert!(code == Some(2) && words.contains("give the earlier one first"), "{words}");
    }
}

#[test]
fn the_raw_packet_is_the_packet() {
    let mut site = site();
    let packet = RETRACTION_PACKET;
    assert_eq!(asked("show", site.folder(), &["3", "--raw"]).stdout, packet);
    site.end_by("TERM").unwrap();
    assert_eq!(asked("show", site.folder(), &[RETRACTION, "--raw"]).stdout, packet);
    let left = asked("show", site.folder(), &["99"]);
    assert_eq!(
        (left.code, left.err().as_str()),
        (Some(1), "philae: there is no event '99' in the log; see philae events\n")
    );
}

#[test]
fn what_a_handler_logged_about_an_event_is_shown_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let module = system_tests::guests::module("hello").unwrap();
    std::fs::copy(module, folder.path().join("hello.wasm")).unwrap();
    let site = Site::start(&["--handlers", folder.path().to_str().unwrap()]).unwrap();
    site.submit(&[GRB_PACKET.to_vec()]).unwrap();
    wait_until(PATIENCE, "the handler to have passed it", || {
        let left = asked("show", site.folder(), &["1", "--json"]);
        let shown: Value = serde_json::from_str(&left.out()).unwrap();
        let handler = &shown["handlers"][0];
        handler["handler"] == "hello" && handler["state"] == "passed" && handler["lines"][0].is_string()
    })
    .unwrap();
}

#[test]
fn hostile_text_does_nothing_to_a_terminal() {
    let site = Site::start(&[]).unwrap();
    let packet = "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' \
                  ivorn='ivo://philae.test/x#1'><Who><Author><title>a\u{202e}&#x9;b\u{9b}2J</title></Author></Who>\
                  <What><Param name='n&#x9;\u{9b}' value='\u{9b}2J\u{202e}&#10;v'/></What></v:VOEvent>";
    site.submit(&[packet.as_bytes().to_vec()]).unwrap();
    for (command, arguments) in [("events", ["--last", "1"].as_slice()), ("show", &["1"])] {
        let out = asked(command, site.folder(), arguments).out();
        assert!(!out.is_empty() && !out.contains(['\u{9b}', '\u{202e}', '\u{1b}', '\t']), "{out:?}");
    }
}

#[test]
fn an_index_is_made_anew_live_and_at_rest() {
    let mut site = site();
    let covers_all = |site: &Site| asked("index", site.folder(), &["show"]).out().contains("; 0 of them");
    wait_until(PATIENCE, "the index to reach the log", || covers_all(&site)).unwrap();
    let file = site.folder().join("index/events.sqlite");
    let left = asked("index", site.folder(), &["rebuild"]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    wait_until(PATIENCE, "the index to reach the log again", || covers_all(&site)).unwrap();
    assert_eq!(found(site.folder(), &["--ivoid", "*"]).len(), 5);
    site.end_by("TERM").unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(!covers_all(&site));
    let left = asked("index", site.folder(), &["rebuild"]);
    assert_eq!(
        (left.code, left.out().as_str()),
        (Some(0), "the index is made anew, up to #5\n"),
        "{}",
        left.err()
    );
    assert!(covers_all(&site));
}

#[test]
fn an_index_of_another_copy_of_the_log_is_not_believed() {
    let mut site = site();
    let covers_all = |site: &Site| asked("index", site.folder(), &["show"]).out().contains("; 0 of them");
    wait_until(PATIENCE, "the index to reach the log", || covers_all(&site)).unwrap();
    site.end_by("TERM").unwrap();
    let (copy, index) = (tempfile::tempdir().unwrap(), site.folder().join("index"));
    let copied = |from: &Path, to: &Path| {
        let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
        assert!(status.unwrap().success());
    };
    copied(&site.folder().join("db"), copy.path());
    site.start_again().unwrap();
    site.submit(&[client::packet(1, 0), client::packet(2, 0)]).unwrap();
    wait_until(PATIENCE, "the index to reach the log", || covers_all(&site)).unwrap();
    site.end_by("TERM").unwrap();
    assert!(index.exists());
    std::fs::remove_dir_all(site.folder().join("db")).unwrap();
    copied(&copy.path().join("db"), site.folder());
    let ivoids = ["ivo://philae.test/load#1", "ivo://philae.test/load#2"];
    assert!(ivoids.iter().all(|ivoid| found(site.folder(), &["--ivoid", ivoid]).is_empty()));
    site.start_again().unwrap();
    site.submit(&[client::packet(3, 0)]).unwrap();
    assert_eq!(found(site.folder(), &["--stream", "ivo://philae.test/load"]).len(), 1);
}

#[test]
fn a_mesh_of_citations_is_told_within_bounds() {
    let site = Site::start(&[]).unwrap();
    let count = 80;
    let all: String = (0..count)
        .map(|of| format!("<EventIVORN cite='followup'>ivo://philae.test/mesh#{of}</EventIVORN>"))
        .collect();
    let packet = |number: usize| {
        format!(
            "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='test' \
             ivorn='ivo://philae.test/mesh#{number}'><Citations>{all}</Citations></v:VOEvent>"
        )
    };
    site.submit(&(0..count).map(|number| packet(number).into_bytes()).collect::<Vec<_>>()).unwrap();
    let left = asked("show", site.folder(), &["40"]);
    assert_eq!(left.code, Some(0), "{}", left.err());
    let lines = left.out().lines().filter(|line| line.contains("mesh#")).count();
    assert!((count..700).contains(&lines), "{lines}");
    for words in ["(this one)", "(told before)", "(and others, which are left out"] {
        assert!(left.out().contains(words), "{words}");
    }
}
