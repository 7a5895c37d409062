//! Hostile expressions and documents: refused, or ended by the budget, on a small stack.
//!
//! Nothing here looks at the clock. Work is counted; `examples/worst.rs` tells what a unit takes.
#![cfg(test)]

use bounded_xpath::{Bound, Context, EvalError, Expression, Index, Limits, Reason, Value};

/// Half of what a thread has by default.
const STACK_BYTES: usize = 1024 * 1024;

/// Runs a test on a small stack.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(test).unwrap().join().unwrap();
}

/// Limits that let a long text reach the parser.
fn long() -> Limits {
    Limits { text_bytes: 1 << 20, ..Limits::default() }
}

fn reason(text: &str, limits: &Limits) -> Reason {
    Expression::compile(text, limits).unwrap_err().reason().clone()
}

/// The outcome under the default budget, and what was spent.
fn evaluate(expression: &str, document: &str) -> (Result<String, EvalError>, u64) {
    let limits = Limits::default();
    let options = roxmltree::ParsingOptions { nodes_limit: u32::MAX, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(document, options).unwrap();
    let index = Index::new(&document);
    let expression = Expression::compile(expression, &limits).unwrap();
    let mut budget = limits.budget();
    let value = expression.evaluate(&index, Context::RootElement, &mut budget);
    let told = value.map(|value| match &value {
        Value::Nodes(nodes) => format!("{} nodes", nodes.len()),
        Value::Boolean(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    });
    (told, budget.spent())
}

fn over_work(outcome: (Result<String, EvalError>, u64)) {
    let granted = Limits::default().work;
    assert_eq!(outcome.0, Err(EvalError::OverBudget(Bound::Work(granted))));
    assert_eq!(outcome.1, granted);
}

fn deep(levels: usize) -> String {
    format!("{}x{}", "<a>".repeat(levels), "</a>".repeat(levels))
}

#[test]
fn ten_thousand_parentheses_are_refused() {
    on_a_small_stack(|| {
        let text = format!("{}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(reason(&text, &long()), Reason::TooDeep(32));
        assert_eq!(reason(&"(".repeat(10_000), &long()), Reason::TooDeep(32));
    });
}

#[test]
fn ten_thousand_predicates_within_each_other_are_refused() {
    on_a_small_stack(|| {
        let text = format!("{}1{}", "a[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(reason(&text, &long()), Reason::TooDeep(32));
        assert_eq!(reason(&"not(".repeat(10_000), &long()), Reason::TooDeep(32));
    });
}

#[test]
fn the_deepest_nesting_allowed_fits_a_small_stack() {
    on_a_small_stack(|| {
        // All precedences between two parentheses, and walks of several steps between two predicates.
        let all = format!("{}1{}", "1 or 1 and 1 = 1 < 1 + 1 * -(".repeat(31), ")".repeat(31));
        assert_eq!(evaluate(&all, "<a/>").0, Ok("true".to_owned()));
        let operands = format!("{}1{}", "//a and 1 = 1 < 1 + 1 * -count(a | a[".repeat(15), "])".repeat(15));
        assert!(evaluate(&operands, &deep(40)).0.is_ok());
        let walks = format!("{}a{}", "a/a/a/a[".repeat(31), "]".repeat(31));
        assert_eq!(evaluate(&walks, &deep(300)).0, Ok("1 nodes".to_owned()));
        let sets = format!("{}a{}", "..//a[1][".repeat(30), "]".repeat(30));
        assert!(evaluate(&sets, &deep(8)).1 > 0);
    });
}

#[test]
fn a_long_sum_is_flat() {
    on_a_small_stack(|| {
        let text = vec!["1"; 10_000].join("+");
        assert_eq!(reason(&text, &Limits::default()), Reason::TooLong(8192));
        assert_eq!(reason(&text, &long()), Reason::TooManyParts(2048));
        let generous = Limits { parts: 20_000, ..long() };
        assert!(Expression::compile(&text, &generous).is_ok());
        let minus = format!("{}1", "-".repeat(8000));
        assert_eq!(evaluate(&minus, "<a/>").0, Ok("1".to_owned()));
    });
}

#[test]
fn a_long_honest_choice_works() {
    on_a_small_stack(|| {
        let choices: Vec<String> = (0..200).map(|number| format!("@id = 'event {number}'")).collect();
        assert_eq!(evaluate(&choices.join(" or "), "<a id='event 199'/>").0, Ok("true".to_owned()));
    });
}

#[test]
fn sixty_four_kilobytes_are_refused_unread() {
    assert_eq!(reason(&"a".repeat(64 * 1024), &Limits::default()), Reason::TooLong(8192));
    assert_eq!(reason(&"é".repeat(32 * 1024), &Limits::default()), Reason::TooLong(8192));
}

#[test]
fn thousands_of_predicates_and_steps_are_refused() {
    on_a_small_stack(|| {
        assert_eq!(reason(&format!("a{}", "[1]".repeat(5000)), &long()), Reason::TooManyParts(2048));
        assert_eq!(reason(&"a/".repeat(5000), &long()), Reason::TooManyParts(2048));
        assert_eq!(reason(&"//".repeat(5000), &long()), reason("////", &long()));
    });
}

#[test]
fn a_thousand_steps_or_predicates_are_evaluated_within_the_budget() {
    on_a_small_stack(|| {
        assert!(evaluate(&format!("a{}", "[1]".repeat(1000)), "<r><a/></r>").0.is_ok());
        assert!(evaluate(&format!("a{}", "[.]".repeat(600)), "<r><a/></r>").0.is_ok());
        assert!(evaluate(&format!("a{}", "/..//a".repeat(500)), "<r><a/></r>").0.is_ok());
    });
}

#[test]
fn a_compiled_form_is_bounded() {
    let limits = Limits { compiled_bytes: 4096, ..Limits::default() };
    assert_eq!(reason(&vec!["a/b"; 100].join("|"), &limits), Reason::TooLarge(4096));
    let text = vec!["a[b]/c"; 300].join("|");
    let compiled = Expression::compile(&text, &Limits::default()).unwrap();
    assert!(compiled.heap_bytes() <= Limits::default().compiled_bytes);
}

#[test]
fn nested_counts_end_at_the_budget() {
    let wide = format!("<r>{}</r>", "<a/>".repeat(10_000));
    over_work(evaluate("//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]", &wide));
    over_work(evaluate("//@x | //*[count(//*) = count(//*/following::*)]", &wide));
}

#[test]
fn nested_concat_ends_at_the_budget() {
    let text = format!("<r>{}</r>", "lorem ipsum ".repeat(80_000));
    over_work(evaluate("concat(/, /, /, /, /, /)", &text));
    let doubled =
        (0..20).fold("'0123456789'".to_owned(), |inner, _| format!("concat({inner}, substring({inner}, 1))"));
    assert_eq!(reason(&doubled, &Limits::default()), Reason::TooLong(8192));
    over_work(evaluate(
        "//node()[string-length(concat(/, 'x')) = 1 or ../..]",
        &format!("<r>{}</r>", "<a>lorem ipsum</a>".repeat(50_000)),
    ));
}

#[test]
fn a_deep_document_is_walked_without_recursion() {
    on_a_small_stack(|| {
        let document = deep(100_000);
        assert_eq!(evaluate("count(//a)", &document).0, Ok("100000".to_owned()));
        assert_eq!(evaluate("string(/)", &document).0, Ok("\"x\"".to_owned()));
        assert_eq!(evaluate("count(//text()/ancestor::a)", &deep(50_000)).0, Ok("50000".to_owned()));
        over_work(evaluate("//a[ancestor::a[ancestor::b]]", &document));
        over_work(evaluate("//a[lang('en')]", &document));
        over_work(evaluate("//a[. = 'y']", &document));
    });
}

#[test]
fn steps_do_not_multiply_on_a_deep_document() {
    let (outcome, spent) = evaluate(&format!("count({})", "//a".repeat(20)), &deep(1000));
    assert_eq!(outcome, Ok("981".to_owned()));
    assert!(spent < 100_000, "{spent}");
}

#[test]
fn a_hundred_thousand_attributes_are_bounded() {
    let element =
        format!("<a{}/>", (0..200).map(|number| format!(" n{number}='{number}'")).collect::<String>());
    let document = format!("<r>{}</r>", element.repeat(500));
    assert_eq!(evaluate("count(//@*)", &document).0, Ok("100000".to_owned()));
    over_work(evaluate("//@*[. = //@*]", &document));
    over_work(evaluate("//@* != //@*[. = 'none']", &document));
}

#[test]
fn ten_megabytes_of_text_are_bounded() {
    let document = format!("<r><a>{}</a><b/></r>", "lorem ipsum ".repeat(900_000));
    over_work(evaluate("contains(a, 'dolor') or contains(a, 'amet') or contains(a, 'sit')", &document));
    over_work(evaluate("normalize-space(a)", &document));
    over_work(evaluate("//a[translate(., 'abc', 'ABC') = 'x']", &document));
    assert_eq!(evaluate("starts-with(a, 'lorem') and b", &document).0, Ok("true".to_owned()));
}

#[test]
fn a_string_is_bounded() {
    let document = roxmltree::Document::parse("<r>0123456789</r>").unwrap();
    let index = Index::new(&document);
    let expression = Expression::compile("concat(., .)", &Limits::default()).unwrap();
    let mut budget = Limits { string_bytes: 19, ..Limits::default() }.budget();
    let error = expression.evaluate(&index, Context::RootElement, &mut budget).unwrap_err();
    assert_eq!(error, EvalError::OverBudget(Bound::StringBytes(19)));
}

#[test]
fn long_names_and_long_numbers_are_paid_for() {
    let spent = |name: &str| evaluate(&format!("a/@{name}"), &format!("<r><a {name}='1'/></r>")).1;
    assert!(spent(&"n".repeat(6400)) >= spent("n") + 100);
    let spent = |digits: usize| evaluate("number(a)", &format!("<r><a>{}</a></r>", "1".repeat(digits))).1;
    assert!(spent(16_000) >= spent(1) + 4000);
}

#[test]
fn a_node_set_is_bounded() {
    let document = roxmltree::Document::parse("<r><a/><a/><a/></r>").unwrap();
    let index = Index::new(&document);
    let expression = Expression::compile("//a", &Limits::default()).unwrap();
    let mut budget = Limits { nodes: 2, ..Limits::default() }.budget();
    let error = expression.evaluate(&index, Context::RootElement, &mut budget).unwrap_err();
    assert_eq!(error, EvalError::OverBudget(Bound::Nodes(2)));
    assert_eq!(expression.matches(&index, &mut budget), Ok(true));
}

#[test]
fn the_same_evaluation_spends_the_same() {
    let document = format!("<r>{}</r>", "<a xml:lang='en'>x</a>".repeat(100));
    for expression in ["//a[lang('en')]", "id('x y z')", "//a = //a", "//a/preceding::node()[3]"] {
        assert_eq!(evaluate(expression, &document), evaluate(expression, &document), "{expression}");
    }
}
