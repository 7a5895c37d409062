//! Notices of bursts, in the order in which they come.

use philae_guest::testing::Broker;

use super::*;

fn broker() -> Broker {
    let broker = Broker::new().grant_publish().config("stream", "ivo://site.test/grb-latest");
    broker.config("triggers", ["Trigger_ID", "TrigID"])
}

fn notice(local: &str, radius: f64) -> Packet {
    let place = Position { error_radius: Some(radius), ..Position::new(211.8, -36.27) };
    Packet::new(&format!("ivo://wfm.test/bursts#{local}")).param("TrigID", 731).position(&place)
}

fn cited(local: &str) -> String {
    format!("ivo://wfm.test/bursts#{local}")
}

#[test]
fn the_smallest_error_circle_wins_whenever_it_comes() {
    let broker = broker();
    for (local, radius) in [("a", 3.0), ("b", 0.05), ("c", 0.2)] {
        broker.handle(follow, &notice(local, radius)).unwrap();
    }
    let published = broker.published();
    assert_eq!(published.len(), 2);
    assert!(published[0].contains("ivorn=\"ivo://site.test/grb-latest#wfm.test.bursts-731-1\""));
    assert!(published[1].contains("name=\"Best_Notice\" value=\"ivo://wfm.test/bursts#b\""));
    assert!(published[1].contains("cite=\"supersedes\">ivo://site.test/grb-latest#wfm.test.bursts-731-1<"));
}

#[test]
fn of_equal_circles_the_latest_wins() {
    let broker = broker();
    broker.handle(follow, &notice("a", 0.05)).unwrap();
    broker.handle(follow, &notice("b", 0.05)).unwrap();
    assert!(broker.published()[1].contains("value=\"ivo://wfm.test/bursts#b\""));
}

#[test]
fn an_error_of_zero_is_none_that_is_known() {
    let broker = broker();
    broker.handle(follow, &notice("a", 3.0)).unwrap();
    broker.handle(follow, &notice("b", 0.0)).unwrap();
    assert_eq!(broker.published().len(), 1);
}

#[test]
fn what_is_superseded_counts_no_more() {
    let broker = broker();
    broker.handle(follow, &notice("a", 0.05)).unwrap();
    broker.handle(follow, &notice("b", 0.4).cite(&cited("a"), Relation::Supersedes)).unwrap();
    assert!(broker.published()[1].contains("value=\"ivo://wfm.test/bursts#b\""));
}

#[test]
fn a_retraction_that_only_cites_brings_back_the_second_best_and_then_none() {
    let broker = broker();
    let retract =
        |local: &str| Packet::new(&cited(&format!("r{local}"))).cite(&cited(local), Relation::Retraction);
    broker.handle(follow, &notice("a", 3.0)).unwrap();
    broker.handle(follow, &notice("b", 0.05)).unwrap();
    broker.handle(follow, &retract("b")).unwrap();
    broker.handle(follow, &retract("a")).unwrap();
    let published = broker.published();
    assert_eq!(published.len(), 4);
    assert!(published[2].contains("value=\"ivo://wfm.test/bursts#a\""));
    assert!(published[3].contains("cite=\"retraction\">ivo://site.test/grb-latest#wfm.test.bursts-731-3<"));
    assert!(!published[3].contains("Position2D"));
}

#[test]
fn two_authors_may_use_the_same_number() {
    let broker = broker();
    let other =
        Packet::new("ivo://other.test/x#1").param("Trigger_ID", 731).position(&Position::new(1.0, 2.0));
    broker.handle(follow, &notice("a", 3.0)).unwrap();
    broker.handle(follow, &other).unwrap();
    assert!(broker.published()[1].contains("grb-latest#other.test.x-731-1\""));
}

#[test]
fn its_own_summaries_and_events_without_trigger_are_passed_over() {
    let broker = broker();
    broker.handle(follow, &notice("a", 3.0)).unwrap();
    let own = broker.published()[0].clone();
    broker.handle(follow, own.as_str()).unwrap();
    broker.handle(follow, &Packet::new("ivo://x.yz/q#1")).unwrap();
    assert_eq!(broker.published().len(), 1);
}

#[test]
fn settings_are_checked_when_it_is_loaded() {
    let init = || settings().map(|_| ());
    assert!(broker().init(init).is_ok());
    let fault = broker().config("triger", "x").init(init).unwrap_err();
    assert!(fault.to_string().contains("unknown field `triger`"), "{fault}");
}
