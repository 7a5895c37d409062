//! What parsing, indexing and a thousand distinct filters cost on one packet. Medians in microseconds.
//!
//! ```sh
//! cargo run --release -p bounded-xpath --example bench [PACKET]
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it is run by hand"
)]

use std::hint::black_box;
use std::time::Instant;

use bounded_xpath::{Expression, Index, Limits};

const NAMES: [&str; 8] = [
    "SC_Lat",
    "Sun_Distance",
    "Packet_Type",
    "TrigID",
    "Burst_Signif",
    "Retraction",
    "int_flux",
    "skymap_fits",
];

/// Filters of the forms that the field uses, no two alike.
fn filters(count: usize) -> Vec<String> {
    let form = |number: usize| {
        let name = NAMES[number / 8 % NAMES.len()];
        match number % 8 {
            0 => format!("//Param[@name=\"{name}\" and @value>{number}]"),
            1 => format!("//Who/Author[shortName=\"VO-{number}\"]"),
            2 => format!("/*[local-name()=\"VOEvent\" and @role!=\"test{number}\"]"),
            3 => format!("starts-with(@ivorn, \"ivo://observatory{number}/\")"),
            4 => format!("//Param[@name=\"Packet_Type\" and (@value=\"{number}\" or @value=\"115\")]"),
            5 => format!("./What/Param[@name='{name}-{number}']"),
            6 => format!(
                "//How[contains(Description, \"Swift{number}\")] or //Param[@name=\"{name}\" and @value>40]"
            ),
            _ => format!(".//Param[@name='{name}' and @value != {number}]"),
        }
    };
    (0..count).map(form).collect()
}

/// The median time of a call, in microseconds.
fn median(mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..501)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed().as_nanos() as f64 / 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let packet = match std::env::args().nth(1) {
        Some(file) => std::fs::read_to_string(file).unwrap(),
        None => include_str!("packet.xml").to_owned(),
    };
    let limits = Limits::default();
    let texts = filters(1000);
    let compile = median(|| {
        for text in &texts {
            black_box(Expression::compile(text, &limits)).unwrap();
        }
    });
    let filters: Vec<Expression> =
        texts.iter().map(|text| Expression::compile(text, &limits).unwrap()).collect();
    let document = roxmltree::Document::parse(&packet).unwrap();
    let index = Index::new(&document);
    let parse = median(|| drop(black_box(roxmltree::Document::parse(black_box(&packet)).unwrap())));
    let indexing = median(|| drop(black_box(Index::new(black_box(&document)))));
    let run = |filters: &[Expression]| {
        for filter in filters {
            black_box(filter.matches(&index, &mut limits.budget())).unwrap();
        }
    };
    let thousand = median(|| run(&filters));
    println!("{} bytes, {} nodes", packet.len(), document.descendants().len());
    println!("compile one filter        {:9.3}", compile / 1000.0);
    println!("parse                     {parse:9.3}");
    println!("index                     {indexing:9.3}");
    println!("1,000 distinct filters    {thousand:9.3}");
    println!("index and 1,000 filters   {:9.3}   at most 1000", indexing + thousand);
    for form in 0..8 {
        let alike: Vec<Expression> = texts
            .iter()
            .skip(form)
            .step_by(8)
            .map(|text| Expression::compile(text, &limits).unwrap())
            .collect();
        let each = median(|| run(&alike)) / alike.len() as f64;
        println!("  {each:6.3} each like {}", alike[0].text());
    }
    let one = median(|| {
        let document = roxmltree::Document::parse(black_box(&packet)).unwrap();
        let index = Index::new(&document);
        black_box(filters[0].matches(&index, &mut limits.budget())).unwrap();
    });
    println!("parse, index, one filter  {one:9.3}   at most 35");
}
