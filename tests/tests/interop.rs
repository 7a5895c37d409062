//! Philae among the peers that are in the field: Comet 3.1.0 with its comet-sendvo, and pygcn.

use std::time::Duration;

use system_tests::client::{Listener, PATIENCE, submit_acked};
use system_tests::fixtures;
use system_tests::peers::{Comet, CometOptions, Pygcn, sendvo};
use system_tests::philae::Philae;

#[test]
fn comet_sendvo_submits_to_philae() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    for packet in fixtures::ALL {
        let sent = sendvo(philae.receive().unwrap().port(), packet).unwrap();
        assert!(sent.is_acked(), "{}", sent.stdout);
    }
    assert_eq!(listener.take(fixtures::ALL.len()).unwrap(), fixtures::ALL);
    let again = sendvo(philae.receive().unwrap().port(), fixtures::GRB).unwrap();
    assert!(again.is_acked(), "a duplicate is acknowledged: {}", again.stdout);
}

#[test]
fn comet_sendvo_is_told_why_a_packet_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let nameless = b"<VOEvent ivorn='ivo://philae.test/stream' role='test' version='2.0'/>";
    let sent = sendvo(philae.receive().unwrap().port(), nameless).unwrap();
    assert_eq!(sent.code, Some(1));
    assert!(sent.stdout.contains("No per-event local ID"), "{}", sent.stdout);
}

#[test]
fn comet_subscribes_to_philae() {
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let remotes = vec![philae.broadcast().unwrap().port()];
    let comet = Comet::start(CometOptions { receive: None, remotes, ..CometOptions::default() }).unwrap();
    let pygcn = Pygcn::start(comet.broadcast_port().unwrap()).unwrap();
    philae.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    for (before, packet) in fixtures::ALL.into_iter().enumerate() {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
        pygcn.wait_for(before + 1, PATIENCE).unwrap();
    }
    assert_eq!(pygcn.received().unwrap(), fixtures::ALL);
}

#[test]
fn philae_subscribes_to_comet() {
    let folder = tempfile::tempdir().unwrap();
    let mut comet = Comet::start(CometOptions::default()).unwrap();
    let upstream = format!("127.0.0.1:{}", comet.broadcast_port().unwrap());
    let philae = Philae::start_in(folder.path(), &["--subscribe", &upstream]).unwrap();
    comet.wait_for_subscribers(1, PATIENCE).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    for packet in fixtures::ALL {
        assert!(sendvo(comet.receive_port().unwrap(), packet).unwrap().is_acked());
        assert_eq!(listener.take(1).unwrap(), [packet]);
    }
}

#[test]
fn philae_sends_its_filters_to_comet() {
    let folder = tempfile::tempdir().unwrap();
    let mut comet = Comet::start(CometOptions::default()).unwrap();
    let upstream = format!("127.0.0.1:{}", comet.broadcast_port().unwrap());
    let flags = ["--subscribe", &upstream, "--filter", "//Param[@name='Trigger_ID']"];
    let philae = Philae::start_in(folder.path(), &flags).unwrap();
    comet.wait_for_filters(1, PATIENCE).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    for packet in [fixtures::NEUTRINO, fixtures::GRB] {
        assert!(sendvo(comet.receive_port().unwrap(), packet).unwrap().is_acked());
    }
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
}

#[test]
fn pygcn_subscribes_to_philae_and_ignores_its_cursors() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let pygcn = Pygcn::start(philae.broadcast().unwrap().port()).unwrap();
    for packet in fixtures::ALL {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
    assert_eq!(pygcn.wait_for(fixtures::ALL.len(), PATIENCE).unwrap(), fixtures::ALL);
}

#[test]
fn each_event_passes_a_loop_of_comet_and_philae_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let remotes = vec![philae.broadcast().unwrap().port()];
    let mut comet = Comet::start(CometOptions { remotes, ..CometOptions::default() }).unwrap();
    philae.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    // The loop is closed by a second start of Philae on the same ports, which Comet comes back to.
    let (receive, broadcast) =
        (philae.receive().unwrap().to_string(), philae.broadcast().unwrap().to_string());
    philae.stop().unwrap();
    let upstream = format!("127.0.0.1:{}", comet.broadcast_port().unwrap());
    let data_dir = folder.path().to_str().unwrap();
    let flags =
        ["--receive", &receive, "--broadcast", &broadcast, "--data-dir", data_dir, "--subscribe", &upstream];
    let mut philae = Philae::start(&flags).unwrap();
    comet.wait_for_subscribers(1, PATIENCE).unwrap();
    philae.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    let mut at_philae = Listener::start(philae.broadcast().unwrap()).unwrap();
    let at_comet = Pygcn::start(comet.broadcast_port().unwrap()).unwrap();

    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    at_comet.wait_for(1, PATIENCE).unwrap();
    assert!(sendvo(comet.receive_port().unwrap(), fixtures::NEUTRINO).unwrap().is_acked());
    at_comet.wait_for(2, PATIENCE).unwrap();

    assert_eq!(at_philae.take(2).unwrap(), [fixtures::GRB, fixtures::NEUTRINO]);
    assert!(at_philae.is_quiet_for(Duration::from_secs(2)).unwrap(), "an event came around again");
    assert_eq!(at_comet.received().unwrap(), [fixtures::GRB, fixtures::NEUTRINO]);
}
