//! Hostile filters: none costs others anything, each is refused or bounded, and the log stays short.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::time::{Duration, Instant};

use system_tests::client::{Listener, PATIENCE, Wire, framed, packet, submit_acked};
use system_tests::philae::Philae;
use system_tests::witness::Witness;
use tempfile::TempDir;
use vtp::transport::{Role, Transport};

const SET: &str = "the subscriber has set its filters";

fn broker() -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--receive-check", "well-formed"]).unwrap();
    (folder, philae)
}

fn authenticate(filters: &[String]) -> Vec<u8> {
    let message = Transport::new(Role::Authenticate, "ivo://philae.test/hostile").with_filters(filters);
    framed(&message.to_bytes(jiff::Timestamp::UNIX_EPOCH))
}

/// A packet with so many elements, all on one level.
fn wide(number: usize, elements: usize) -> Vec<u8> {
    let inside = "<Param name='n' value='1'/>".repeat(elements);
    String::from_utf8(packet(number, 0)).unwrap().replace("<What>", &format!("<What>{inside}")).into_bytes()
}

/// An expression that asks every element about every element, thrice over; no two with other numbers are the same.
fn cubic(number: usize) -> String {
    format!("count(//*[count(//*[count(//*) = {number}]) > 0]) > 0")
}

#[test]
fn an_expression_beyond_the_limits_is_refused_and_all_is_sent() {
    let (_folder, philae) = broker();
    let mut witness = Witness::start(&philae).unwrap();
    let hostile = [
        format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("{}1{}", "(".repeat(3_000), ")".repeat(3_000)),
        vec!["1"; 10_000].join("+"),
        format!("//*{}", "[1]".repeat(2_500)),
        format!("{}1{}", "not(".repeat(1_500), ")".repeat(1_500)),
        format!("{}1", "-".repeat(30_000)),
        format!("'{}'", "x".repeat(60_000)),
    ];
    for expression in &hostile {
        let start = expression.get(..20).unwrap();
        let mut listener = Listener::filtering(philae.broadcast().unwrap(), &[expression]).unwrap();
        let refusal = listener.wait_for_refusal().unwrap();
        assert!(
            refusal.contains("refused: ") && refusal.ends_with("every event is sent"),
            "{start}: {refusal}"
        );
        assert!(refusal.len() < 2_000, "{start}: {} bytes", refusal.len());
        witness.feels_nothing().unwrap();
    }
}

#[test]
fn an_expression_over_its_budget_matches_nothing_and_is_told_once() {
    let (_folder, mut philae) = broker();
    let mut listener =
        Listener::filtering(philae.broadcast().unwrap(), &[&cubic(0), "contains(@ivorn, '#7')"]).unwrap();
    philae.wait_for_lines(SET, 1, PATIENCE).unwrap();
    for number in 1..=7 {
        submit_acked(philae.receive().unwrap(), &wide(number, 2_000)).unwrap();
    }
    assert_eq!(listener.take(1).unwrap(), [wide(7, 2_000)]);
    assert_eq!(philae.log().matches("a filter costs too much on an event").count(), 1, "{}", philae.log());
}

#[test]
fn strings_and_sets_that_grow_without_end_are_broken_off() {
    let (_folder, mut philae) = broker();
    let doubled = (0..12).fold("string(/)".to_owned(), |inner, _| format!("concat({inner}, {inner})"));
    let before = philae.resident_kib().unwrap();
    let expressions = [
        "//node()/ancestor-or-self::node()/descendant::node()/following::node()/preceding::node()",
        "//*//*//*//*//*//*//*//*//*//*//*",
        "count(//@*[. = //@*[. = //@*]]) > 1e9",
        "translate(normalize-space(concat(//*, //*)), 'x', string(//*[. = //*]))",
        &doubled,
    ];
    let expressions = expressions.map(|expression| format!("string-length(string({expression})) > 1e12"));
    let mut listener = Listener::filtering(
        philae.broadcast().unwrap(),
        &expressions.iter().map(String::as_str).chain(["contains(@ivorn, '#2')"]).collect::<Vec<_>>(),
    )
    .unwrap();
    philae.wait_for_lines(SET, 1, PATIENCE).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    submit_acked(philae.receive().unwrap(), &wide(1, 5_000)).unwrap();
    submit_acked(philae.receive().unwrap(), &packet(2, 700_000)).unwrap();
    witness.feels_nothing().unwrap();
    assert_eq!(listener.take(1).unwrap(), [packet(2, 700_000)]);
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 64 * 1024, "{growth} KiB");
}

#[test]
fn a_thousand_filters_of_one_subscriber_are_refused_as_one() {
    let (_folder, philae) = broker();
    let filters: Vec<String> = (0..1000).map(|number| format!("@a={number}")).collect();
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let mut listener = Listener::filtering(philae.broadcast().unwrap(), &filters).unwrap();
    let refusal = listener.wait_for_refusal().unwrap();
    assert!(refusal.starts_with("1000 filters are more than the 64"), "{refusal}");
    submit_acked(philae.receive().unwrap(), &packet(1, 0)).unwrap();
    assert_eq!(listener.take(1).unwrap(), [packet(1, 0)]);
}

#[test]
fn filters_replaced_in_a_tight_loop_cost_no_memory_and_nobody_else() {
    let (_folder, philae) = broker();
    let mut witness = Witness::start(&philae).unwrap();
    let mut wire = Wire::connect(philae.broadcast().unwrap()).unwrap();
    wire.next_frame().unwrap();
    witness.feels_nothing().unwrap();
    let before = philae.resident_kib().unwrap();
    let flood: Vec<u8> = (0..200)
        .flat_map(|turn| authenticate(&(0..64).map(|n| format!("@a{turn}='{n}'")).collect::<Vec<_>>()))
        .collect();
    let start = Instant::now();
    let (mut sent, mut at) = (0, 0);
    while start.elapsed() < Duration::from_secs(3) {
        let taken = wire.send_some(&flood[at..]).unwrap();
        (sent, at) = (sent + taken, (at + taken) % flood.len());
    }
    witness.feels_nothing().unwrap();
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 8 * 1024, "{growth} KiB for {sent} bytes");
    assert!(philae.log().matches(SET).count() <= 100);
}

#[test]
fn subscribers_whose_filters_take_as_long_as_they_may_delay_nobody_else() {
    let (_folder, mut philae) = broker();
    let mut hostile = Vec::new();
    for subscriber in 0..20 {
        let filters: Vec<String> = (0..16).map(|filter| cubic(100 * subscriber + filter)).collect();
        let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
        hostile.push(Listener::filtering(philae.broadcast().unwrap(), &filters).unwrap());
    }
    philae.wait_for_lines(SET, 20, PATIENCE).unwrap();
    let mut witness = Witness::start(&philae).unwrap();
    for number in 0..50 {
        submit_acked(philae.receive().unwrap(), &wide(number, 300)).unwrap();
        witness.feels_nothing().unwrap();
    }
}
