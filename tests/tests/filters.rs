//! Subscribers' filters, through the whole broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::time::Duration;

use system_tests::client::{Listener, PATIENCE, Wire, framed, packet, submit_acked};
use system_tests::fixtures::{self, GRB, NEUTRINO, RETRACTION};
use system_tests::peers::{Comet, CometOptions, sendvo};
use system_tests::philae::Philae;

const SET: &str = "the subscriber has set its filters";

/// A broker and a subscriber whose filters hold.
fn filtered(folder: &std::path::Path, filters: &[&str]) -> (Philae, Listener) {
    let mut philae = Philae::start_in(folder, &[]).unwrap();
    let listener = Listener::filtering(philae.broadcast().unwrap(), filters).unwrap();
    philae.wait_for_lines(SET, 1, PATIENCE).unwrap();
    (philae, listener)
}

fn submit_all(philae: &Philae) {
    for packet in fixtures::ALL {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
}

#[test]
fn what_one_of_the_filters_matches_is_sent_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let filters = ["//Param[@name='Trigger_ID' and @value > 700]", "//EventIVORN[@cite='retraction']"];
    let (philae, mut listener) = filtered(folder.path(), &filters);
    submit_all(&philae);
    assert_eq!(listener.take(2).unwrap(), [GRB, RETRACTION]);
    assert!(listener.is_quiet_for(Duration::from_millis(200)).unwrap());
}

#[test]
fn a_bad_filter_is_named_with_its_place_and_the_others_hold() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "//Who[Author/shortName='WFM'";
    let (philae, mut listener) = filtered(folder.path(), &["//Table", bad, "v:Who", "nothing()"]);
    let refusal = listener.wait_for_refusal().unwrap();
    for words in ["filter '//Who[Author/shortName='WFM'' refused: at character 29", "local-name()", "nothing"]
    {
        assert!(refusal.contains(words), "{words}: {refusal}");
    }
    assert!(refusal.ends_with("the other filter is applied"), "{refusal}");
    submit_all(&philae);
    assert_eq!(listener.take(1).unwrap(), [NEUTRINO]);
    assert!(listener.is_quiet_for(Duration::from_millis(200)).unwrap());
}

#[test]
fn without_a_sound_filter_everything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (philae, mut listener) = filtered(folder.path(), &["//Who["]);
    assert!(listener.wait_for_refusal().unwrap().ends_with("every event is sent"));
    submit_all(&philae);
    assert_eq!(listener.take(fixtures::ALL.len()).unwrap(), fixtures::ALL);
}

#[test]
fn filters_are_replaced_and_lifted_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let (mut philae, mut listener) = filtered(folder.path(), &["//Table"]);
    listener.set_filters(&["//Citations"]).unwrap();
    philae.wait_for_lines(SET, 2, PATIENCE).unwrap();
    submit_all(&philae);
    assert_eq!(listener.take(1).unwrap(), [RETRACTION]);
    listener.set_filters(&[]).unwrap();
    philae.wait_for_lines("the subscriber has lifted its filters", 1, PATIENCE).unwrap();
    submit_acked(philae.receive().unwrap(), &packet(1, 0)).unwrap();
    assert_eq!(listener.take(1).unwrap(), [packet(1, 0)]);
}

#[test]
fn the_form_of_before_comet_1_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let mut wire = Wire::connect(philae.broadcast().unwrap()).unwrap();
    wire.next_frame().unwrap();
    let message =
        "<Transport role='authenticate'><Meta><filter type='xpath'>//Table</filter></Meta></Transport>";
    wire.send(&framed(message.as_bytes())).unwrap();
    philae.wait_for_lines(SET, 1, PATIENCE).unwrap();
    submit_all(&philae);
    assert_eq!(wire.next_frame().unwrap().unwrap(), NEUTRINO);
}

#[test]
fn a_returning_subscriber_gets_what_it_missed_and_wants_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let mut first = Listener::start(philae.broadcast().unwrap()).unwrap();
    first.wait_for_cursor().unwrap();
    let place = first.cursor().cloned();
    drop(first);
    let packets: Vec<Vec<u8>> = (0..300).map(|number| packet(number, 0)).collect();
    packets.iter().for_each(|packet| drop(submit_acked(philae.receive().unwrap(), packet).unwrap()));
    // After a start nothing is in memory.
    philae.stop().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let filter = "substring-after(@ivorn, '#') mod 50 = 7";
    let mut second = Listener::begin(philae.broadcast().unwrap(), place, &[filter]).unwrap();
    assert_eq!(second.take(6).unwrap(), [7, 57, 107, 157, 207, 257].map(|number| packet(number, 0)));
    assert!(second.is_quiet_for(Duration::from_millis(200)).unwrap());
}

#[test]
fn the_same_filters_pass_the_same_events_as_in_comet() {
    let folder = tempfile::tempdir().unwrap();
    let filters =
        ["//Param[@name='Rate_Significance' and @value > 1e1]", "contains(//Who/Description, 'no such')"];
    let (philae, mut ours) = filtered(folder.path(), &filters);
    let comet = Comet::start(CometOptions::default()).unwrap();
    let broadcast = std::net::SocketAddr::from(([127, 0, 0, 1], comet.broadcast_port().unwrap()));
    let mut theirs = Listener::filtering(broadcast, &filters).unwrap();
    submit_all(&philae);
    for packet in fixtures::ALL {
        assert!(sendvo(comet.receive_port().unwrap(), packet).unwrap().is_acked());
    }
    let mut passed = Vec::new();
    while let Ok(Some(packet)) = theirs.next(Duration::from_secs(1)) {
        passed.push(packet);
    }
    assert!(!passed.is_empty() && passed.len() < fixtures::ALL.len(), "{} events", passed.len());
    assert_eq!(ours.take(passed.len()).unwrap(), passed);
    assert!(ours.is_quiet_for(Duration::from_millis(200)).unwrap());
}
