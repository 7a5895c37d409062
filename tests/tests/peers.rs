//! The real peers among themselves, without Philae: what these show is the ground that interop tests stand on.

use std::fs;
use std::time::Duration;

use system_tests::fixtures;
use system_tests::peers::{Comet, CometOptions, Pygcn, sendvo};
use system_tests::wait::wait_until;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn bytes_pass_unchanged_from_author_through_two_comets_to_pygcn() {
    let mut first = Comet::start(CometOptions::default()).unwrap();
    let remotes = vec![first.broadcast_port().unwrap()];
    let options = CometOptions { receive: None, remotes, is_verbose: true, ..CometOptions::default() };
    let second = Comet::start(options).unwrap();
    let pygcn = Pygcn::start(second.broadcast_port().unwrap()).unwrap();
    first.wait_for_subscribers(1, SOON).unwrap();

    for (before, packet) in fixtures::ALL.into_iter().enumerate() {
        let sent = sendvo(first.receive_port().unwrap(), packet).unwrap();
        assert!(sent.is_acked(), "{}", sent.stdout);
        // Comet validates in threads: two events under way at once may overtake each other.
        pygcn.wait_for(before + 1, SOON).unwrap();
    }

    assert_eq!(pygcn.received().unwrap(), fixtures::ALL);
}

#[test]
fn comet_naks_a_packet_it_has_seen() {
    let comet = Comet::start(CometOptions::default()).unwrap();
    let port = comet.receive_port().unwrap();
    assert_eq!(sendvo(port, fixtures::MINIMAL).unwrap().code, Some(0));

    let again = sendvo(port, fixtures::MINIMAL).unwrap();

    assert_eq!(again.code, Some(1));
    assert!(again.stdout.contains("Previously seen by this broker"), "{}", again.stdout);
}

#[test]
fn comet_remembers_what_an_earlier_one_has_seen_in_the_same_database() {
    let folder = tempfile::tempdir().unwrap();
    let options = CometOptions { eventdb: Some(folder.path().to_owned()), ..CometOptions::default() };
    let earlier = Comet::start(options.clone()).unwrap();
    assert!(sendvo(earlier.receive_port().unwrap(), fixtures::GRB).unwrap().is_acked());
    drop(earlier);

    let later = Comet::start(options).unwrap();

    assert!(!sendvo(later.receive_port().unwrap(), fixtures::GRB).unwrap().is_acked());
}

#[test]
fn comet_sends_only_what_the_filter_of_its_subscriber_matches() {
    let mut first = Comet::start(CometOptions::default()).unwrap();
    let second = Comet::start(CometOptions {
        remotes: vec![first.broadcast_port().unwrap()],
        filters: vec!["//Param[@name='Trigger_ID']".to_owned()],
        is_verbose: true,
        ..CometOptions::default()
    })
    .unwrap();
    let pygcn = Pygcn::start(second.broadcast_port().unwrap()).unwrap();
    first.wait_for_filters(1, SOON).unwrap();

    for packet in [fixtures::NEUTRINO, fixtures::GRB] {
        assert!(sendvo(first.receive_port().unwrap(), packet).unwrap().is_acked());
    }

    assert_eq!(pygcn.wait_for(1, SOON).unwrap(), [fixtures::GRB]);
}

#[test]
fn comet_saves_events_in_its_own_folder() {
    let comet = Comet::start(CometOptions { saves_events: true, ..CometOptions::default() }).unwrap();
    assert!(sendvo(comet.receive_port().unwrap(), fixtures::UTF8).unwrap().is_acked());

    let file = comet.saved_events_dir().join("ivo__philae.test_observatories_lasillaetatduciel_42");

    wait_until(SOON, "the saved event", || fs::read(&file).is_ok_and(|saved| saved == fixtures::UTF8))
        .unwrap();
}
