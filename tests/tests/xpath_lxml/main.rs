//! Expressions and documents made at random, evaluated by us and by lxml: no difference.
//!
//! `XPATH_CASES` and `XPATH_SEED` override how many expressions are tried and from which seed; a failure names the
//! seed that makes it again. What differs by intent stands in the README of `bounded-xpath`; the cases here
//! avoid exactly that.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod documents;
mod expressions;

use bounded_xpath::{Budget, Context, Expression, Index, Limits, Node, Reason, Value};
use fastrand::Rng;
use serde_json::{Value as Json, json};
use system_tests::peers::Lxml;

/// How many differences are written out.
const SHOWN: usize = 10;
/// Random expressions nest in ways that no filter does.
const WORK: u64 = 100_000_000;
/// Expressions on one document.
const A_DOCUMENT: u64 = 50;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn random_expressions_on_random_documents_mean_what_they_mean_in_lxml() {
    let cases = setting("XPATH_CASES", 20_000);
    let first_seed = setting("XPATH_SEED", 2014);
    let mut lxml = Lxml::start().unwrap();
    let mut differences = Vec::new();
    let mut values = 0;
    for seed in first_seed..first_seed + cases.div_ceil(A_DOCUMENT) {
        let mut random = Rng::with_seed(seed);
        let text = documents::document(&mut random);
        let asked: Vec<String> = (0..A_DOCUMENT).map(|_| expressions::expression(&mut random)).collect();
        let theirs = lxml.evaluate(&text, &asked).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let index = Index::new(&document);
        for (expression, theirs) in asked.iter().zip(&theirs) {
            if is_about_undefined_namespaces(expression, &text) {
                continue;
            }
            match ours(expression, &index) {
                Some(ours) if !agree(&ours, theirs) => {
                    differences
                        .push(format!("seed {seed}\n{text}\n{expression}\nours   {ours}\ntheirs {theirs}\n"));
                }
                Some(ours) => values += u64::from(is_telling(&ours)),
                None => {}
            }
        }
    }
    println!("{cases} expressions from seed {first_seed} on, {values} of them telling");
    let shown: Vec<String> = differences.iter().take(SHOWN).cloned().collect();
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), shown.join("\n"));
    assert!(values > cases / 5, "too few cases say anything");
}

/// Our verdict in the words of `xpath_lxml.py`, or none where it is known not to be theirs.
fn ours(expression: &str, index: &Index<'_, '_>) -> Option<Json> {
    let limits = Limits::default();
    let compiled = match Expression::compile(expression, &limits) {
        Ok(compiled) => compiled,
        // We see these before evaluation, lxml sees them only if evaluation comes there.
        Err(error) => {
            let is_seen_later = matches!(
                error.reason(),
                Reason::NotNodes
                    | Reason::Arity { .. }
                    | Reason::UnknownFunction(_)
                    | Reason::UnknownPrefix { .. }
                    | Reason::UnknownVariable(_)
            );
            let is_comparable = !is_seen_later && !is_read_by_libxml2_alone(expression);
            return is_comparable.then(|| json!(["refused"]));
        }
    };
    let value = compiled.evaluate(index, Context::RootElement, &mut Budget::new(WORK)).unwrap();
    let matches = compiled.matches(index, &mut Budget::new(WORK)).unwrap();
    assert_eq!(value.to_boolean(), matches, "{expression}");
    Some(match value {
        Value::Boolean(value) => json!(["boolean", value]),
        Value::Number(value) => json!(["number", python(value)]),
        Value::String(text) => json!(["string", text]),
        Value::Nodes(nodes) => json!(["nodes", nodes.iter().filter_map(name).collect::<Vec<_>>()]),
    })
}

/// Whether a text has what libxml2 reads beyond the grammar: an operator's name without space behind it, as in
/// `1 or2`; more than two slashes in a row, or space between two; space before the colon of a name; and a call that
/// ends behind its parenthesis, as in `string(`.
fn is_read_by_libxml2_alone(expression: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let has_glued = |operator: &str| {
        expression.match_indices(operator).any(|(at, _)| {
            !expression[..at].ends_with(is_name) && expression[at + operator.len()..].starts_with(is_name)
        })
    };
    let words: Vec<&str> = expression.split_whitespace().collect();
    let has_spaced = words.windows(2).any(|pair| {
        (pair[0].ends_with('/') && pair[1].starts_with('/'))
            || (pair[1].starts_with(':') && !pair[1].starts_with("::"))
    });
    has_spaced
        || expression.contains("///")
        || expression.trim_end().ends_with('(')
        || ["or", "and", "div", "mod"].into_iter().any(has_glued)
}

/// Whether it hangs on what is free or undone: the order of namespaces among other nodes (§5.4), and whether
/// `xmlns=""`, which libxml2 takes for a namespace, is one.
fn is_about_undefined_namespaces(expression: &str, document: &str) -> bool {
    expression.contains("namespace") && (expression.contains('|') || document.contains("xmlns=''"))
}

/// A number that Python and we write differently is compared by its bits.
fn python(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{:016x}", value.to_bits()) }
}

fn name(node: &Node<'_, '_>) -> Option<String> {
    match node {
        Node::Tree(node) if node.is_root() => None,
        Node::Tree(node) => Some(node.id().get().to_string()),
        Node::Attribute { element, attribute } => Some(match attribute.namespace() {
            Some(uri) => format!("{}@{{{uri}}}{}", element.id().get(), attribute.name()),
            None => format!("{}@{}", element.id().get(), attribute.name()),
        }),
        Node::Namespace { prefix, uri, .. } => Some(format!("xmlns:{}={uri}", prefix.unwrap_or_default())),
    }
}

/// Whether a value is not one of those that come of nothing.
fn is_telling(verdict: &Json) -> bool {
    let nothing = [json!([]), json!(""), json!(false), json!("nan"), json!(python(0.0))];
    verdict.get(1).is_some_and(|value| !nothing.contains(value))
}

fn agree(ours: &Json, theirs: &Json) -> bool {
    let kind = theirs[0].as_str().unwrap();
    match kind {
        "refused" | "failed" => ours[0] == "refused",
        "number" => {
            let value: f64 = theirs[1].as_str().unwrap().parse().unwrap();
            ours[0] == "number" && ours[1] == python(value)
        }
        // The order of namespaces is for the implementation to choose (§5.4).
        "nodes" if ours.to_string().contains("xmlns:") => sorted(ours) == sorted(theirs),
        _ => ours == theirs,
    }
}

fn sorted(verdict: &Json) -> Vec<String> {
    let mut names: Vec<String> = verdict[1].as_array().unwrap().iter().map(Json::to_string).collect();
    names.sort();
    names
}
