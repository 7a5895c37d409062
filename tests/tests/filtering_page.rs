//! The page on filters: each expression in its table passes the test packets that it says it does.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use bounded_xpath::{Expression, Index, Limits};
use system_tests::fixtures;

const PAGE: &str = include_str!("../../broker/FILTERING.md");

const PACKETS: [(&str, &[u8]); 6] = [
    ("grb", fixtures::GRB),
    ("gravitational-wave", fixtures::GRAVITATIONAL_WAVE),
    ("neutrino", fixtures::NEUTRINO),
    ("retraction", fixtures::RETRACTION),
    ("minimal", fixtures::MINIMAL),
    ("utf8", fixtures::UTF8),
];

/// The test packets that an expression passes.
fn passed(expression: &str) -> String {
    let limits = Limits::default();
    let expression = Expression::compile(expression, &limits).unwrap();
    let matches = |packet: &[u8]| {
        let document = roxmltree::Document::parse(std::str::from_utf8(packet).unwrap()).unwrap();
        expression.matches(&Index::new(&document), &mut limits.budget()).unwrap()
    };
    let names = PACKETS.into_iter().filter(|(_, packet)| matches(packet)).map(|(name, _)| name);
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_expression_of_the_page_passes_what_the_page_says() {
    let rows: Vec<(&str, &str)> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter_map(|(expression, rest)| {
            Some((expression, rest.split_once(" |")?.1.trim_matches([' ', '|'])))
        })
        .collect();
    assert!(rows.len() >= 20, "{} rows", rows.len());
    for (expression, said) in rows {
        assert_eq!(passed(expression), said, "{expression}");
    }
}
