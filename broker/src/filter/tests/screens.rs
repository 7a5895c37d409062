//! An operator's rules: how often and where they are asked, and before whom.

use vtp::Packet;

use super::*;
use crate::event::Role;
use crate::filter::rules::{Condition, Rule, Rules};

fn xpath(text: &str) -> Rule {
    Rule { xpath: vec![Condition::compile(text).unwrap()], ..Rule::default() }
}

fn refusing(text: &str) -> Selection {
    let rules = Rules { refuse: vec![xpath(text)], accept: Vec::new() };
    Selection { screen: Screen::of(rules), wanted: None }
}

fn accepting(text: &str) -> Selection {
    let rules = Rules { refuse: Vec::new(), accept: vec![xpath(text)] };
    Selection { screen: Screen::of(rules), wanted: None }
}

fn pass(filters: &Filters, selection: &Selection, entry: &Arc<Entry>) -> Option<bool> {
    filters.try_on(selection, entry, &mut Allowance::default())
}

/// Over any budget on many elements, and true on few.
const ENDLESS: &str = "not(//a[count(//a[count(//a[count(//a) > 1e9]) > 1e9]) > 1e9])";

#[test]
fn without_rules_there_is_no_screen() {
    assert!(Screen::of(Rules::default()).is_none());
}

#[test]
fn what_the_rules_say_of_an_event_is_found_out_once() {
    let (filters, selection) = (Filters::start().unwrap(), refusing("//What"));
    assert_eq!(pass(&filters, &selection, &entry(1, "<What/>")), Some(false));
    assert_eq!(pass(&filters, &selection, &entry(1, "")), Some(false));
    assert_eq!(pass(&filters, &selection, &entry(2, "")), Some(true));
}

#[test]
fn an_event_is_sent_if_rules_and_filters_let_it_pass() {
    let filters = Filters::start().unwrap();
    let both = Selection { wanted: Some(set(&filters, &["//Who"])), ..refusing("//What") };
    assert_eq!(pass(&filters, &both, &entry(1, "<Who/>")), Some(true));
    assert_eq!(pass(&filters, &both, &entry(2, "<Who/><What/>")), Some(false));
    assert_eq!(pass(&filters, &both, &entry(3, "<Why/>")), Some(false));
}

#[tokio::test]
async fn a_rule_that_takes_long_is_left_to_the_lane() {
    let (filters, selection) = (Filters::start().unwrap(), refusing(LONG));
    assert_eq!(pass(&filters, &selection, &wide(1)), None);
    assert!(!filters.decide(&selection, &wide(1)).await);
    assert_eq!(pass(&filters, &selection, &wide(1)), Some(false), "it is remembered");
}

#[tokio::test]
async fn a_rule_over_its_budget_lets_the_event_pass() {
    let filters = Filters::start().unwrap();
    for (selection, on_few) in [(refusing(ENDLESS), false), (accepting(ENDLESS), true)] {
        assert_eq!(filters.decide(&selection, &entry(1, "<a/>")).await, on_few);
        assert!(filters.decide(&selection, &wide(2)).await);
    }
}

#[tokio::test]
async fn a_packet_that_cannot_be_parsed_passes() {
    let filters = Filters::start().unwrap();
    for selection in [refusing("//Who"), accepting("//Who")] {
        assert!(filters.decide(&selection, &entry(1, "<broken>")).await);
    }
}

#[test]
fn what_is_kept_out_is_counted() {
    let rule = Rule { role: vec![Role::Test], ..xpath("//What") };
    let screen = Screen::of(Rules { refuse: vec![rule], accept: Vec::new() }).unwrap();
    for (role, inside) in [("test", "<What/>"), ("test", ""), ("utility", "<What/>")] {
        let text = format!("<VOEvent role='{role}' ivorn='ivo://a.b/c#d'>{inside}</VOEvent>");
        let document = roxmltree::Document::parse(&text).unwrap();
        let refusal = screen.refusal(&Packet::parse(text.clone().into()).unwrap(), &document);
        assert_eq!(refusal.is_some(), role == "test" && !inside.is_empty());
    }
    assert_eq!(screen.kept_out(), 1);
}
