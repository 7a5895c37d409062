//! Every expression of the corpus on every packet of it, as lxml judged them.
//!
//! What differs by intent is listed with its reason and its count, so that no entry outlives its reason.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::mem::size_of;
use std::path::Path;

use bounded_xpath::{Context, Expression, Index, Limits, Reason, Value};
use system_tests::corpus;

/// The verdicts that are not lxml's, by expression: how many, and why.
const EXCEPTIONS: &[(&str, usize, &str)] = &[
    ("X04", 799, "NaN is false under boolean(); Python, and so Comet, takes it for true"),
    ("X11", 181, "as X04, where there is no Error2Radius"),
    ("X12", 3, "as X04, where a Param that says it is a float is none"),
    ("R41", 799, "an unknown prefix is seen when the expression is compiled, not when it is evaluated"),
];

/// The records of a CSV file, whose fields can be quoted and then hold commas, line ends and doubled quotes.
fn records(file: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).unwrap();
    let mut records = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let record = records.last_mut().unwrap();
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => record.last_mut().unwrap().push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(String::new()),
            '\n' if !is_quoted => records.push(vec![String::new()]),
            '\r' if !is_quoted => {}
            other => record.last_mut().unwrap().push(other),
        }
    }
    records.retain(|record| record.len() > 1);
    records
}

/// What the oracle says of one expression on one packet, made from ours.
fn verdict(value: &Value<'_, '_>) -> String {
    let matches = if value.to_boolean() { 'M' } else { 'N' };
    let told = match value {
        Value::Boolean(_) => "bool".to_owned(),
        Value::Number(number) if number.is_nan() => "num:nan".to_owned(),
        Value::Number(number) => format!("num:{number:?}"),
        Value::String(_) => "str".to_owned(),
        Value::Nodes(nodes) => format!("nodeset:{}", nodes.len()),
    };
    format!("{matches}:{told}")
}

/// A file as text, if it is in UTF-8.
fn text(file: &Path) -> Option<String> {
    let text = String::from_utf8(fs::read(file).unwrap()).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[test]
fn the_verdicts_of_the_corpus_are_ours() {
    let Some(folder) = corpus::folder() else { return };
    let limits = Limits::default();
    let expressions: Vec<_> = records(&folder.join("xpath_expressions.csv"))
        .into_iter()
        .skip(1)
        .map(|record| (record[0].clone(), Expression::compile(&record[1], &limits)))
        .collect();
    let truth = records(&folder.join("xpath_truth.csv"));
    let mut different = vec![0; expressions.len()];
    let mut shown = Vec::new();
    let (mut compared, mut unread) = (0, Vec::new());
    for row in truth.iter().skip(1) {
        assert_eq!(row.len(), expressions.len() + 1);
        let file = &row[0];
        let text = text(&folder.join(file));
        let document = text.as_deref().and_then(|text| roxmltree::Document::parse(text).ok());
        let Some(document) = document else {
            if row[1] != "U" {
                unread.push(file.clone());
            }
            continue;
        };
        if row[1] == "U" {
            continue;
        }
        let index = Index::new(&document);
        for (at, ((id, expression), theirs)) in expressions.iter().zip(&row[1..]).enumerate() {
            let ours = match expression {
                Ok(expression) => {
                    let value =
                        expression.evaluate(&index, Context::default(), &mut limits.budget()).unwrap();
                    assert_eq!(expression.matches(&index, &mut limits.budget()), Ok(value.to_boolean()));
                    verdict(&value)
                }
                Err(_) => "S".to_owned(),
            };
            compared += 1;
            if ours != *theirs {
                different[at] += 1;
                shown.push(format!("{id} {file}: {ours}, lxml {theirs}"));
            }
        }
    }
    println!("{compared} verdicts compared; not read by roxmltree as text: {unread:?}");
    for ((id, _), count) in expressions.iter().zip(&different) {
        let excepted = EXCEPTIONS.iter().find(|(name, ..)| name == id).map_or(0, |(_, count, _)| *count);
        let of_it: Vec<&String> = shown.iter().filter(|line| line.starts_with(id.as_str())).take(5).collect();
        assert_eq!(*count, excepted, "{id}: {of_it:#?}");
    }
    assert!(compared > 40_000, "the corpus has shrunk to {compared} verdicts");
}

#[test]
fn an_expression_of_the_field_needs_at_most_four_kibibytes() {
    let Some(folder) = corpus::folder() else { return };
    let mut count = 0;
    for record in records(&folder.join("xpath_expressions.csv")) {
        let Ok(expression) = Expression::compile(&record[1], &Limits::default()) else { continue };
        assert!(size_of::<Expression>() + expression.heap_bytes() <= 4096, "{}", record[1]);
        count += usize::from(record[0].starts_with('R'));
    }
    assert!(count >= 20, "there are only {count} expressions of the field");
}

#[test]
fn a_prefix_of_the_field_is_refused_with_what_to_write_instead() {
    let error = Expression::compile("//voe:VOEvent", &Limits::default()).unwrap_err();
    assert!(matches!(error.reason(), Reason::UnknownPrefix { .. }));
    let told =
        "at character 3: the prefix 'voe' is not bound, as none is: write *[local-name()='VOEvent'] instead";
    assert_eq!(error.to_string(), told);
}
