//! What is evaluated, how often and where. That something was not done again shows in entries which change under one
//! number, as no real ones do: the old verdict is given.

use std::sync::Arc;

use super::*;

fn entry(seq: u64, inside: &str) -> Arc<Entry> {
    Arc::new(Entry::sample(seq, format!("<VOEvent ivorn='ivo://a.b/c#d'>{inside}</VOEvent>")))
}

fn set(filters: &Filters, texts: &[&str]) -> Arc<FilterSet> {
    let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
    Asked::of(filters, &texts).set.unwrap()
}

fn wanted(set: &Arc<FilterSet>) -> Selection {
    Selection { screen: None, wanted: Some(set.clone()) }
}

fn ask(filters: &Filters, set: &Arc<FilterSet>, entry: &Arc<Entry>) -> Option<bool> {
    filters.try_on(&wanted(set), entry, &mut Allowance::default())
}

async fn decide(filters: &Filters, set: &Arc<FilterSet>, entry: &Arc<Entry>) -> bool {
    filters.decide(&wanted(set), entry).await
}

/// Asks every element about every element: more than may be spent where somebody waits, if there are two hundred, and less
/// than may be spent at all.
const LONG: &str = "count(//a[count(//a[@x]) > 1e9]) = 0";

fn wide(seq: u64) -> Arc<Entry> {
    entry(seq, &"<a/>".repeat(200))
}

#[test]
fn one_of_a_set_is_enough() {
    let filters = Filters::start().unwrap();
    let set = set(&filters, &["//Who", "//What"]);
    assert_eq!(ask(&filters, &set, &entry(1, "<What/>")), Some(true));
    assert_eq!(ask(&filters, &set, &entry(2, "<Why/>")), Some(false));
}

#[test]
fn whoever_asks_for_the_same_gets_the_same() {
    let filters = Filters::start().unwrap();
    let one = set(&filters, &["//Who", "//What"]);
    assert!(Arc::ptr_eq(&one, &set(&filters, &["//What", "//Who", "//What"])));
    assert!(!Arc::ptr_eq(&one, &set(&filters, &["//What"])));
    assert_eq!(one.len(), 2);
}

#[test]
fn an_expression_is_evaluated_once_an_event_for_all_sets_that_have_it() {
    let filters = Filters::start().unwrap();
    let (one, other) = (set(&filters, &["//What"]), set(&filters, &["//What", "//Who"]));
    assert_eq!(ask(&filters, &one, &entry(1, "<What/>")), Some(true));
    assert_eq!(ask(&filters, &one, &entry(1, "")), Some(true));
    assert_eq!(ask(&filters, &other, &entry(1, "")), Some(true));
}

#[test]
fn a_packet_is_parsed_once_for_all_expressions() {
    let filters = Filters::start().unwrap();
    assert_eq!(ask(&filters, &set(&filters, &["//Who"]), &entry(1, "<What/>")), Some(false));
    assert_eq!(ask(&filters, &set(&filters, &["//What"]), &entry(1, "<Who/>")), Some(true));
}

#[tokio::test]
async fn what_takes_long_is_left_to_the_lane_and_others_do_not_wait_for_it() {
    let filters = Filters::start().unwrap();
    let (long, short) = (set(&filters, &[LONG]), set(&filters, &["//a"]));
    assert_eq!(ask(&filters, &long, &wide(1)), None);
    assert_eq!(ask(&filters, &short, &wide(1)), Some(true));
    assert!(decide(&filters, &long, &wide(1)).await);
    assert_eq!(ask(&filters, &long, &wide(1)), Some(true), "it is remembered");
    // It is known as long now, and not tried here.
    assert_eq!(ask(&filters, &long, &entry(2, "")), None);
    // On this event it was short, and so it is tried here again.
    assert!(decide(&filters, &long, &entry(2, "")).await);
    assert_eq!(ask(&filters, &long, &entry(3, "")), Some(true));
}

#[tokio::test]
async fn what_is_over_its_budget_does_not_match() {
    let filters = Filters::start().unwrap();
    let text = "not(//a[count(//a[count(//a[count(//a) > 1e9]) > 1e9]) > 1e9])";
    let set = set(&filters, &[text]);
    assert!(decide(&filters, &set, &entry(1, "<a/>")).await);
    assert!(!decide(&filters, &set, &wide(2)).await);
}

#[tokio::test]
async fn a_large_packet_is_parsed_on_the_lane() {
    let filters = Filters::start().unwrap();
    let set = set(&filters, &["//What"]);
    let large = entry(1, &format!("<What>{}</What>", "x".repeat(100_000)));
    assert_eq!(ask(&filters, &set, &large), None);
    assert!(decide(&filters, &set, &large).await);
}

#[test]
fn an_allowance_is_for_a_piece_of_the_log_and_not_for_each_event() {
    let filters = Filters::start().unwrap();
    let wanted = wanted(&set(&filters, &["count(//a[position() mod 10 = 0][count(//a) > 1e9]) > 0"]));
    let mut allowance = Allowance::default();
    let told =
        (1..1000).take_while(|seq| filters.try_on(&wanted, &wide(*seq), &mut allowance).is_some()).count();
    assert!((1..100).contains(&told), "{told} events");
}

#[test]
fn a_packet_that_cannot_be_parsed_is_sent() {
    let filters = Filters::start().unwrap();
    assert_eq!(ask(&filters, &set(&filters, &["//Who"]), &entry(1, "<broken>")), Some(true));
}

#[test]
fn packets_in_other_encodings_are_read() {
    let filters = Filters::start().unwrap();
    let text = "<?xml version='1.0' encoding='ISO-8859-1'?><VOEvent><Who>\u{e9}</Who></VOEvent>";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let latin = Arc::new(Entry { bytes: latin.into(), ..(*entry(1, "")).clone() });
    assert_eq!(ask(&filters, &set(&filters, &["Who = '\u{e9}'"]), &latin), Some(true));
}

#[test]
fn what_nobody_holds_any_more_is_gone() {
    let filters = Filters::start().unwrap();
    let total = || filters.shelf.total_bytes();
    let held = set(&filters, &["//Who"]);
    let before = total();
    for number in 0..1000 {
        set(&filters, &[&format!("//Param[@value={number}]")]);
    }
    assert_eq!(total(), before);
    drop(held);
    assert_eq!(total(), 0);
    assert!(filters.shelf.places() <= 64, "{} places", filters.shelf.places());
}

mod screens;
