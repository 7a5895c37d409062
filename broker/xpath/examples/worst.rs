//! What hostile expressions cost on hostile documents before the default budget ends them, in milliseconds, and
//! what a unit of work takes at worst.
//!
//! ```sh
//! cargo run --release -p bounded-xpath --example worst
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "it is run by hand"
)]

use std::time::Instant;

use bounded_xpath::{Context, Expression, Index, Limits};

const EXPRESSIONS: [&str; 46] = [
    "//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]",
    "count(//node()/ancestor-or-self::node())",
    "//*/preceding::*/following::*",
    "count(//*/preceding::*[1])",
    "count(//*/following::*[last()])",
    "//*[preceding-sibling::*[preceding-sibling::*[preceding-sibling::x]]]",
    "//@*[. = //@*[. = //@*[. = 'x']]]",
    "//@* = //*",
    "//@* != //@*",
    "//*[. = 'x']",
    "//*[string-length(.) = 1]",
    "//*[contains(., 'xyzzyx')]",
    "//*[normalize-space(.) = 'x']",
    "//*[translate(., 'abcdefghij', 'ABCDEFGHIJ') = 'x']",
    "//*[number(.) = 1]",
    "sum(//*)",
    "sum(//@*)",
    "//*[lang('en')]",
    "//*[id(.)]",
    "//@*[id(concat(., ' ', ., ' ', .))]",
    "count(//namespace::*)",
    "//namespace::*[. = //namespace::*[. = 'x']]",
    "//*[name() = 'x']",
    "//@*[name(.) = 'x' or local-name(..) = 'y']",
    "concat(/, /, /, /, /, /, /, /, /, /, /, /)",
    "string-length(concat(concat(concat(//*, //*), concat(//*, //*)), concat(concat(/, /), concat(/, /))))",
    "//*[concat(., .) = 'x' or concat(., ., .) = 'y']",
    "//*[substring(., 100000) = 'x']",
    "//*[substring-after(., 'q') = 'x']",
    "//node()[string(position()) = string(last() div 3)]",
    "(//*|//@*|//text()|//comment())[last()]",
    "//*[last()]//*[last()]//*[last()]",
    "//*[position() mod 7 = 3]/ancestor::*[position() mod 3 = 1]/descendant::node()[2]",
    "translate(/, string(/), string(/)) = normalize-space(/)",
    "//node()[number(/) = 1]",
    "//node()[number(/*/*) = 1 or number(..) = 2]",
    "//node()[contains(/, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')]",
    "//node()[contains(/, 'abaabaaabaaaabaaaaabaaaaaaab')]",
    "//node()[/r = LITERAL]",
    "//node()[/ = LITERAL or . = LITERAL]",
    "//node()[NAME or @NAME or //NAME]",
    "//node()[../NAME/@NAME]",
    "//node()[count(/*/NAME[@NAME])]",
    "//node()[lang(LITERAL)]",
    "//node()[substring(/, 1000000000)]",
    "//node()[starts-with(LITERAL, /)]",
];

/// A literal and a name as long as an expression can bear.
fn written_out(text: &str) -> String {
    let count = text.matches("LITERAL").count() + text.matches("NAME").count();
    let long = "x".repeat(8000 / count.max(1));
    text.replace("LITERAL", &format!("'{long}'")).replace("NAME", &long)
}

/// Elements whose names are as long as those of the expressions, and all but the same.
fn long_names() -> String {
    let name = |length: usize, last: &str| format!("{}{last}", "x".repeat(length - 1));
    let element = |length: usize| {
        let (name, other) = (name(length, "x"), name(length, "y"));
        format!("<{name} {other}='1' {name}z='2'/><{other} {other}='1'/>")
    };
    [8000 / 4, 8000 / 3, 8000 / 2].into_iter().map(|length| element(length).repeat(20)).collect()
}

fn documents() -> Vec<(&'static str, String)> {
    let deep = 50_000;
    vec![
        ("wide", format!("<r>{}</r>", "<a k='v'>1.5 </a>".repeat(16_000))),
        ("deep", format!("{}x{}", "<a>".repeat(deep), "</a>".repeat(deep))),
        (
            "attributes",
            format!("<r>{}</r>", "<a b='1' c='2' d='3' e='4' f='5' g='6' h='7' i='8' j='9'/>".repeat(11_000)),
        ),
        ("texts", format!("<r>{}</r>", "x<b/>".repeat(50_000))),
        ("text", format!("<r>{}</r>", "lorem  ipsum xyzzy ".repeat(50_000))),
        ("digits", format!("<r><a>{}</a><b/></r>", "1".repeat(1_000_000))),
        ("periodic", format!("<r>{}<b/></r>", "a".repeat(1_000_000))),
        ("letters", format!("<r>{}</r>", "x<b/><!---->".repeat(40_000))),
        ("long names", format!("<r>{}</r>", long_names())),
        (
            "default",
            format!(
                "<r xmlns='u'>{}</r>",
                format!("{}y{}", "<a>z".repeat(200), "</a>".repeat(200)).repeat(200)
            ),
        ),
        (
            "names",
            format!("<r>{}</r>", (0..40_000).map(|n| format!("<n{n} xml:id='i{n}'/>")).collect::<String>()),
        ),
        (
            "nested",
            format!("<r>{}</r>", format!("{}y{}", "<a k='1'>z".repeat(200), "</a>".repeat(200)).repeat(200)),
        ),
    ]
}

fn main() {
    let limits = Limits::default();
    let expressions: Vec<Expression> =
        EXPRESSIONS.iter().map(|text| Expression::compile(&written_out(text), &limits).unwrap()).collect();
    for (name, text) in documents() {
        let options = roxmltree::ParsingOptions { nodes_limit: u32::MAX, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(&text, options).unwrap();
        let start = Instant::now();
        let index = Index::new(&document);
        println!(
            "{name}: {} bytes, {} nodes, index {:.1} ms",
            text.len(),
            document.descendants().len(),
            start.elapsed().as_secs_f64() * 1e3
        );
        for expression in &expressions {
            // The least of several runs: what others do on the machine is not counted.
            let runs = (0..5).map(|_| {
                let mut budget = limits.budget();
                let start = Instant::now();
                let value = expression.evaluate(&index, Context::default(), &mut budget);
                (start.elapsed(), budget.spent(), value)
            });
            if let Some((took, spent, value)) = runs.min_by_key(|(took, ..)| *took) {
                let a_unit = took.as_nanos() as f64 / spent as f64;
                let verdict = value.map_or_else(
                    |error| error.to_string(),
                    |value| format!("{value:.60}").chars().take(40).collect(),
                );
                if took.as_micros() > 2500 || a_unit > 40.0 && took.as_micros() > 500 {
                    println!(
                        "{:7.2} ms {a_unit:6.1} ns a unit  {} -> {verdict}",
                        took.as_secs_f64() * 1e3,
                        expression.text().chars().take(70).collect::<String>()
                    );
                }
            }
        }
    }
}
