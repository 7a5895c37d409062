//! An operator's rules on what comes in at an endpoint and what goes out, through the whole broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use system_tests::client::{Listener, PATIENCE, packet, submit, submit_acked};
use system_tests::fixtures::{GRAVITATIONAL_WAVE, GRB, MINIMAL, NEUTRINO, RETRACTION, UTF8};
use system_tests::philae::Philae;
use system_tests::upstream::Upstream;
use vtp::Cursor;
use vtp::transport::Role;

/// Where no rule holds.
const OPEN: u8 = 1;
/// Where rules hold on what comes in, and others on what comes in elsewhere.
const GUARDED: u8 = 2;
const ALSO_GUARDED: u8 = 3;
/// Where rules hold on what goes out.
const WITHHOLDING: u8 = 4;

/// An expression that asks every element about every element, thrice over: too much on `wide`.
const CUBIC: &str = "count(//*[count(//*[count(//*) = 0]) > 0]) = 0";

fn interface(number: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, number).into()
}

/// A broker with two receivers beside the open one, and one broadcaster; `rules` are for each of some of them.
fn start(folder: &Path, rules: &[(u8, &str)], flags: &[&str]) -> Philae {
    let table = |(number, rules): &(u8, &str)| {
        format!("[[endpoint]]\nat = '{}'\n{rules}\n", SocketAddr::new(interface(*number), 0))
    };
    start_with(folder, &rules.iter().map(table).collect::<String>(), flags)
}

fn start_with(folder: &Path, tables: &str, flags: &[&str]) -> Philae {
    let config = folder.join("philae.toml");
    std::fs::write(&config, tables).unwrap();
    let endpoints = [OPEN, GUARDED, ALSO_GUARDED, WITHHOLDING].map(|number| format!("127.0.0.{number}:0"));
    let [open, guarded, also_guarded, withholding] = endpoints.each_ref().map(String::as_str);
    let receive = ["--receive", open, "--receive", guarded, "--receive", also_guarded];
    let store = folder.join("store");
    let rest = ["--broadcast", open, "--broadcast", withholding, "--data-dir", store.to_str().unwrap()];
    let config = ["--config", config.to_str().unwrap()];
    Philae::start(&[&receive[..], &rest, &config, flags].concat()).unwrap()
}

fn submit_all(philae: &Philae, packets: &[&[u8]]) {
    let receive = philae.receive_on(interface(OPEN)).unwrap();
    packets.iter().for_each(|packet| drop(submit_acked(receive, packet).unwrap()));
}

fn listen(philae: &Philae, number: u8, filters: &[&str]) -> Listener {
    Listener::filtering(philae.broadcast_on(interface(number)).unwrap(), filters).unwrap()
}

/// What a guarded receiver says of a packet: why it is refused, or nothing.
fn refusal(philae: &Philae, number: u8, packet: &[u8]) -> Option<String> {
    let receipt = submit(philae.receive_on(interface(number)).unwrap(), packet).unwrap().unwrap();
    (receipt.role == Role::Nak).then(|| receipt.result.unwrap())
}

fn observation(number: usize) -> Vec<u8> {
    let text = String::from_utf8(packet(number, 0)).unwrap();
    text.replace("role='test'", "role='observation'").into_bytes()
}

/// A packet with many elements.
fn wide(number: usize) -> Vec<u8> {
    let inside = format!("<What>{}", "<Param name='n' value='1'/>".repeat(2_000));
    String::from_utf8(packet(number, 0)).unwrap().replace("<What>", &inside).into_bytes()
}

fn assert_quiet(listener: &mut Listener) {
    assert!(listener.is_quiet_for(Duration::from_millis(200)).unwrap());
}

#[test]
fn an_author_is_told_which_rule_refuses_its_packet_and_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "refuse = [{ role = ['utility', 'prediction'] }, { ivoid = ['ivo://philae.test/least'] },\n\
                 { larger-than = '3KiB' }, { xpath = ['//Why/Nothing', '//Table'], role = ['observation'] }]";
    let philae = start(folder.path(), &[(GUARDED, rules)], &[]);
    let mut listener = listen(&philae, OPEN, &[]);
    let cases: [(&[u8], &str); 4] = [
        (UTF8, "role 'utility'"),
        (MINIMAL, "ivoid 'ivo://philae.test/least'"),
        (GRB, "larger than 3072 bytes"),
        (NEUTRINO, "role 'observation' and xpath '//Table'"),
    ];
    for (packet, words) in cases {
        let wanted = format!("Event rejected: refused by this broker: {words}");
        assert_eq!(refusal(&philae, GUARDED, packet), Some(wanted));
    }
    assert_eq!(refusal(&philae, GUARDED, RETRACTION), None);
    assert_eq!(listener.take(1).unwrap(), [RETRACTION]);
    let log = philae.stop().unwrap();
    assert!(log.contains("kept out by rules endpoint=\"127.0.0.2:0\" packets=4"), "{log}");
}

#[test]
fn an_author_is_told_what_alone_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "accept = [{ ivoid = ['ivo://philae.test/wide-field-monitor#'] }, { xpath = ['//Table'] }]";
    let philae = start(folder.path(), &[(GUARDED, rules)], &[]);
    let wanted = "Event rejected: refused by this broker: it takes only \
                  ivoid 'ivo://philae.test/wide-field-monitor#'; or xpath '//Table'";
    assert_eq!(refusal(&philae, GUARDED, MINIMAL).as_deref(), Some(wanted));
    assert_eq!(refusal(&philae, GUARDED, GRB), None);
    assert_eq!(refusal(&philae, GUARDED, NEUTRINO), None);
}

#[test]
fn a_packet_that_is_not_fit_is_told_so_before_any_rule() {
    let folder = tempfile::tempdir().unwrap();
    let philae = start(folder.path(), &[(GUARDED, "refuse = [{ role = ['test'] }]")], &[]);
    let malformed = refusal(&philae, GUARDED, b"<VOEvent role='test' ivorn='ivo://a.b/c#d'><a></VOEvent>");
    assert!(malformed.unwrap().contains("not well-formed"));
    let nameless = refusal(&philae, GUARDED, b"<VOEvent role='test' ivorn='ivo://a.b/c'/>");
    assert!(nameless.unwrap().contains("No per-event local ID"));
    let not_valid = refusal(&philae, GUARDED, b"<VOEvent role='test' ivorn='ivo://a.b/c#d'/>");
    assert!(not_valid.unwrap().ends_with("refused by this broker: role 'test'"));
}

#[test]
fn rules_hold_at_their_own_receiver_alone() {
    let folder = tempfile::tempdir().unwrap();
    let rules =
        [(GUARDED, "refuse = [{ role = ['test'] }]"), (ALSO_GUARDED, "refuse = [{ role = ['utility'] }]")];
    let philae = start(folder.path(), &rules, &[]);
    assert!(refusal(&philae, GUARDED, RETRACTION).is_some());
    assert!(refusal(&philae, ALSO_GUARDED, UTF8).is_some());
    assert_eq!(refusal(&philae, GUARDED, UTF8), None);
    assert_eq!(refusal(&philae, ALSO_GUARDED, RETRACTION), None);
    assert_eq!(refusal(&philae, OPEN, MINIMAL), None);
}

#[test]
fn a_packet_from_upstream_that_a_rule_refuses_is_acked_and_dropped() {
    let (upstream, folder) = (Upstream::listen().unwrap(), tempfile::tempdir().unwrap());
    let address = upstream.address().unwrap().to_string();
    let table = format!(
        "[[endpoint]]\nat = '{address}'\naccept = [{{ role = ['observation'] }}]\n\
         refuse = [{{ xpath = ['//Table'] }}]"
    );
    let philae = start_with(folder.path(), &table, &["--subscribe", &address, "-v"]);
    let mut link = upstream.accept(&Cursor::new("upstream", 0).unwrap()).unwrap();
    let mut listener = listen(&philae, OPEN, &[]);
    for packet in [MINIMAL, NEUTRINO, RETRACTION, GRB] {
        link.deliver(packet).unwrap();
    }
    assert_eq!(listener.take(1).unwrap(), [GRB]);
    assert_eq!(philae.log().matches("event kept out by a rule").count(), 3, "{}", philae.log());
    let log = philae.stop().unwrap();
    assert!(log.contains(&format!("kept out by rules endpoint=\"{address}\" packets=3")), "{log}");
}

#[test]
fn an_endpoint_withholds_what_another_of_the_same_broker_sends() {
    let folder = tempfile::tempdir().unwrap();
    let philae = start(folder.path(), &[(WITHHOLDING, "refuse = [{ role = ['test'] }]")], &[]);
    let (mut all, mut some) = (listen(&philae, OPEN, &[]), listen(&philae, WITHHOLDING, &[]));
    submit_all(&philae, &[MINIMAL, GRB, GRAVITATIONAL_WAVE, UTF8]);
    assert_eq!(all.take(4).unwrap(), [MINIMAL, GRB, GRAVITATIONAL_WAVE, UTF8]);
    assert_eq!(some.take(2).unwrap(), [GRB, UTF8]);
    assert_quiet(&mut some);
}

#[test]
fn a_subscriber_gets_what_both_the_rules_and_its_own_filters_let_pass() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "refuse = [{ xpath = ['//Table'] }]\naccept = [{ role = ['observation', 'utility'] }]";
    let mut philae = start(folder.path(), &[(WITHHOLDING, rules)], &[]);
    let mut listener = listen(&philae, WITHHOLDING, &["@role = 'observation'", "@role = 'test'"]);
    philae.wait_for_lines("the subscriber has set its filters", 1, PATIENCE).unwrap();
    submit_all(&philae, &[NEUTRINO, UTF8, MINIMAL, GRB]);
    assert_eq!(listener.take(1).unwrap(), [GRB]);
    listener.set_filters(&[]).unwrap();
    philae.wait_for_lines("the subscriber has lifted its filters", 1, PATIENCE).unwrap();
    submit_all(&philae, &[&packet(1, 0), &observation(2)]);
    assert_eq!(listener.take(1).unwrap(), [observation(2)]);
    assert_quiet(&mut listener);
}

#[test]
fn a_returning_subscriber_gets_from_the_log_what_the_rules_let_out_and_its_place_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let rules = [(WITHHOLDING, "refuse = [{ role = ['test'], xpath = ['//Description'] }]")];
    let philae = start(folder.path(), &rules, &[]);
    let mut first = listen(&philae, WITHHOLDING, &[]);
    first.wait_for_cursor().unwrap();
    let place = first.cursor().cloned();
    let packets: Vec<Vec<u8>> =
        (0..200).map(|n| if n % 50 == 7 { observation(n) } else { packet(n, 0) }).collect();
    submit_all(&philae, &packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
    // After a start nothing is in memory.
    philae.stop().unwrap();
    let philae = start(folder.path(), &rules, &[]);
    let withholding = philae.broadcast_on(interface(WITHHOLDING)).unwrap();
    let mut second = Listener::returning(withholding, place).unwrap();
    assert_eq!(second.take(4).unwrap(), [7, 57, 107, 157].map(observation));
    assert_quiet(&mut second);
    assert_eq!(second.cursor().map(Cursor::position), Some(200));
}

#[test]
fn a_rule_over_its_budget_lets_the_packet_pass_and_is_told_once_for_each_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let refuse = format!("refuse = [{{ xpath = [\"{CUBIC}\"] }}]");
    let accept = format!("accept = [{{ xpath = [\"{CUBIC}\"] }}]");
    let rules = [(GUARDED, &*refuse), (ALSO_GUARDED, &*accept), (WITHHOLDING, &*refuse)];
    let philae = start(folder.path(), &rules, &[]);
    let mut listener = listen(&philae, WITHHOLDING, &[]);
    let packets: [Bytes; 4] = [1, 2, 3, 4].map(|number| wide(number).into());
    for (packet, number) in packets.iter().zip([GUARDED, ALSO_GUARDED, GUARDED, ALSO_GUARDED]) {
        assert_eq!(refusal(&philae, number, packet), None);
    }
    assert_eq!(listener.take(4).unwrap(), packets);
    assert_eq!(
        refusal(&philae, GUARDED, RETRACTION).unwrap(),
        format!("Event rejected: refused by this broker: xpath '{CUBIC}'")
    );
    assert_eq!(philae.log().matches("a rule costs too much on an event").count(), 3, "{}", philae.log());
}
