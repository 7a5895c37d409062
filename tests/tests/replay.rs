//! Replaying events of a log: out, to a broker, and to a handler.

#![cfg(test)]

use std::path::Path;

use system_tests::archives::log;
use system_tests::client::{Listener, PATIENCE, packet};
use system_tests::handler_site::HandlerSite;
use system_tests::site::Site;
use system_tests::tool::{Left, Tool, philae};
use system_tests::{corpus, fixtures};
use vtp::Packet;

fn replay(data: &Path, arguments: &[&str]) -> Left {
    philae(&[&["replay", "--data-dir", data.to_str().unwrap()], arguments].concat()).unwrap()
}

/// Real packets, and the project's own.
fn packets() -> Vec<Vec<u8>> {
    let mut packets: Vec<_> = fixtures::ALL.map(<[u8]>::to_vec).into();
    if let Some(corpus) = corpus::folder() {
        let folder = tempfile::tempdir().unwrap();
        let month = corpus::unpack_month(&corpus, folder.path()).unwrap();
        packets.extend(month.into_iter().step_by(500));
    }
    packets
}

/// A broker that stopped, with packets in its log.
fn filled(packets: &[Vec<u8>]) -> Site {
    let mut site = Site::start(&["--receive-check", "flag"]).unwrap();
    site.submit(packets).unwrap();
    site.end_by("TERM").unwrap();
    site
}

/// A packet without what a replay adds.
fn unmarked(packet: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(packet).unwrap();
    let start = text.find("<!-- philae: replay of ").unwrap();
    let end = start + text[start..].find("-->").unwrap() + "-->".len();
    [&text[..start], &text[end..]].concat().into_bytes()
}

#[test]
fn what_goes_out_as_it_is_is_what_came_in() {
    let packets = packets();
    let site = filled(&packets);
    let left = replay(site.folder(), &["--into", "stdout", "--as-is"]);
    let expected: Vec<u8> = packets.iter().flat_map(|packet| [packet, b"\n".as_slice()].concat()).collect();
    assert!(left.code == Some(0) && left.stdout == expected, "{}", left.err());
    assert_eq!(left.err(), format!("{} played, 0 duplicates, 0 not taken\n", packets.len()));
    let left = replay(site.folder(), &["--into", "stdout", "--as-is", "--from", "2", "--to", "3"]);
    assert_eq!(left.stdout, [&packets[1][..], b"\n", &packets[2], b"\n"].concat());
    let wanted =
        ["--filter", "//Param[@name='Trigger_ID'] | //Table", "--into", "stdout", "--as-is", "--to", "6"];
    let left = replay(site.folder(), &wanted);
    let matching = [fixtures::GRB, fixtures::NEUTRINO].map(|packet| [packet, b"\n"].concat()).concat();
    assert_eq!(String::from_utf8_lossy(&left.stdout), String::from_utf8_lossy(&matching));
}

#[test]
fn a_broker_takes_a_replay_for_a_test_each_time_and_for_a_duplicate_as_it_is() {
    let packets = packets();
    let from = filled(&packets);
    let mut to = Site::start(&["--receive-check", "flag"]).unwrap();
    let mut listener = Listener::start(to.broadcast()).unwrap();
    let receive = to.philae().unwrap().receive().unwrap();
    let into = format!("vtp:{receive}");
    let count = packets.len();
    for _ in 0..2 {
        let left = replay(from.folder(), &["--into", &into]);
        let words = format!("{count} played, 0 duplicates, 0 not taken\n");
        assert_eq!((left.code, left.err()), (Some(0), words));
        for (seq, packet) in (1..).zip(&packets) {
            let played = Packet::parse(listener.next(PATIENCE).unwrap().unwrap()).unwrap();
            let event = Packet::parse(packet.clone().into()).unwrap();
            assert_eq!((played.role(), played.ivorn()), ("test", event.ivorn()));
            let comment = format!("<!-- philae: replay of {seq}, received 20");
            assert!(played.text().contains(&comment), "{}", played.text());
            if event.text().contains("role=\"test\"") && !event.text().ends_with("/>") {
                assert_eq!(unmarked(played.raw()), *packet);
            }
        }
    }
    for (played, duplicates) in [(count, 0), (0, count)] {
        let left = replay(from.folder(), &["--into", &into, "--as-is"]);
        let words = format!("{played} played, {duplicates} duplicates, 0 not taken\n");
        assert_eq!((left.code, left.err()), (Some(0), words));
    }
    assert_eq!(listener.take(count).unwrap(), packets);
}

#[test]
fn what_a_broker_does_not_take_is_told_and_a_broker_that_is_away_ends_it() {
    let odd = b"<VOEvent ivorn='ivo://philae.test/odd#1'><Odd/></VOEvent>".to_vec();
    let from = filled(&[packet(1, 0), odd, packet(2, 0)]);
    let mut to = Site::start(&[]).unwrap();
    let into = format!("vtp:{}", to.philae().unwrap().receive().unwrap());
    let left = replay(from.folder(), &["--into", &into]);
    assert_eq!(left.code, Some(1));
    let told = left.err();
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("2 ivo://philae.test/odd#1: nak: Event rejected: not valid"), "{told}");
    assert_eq!(lines[1..], ["2 played, 0 duplicates, 1 not taken"]);
    to.end_by("TERM").unwrap();
    let left = replay(from.folder(), &["--into", &into]);
    assert_eq!(left.code, Some(69));
    assert!(left.err().contains("cannot reach 127.0.0.1:"), "{}", left.err());
    assert!(left.err().contains("broken off before the first: 0 played"), "{}", left.err());
}

#[test]
fn a_replay_keeps_to_its_rate_and_stops_between_two_events() {
    let from = filled(&(0..50).map(|number| packet(number, 0)).collect::<Vec<_>>());
    let data = from.folder().to_str().unwrap();
    let arguments = ["replay", "--data-dir", data, "--into", "stdout", "--as-is", "--rate", "5/s"];
    let tool = Tool::start(&arguments).unwrap();
    tool.wait_for_text("load#3").unwrap();
    tool.signal("INT").unwrap();
    let left = tool.finish().unwrap();
    let played = left.out().matches("</voe:VOEvent>").count();
    assert!((4..50).contains(&played), "{played}");
    let words = format!("stopped after {played}; go on with --from {}: {played} played", played + 1);
    assert!(left.code == Some(1) && left.err().starts_with(&words), "{}", left.err());
}

const TALLY: &str = "streams = ['ivo://philae.test/load']\n\
                     [config]\nstream = 'ivo://philae.test/of-tally'\n[grants]\npublish = true\n";

#[test]
fn a_handler_is_called_again_and_keeps_its_state_and_alerts_nobody() {
    let site = HandlerSite::start(&[("tally", TALLY), ("hello", "")]).unwrap();
    let data = site.handlers().parent().unwrap().join("data");
    site.submit(1..=3).unwrap();
    let all =
        |known: &serde_json::Value| known["counts"]["handled"] == 3 && known["counts"]["published"] == 3;
    site.wait_for("tally", "three events", all).unwrap();
    site.wait_for("hello", "all events", |known| known["counts"]["handled"] == 6).unwrap();
    let before = log(&data).unwrap().len();
    let left = replay(&data, &["--into", "handler:tally"]);
    let words = "3 handled, 3 not wanted, 0 failed, 3 packets of its dropped\n";
    assert_eq!((left.code, left.err().as_str()), (Some(0), words));
    assert_eq!(log(&data).unwrap().len(), before, "a replay alerts nobody");
    let standing = site.standing("tally").unwrap();
    assert_eq!((&standing["counts"]["calls"], &standing["counts"]["place"]), (&6.into(), &6.into()));
    // What the replays counted, the next event goes on from.
    site.submit([4]).unwrap();
    site.wait_for("tally", "the next event", |known| known["counts"]["published"] == 4).unwrap();
    let (_, published) = log(&data).unwrap().pop().unwrap();
    let published = String::from_utf8(published).unwrap();
    assert!(published.contains("<Param name=\"Count\" value=\"7\""), "{published}");
    let said = site.handler(&["logs", "hello"]).unwrap().out();
    assert_eq!(said.matches("ivo://philae.test/load#1 ").count(), 1, "{said}");
}

#[test]
fn a_handler_that_is_paused_or_unknown_is_not_called_and_a_failure_is_told_and_gone_on_from() {
    let site = HandlerSite::start(&[("hello", ""), ("print-field", "[retry]\nattempts = 1\n")]).unwrap();
    let data = site.handlers().parent().unwrap().join("data");
    site.submit(1..=2).unwrap();
    site.wait_for("print-field", "both in quarantine", |known| known["counts"]["quarantined"] == 2).unwrap();
    let left = replay(&data, &["--into", "handler:print-field"]);
    assert_eq!(left.code, Some(1));
    for words in ["1 ivo://philae.test/load#1: ", "2 ivo://philae.test/load#2: ", "TrigID"] {
        assert!(left.err().contains(words), "{words}: {}", left.err());
    }
    assert!(
        left.err().ends_with("0 handled, 0 not wanted, 2 failed, 0 packets of its dropped\n"),
        "{}",
        left.err()
    );
    let standing = site.standing("print-field").unwrap();
    assert_eq!(standing["counts"]["quarantined"], 2, "a replay that fails is not put in quarantine");
    site.handler(&["pause", "hello"]).unwrap();
    for (name, words) in [
        ("hello", "the handler 'hello' is paused; philae handler resume hello"),
        ("nobody", "there is no handler 'nobody'; there are: hello, print-field"),
    ] {
        let left = replay(&data, &["--into", &format!("handler:{name}")]);
        assert!(left.code == Some(1) && left.err().contains(words), "{}", left.err());
    }
    site.handler(&["resume", "hello"]).unwrap();
    let left = replay(&data, &["--into", "handler:hello", "--last", "1"]);
    assert_eq!(left.err(), "1 handled, 0 not wanted, 0 failed, 0 packets of its dropped\n");
}

#[test]
fn what_cannot_be_replayed_is_said_with_the_remedy() {
    let site = filled(&[packet(1, 0)]);
    let cases: [(&[&str], i32, &str); 6] = [
        (&["--into", "handler:hello"], 69, "no broker runs on '"),
        (&["--into", "nowhere"], 2, "write handler:NAME, vtp:HOST:PORT or stdout"),
        (&["--into", "stdout", "--rate", "fast"], 2, "write one such as 10/s"),
        (&["--into", "stdout", "--filter", "//["], 2, "the expression of --filter is refused"),
        (&["--into", "handler:hello", "--as-is"], 2, "leave --as-is away"),
        (&["--into", "stdout", "--from", "9"], 1, "there are no such events in the log"),
    ];
    for (arguments, code, words) in cases {
        let left = replay(site.folder(), arguments);
        assert!(left.code == Some(code) && left.err().contains(words), "{arguments:?}: {}", left.err());
    }
}
