//! What parsing a packet and one compiled filter take, here and with lxml, in turn. Medians in microseconds, and the ratio.
//!
//! ```sh
//! cargo run --release -p bounded-xpath --example against_lxml PYTHON-WITH-LXML [PACKET [EXPRESSION]]
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it is run by hand"
)]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use bounded_xpath::{Expression, Index, Limits};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
const TIMES: usize = 2_001;
const RUNS: usize = 5;

fn main() {
    let given: Vec<_> = std::env::args().skip(1).collect();
    let Some(python) = given.first() else {
        eprintln!("name a Python that has lxml, such as target/peers-venv/bin/python");
        std::process::exit(2);
    };
    let packet = given.get(1).cloned().unwrap_or_else(|| format!("{FOLDER}/packet.xml"));
    let text = given.get(2).cloned();
    let text = text.unwrap_or_else(|| "//Param[@name='Packet_Type' and @value=61]".to_owned());
    let mut runs: Vec<_> = (0..RUNS).map(|_| (ours(&packet, &text), lxml(python, &packet, &text))).collect();
    runs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, theirs) = runs[RUNS / 2];
    println!("{packet}: parse and one filter {ours:.1} us, lxml {theirs:.1} us, ratio {:.2}", ours / theirs);
}

fn ours(packet: &str, text: &str) -> f64 {
    let (packet, limits) = (std::fs::read_to_string(packet).unwrap(), Limits::default());
    let expression = Expression::compile(text, &limits).unwrap();
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            let document = roxmltree::Document::parse(&packet).unwrap();
            let matches = expression.matches(&Index::new(&document), &mut limits.budget());
            black_box(matches.unwrap());
            drop(document);
            start.elapsed().as_nanos() as f64 / 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TIMES / 2]
}

fn lxml(python: &str, packet: &str, text: &str) -> f64 {
    let script = format!("{FOLDER}/against_lxml.py");
    let output = Command::new(python).args([&script, packet, text, &TIMES.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}
