//! What judging a packet costs, part by part, and what the worst documents cost.
//!
//! ```text
//! checks_bench [FILE...]        medians for each packet: envelope, tree, well-formedness, structure, digest
//! checks_bench hostile          the time that each hostile document takes until it is judged, and the verdict
//! ```

#![allow(clippy::unwrap_used, reason = "a bench has nobody to report to but its user")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use philae::checks::{Origin, Policy, judge};
use roxmltree::{Document, ParsingOptions};
use vtp::Packet;

/// A typical packet: a position and a dozen Params, 3.5 kB.
const GRB: &[u8] = include_bytes!("../../tests/fixtures/grb.xml");
const ROUNDS: usize = 401;
const TIMES: u32 = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["hostile"] => hostile(),
        [] => {
            // Params more, so that it has the size of the median packet in archives.
            let text =
                String::from_utf8_lossy(GRB).replacen("</What>", &format!("{}  </What>", PARAM.repeat(6)), 1);
            parts("a packet of the median size", text.into_bytes().into());
        }
        files => files.iter().for_each(|file| parts(file, std::fs::read(Path::new(file)).unwrap().into())),
    }
}

const PARAM: &str =
    "  <Param name=\"Spectral_Lag\" dataType=\"float\" value=\"0.064\" unit=\"s\" ucd=\"time.interval\"/>\n";

fn parts(name: &str, raw: Bytes) {
    let packet = Packet::parse(raw.clone()).unwrap();
    let options = || ParsingOptions { nodes_limit: 50_000, ..ParsingOptions::default() };
    let verdict = |policy| judge(&packet, Origin::Author, policy);
    let mut samples: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let round = [
            timed(|| drop(black_box(Packet::parse(raw.clone())))),
            timed(|| drop(black_box(Document::parse_with_options(packet.text(), options())))),
            timed(|| drop(black_box(verdict(Policy::WellFormed)))),
            timed(|| drop(black_box(verdict(Policy::Schema)))),
            timed(|| {
                black_box(packet.digest());
            }),
        ];
        samples.iter_mut().zip(round).for_each(|(samples, sample)| samples.push(sample));
    }
    let [envelope, tree, well_formed, schema, digest] = samples.map(|mut samples| {
        samples.sort();
        samples.get(ROUNDS / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / f64::from(TIMES))
    });
    let structure = schema - well_formed;
    println!(
        "{name}: {} bytes, {}",
        raw.len(),
        if verdict(Policy::Schema).is_ok() { "valid" } else { "not valid" }
    );
    println!("  {envelope:8.2} us  envelope: root, identifier, where the element ends");
    println!("  {tree:8.2} us  tree: roxmltree alone");
    println!("  {:8.2} us  well-formedness beyond the tree, encoding, identifier", well_formed - tree);
    println!(
        "  {structure:8.2} us  structure of VOEvent 2.0: {:.2} of the tree, {:.2} of all before",
        structure / tree,
        structure / (envelope + well_formed)
    );
    println!("  {digest:8.2} us  digest");
    println!("  {:8.2} us  all of it", envelope + schema + digest);
}

/// The time of one in [`TIMES`] calls, as all of them.
fn timed(mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..TIMES).for_each(|_| call());
    start.elapsed()
}

fn hostile() {
    let event = |attributes: &str, inside: &str| {
        format!(
            "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' ivorn='ivo://a.b/c#d' {attributes}>{inside}</v:VOEvent>"
        )
    };
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let bomb = "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>";
    let params =
        |count| format!("<What>{}</What>", many(count, &|n| format!("<Param name='p{n}' value='{n}'/>")));
    let text = "x".repeat(10_000_000);
    let documents = [
        ("100,000 levels", event("", &format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)))),
        ("100,000 levels, not closed", event("", &"<a>".repeat(100_000))),
        ("100,000 attributes", event(&many(100_000, &|n| format!("a{n}='' ")), "")),
        (
            "100,000 attributes on a child",
            event("", &format!("<b {}/>", many(100_000, &|n| format!("a{n}='' ")))),
        ),
        ("5,000 namespaces", event(&many(5_000, &|n| format!("xmlns:n{n}='u{n}' ")), "")),
        ("a text of 10 MB", event("", &format!("<Description>{text}</Description>"))),
        ("a value of 10 MB", event("", &format!("<Reference uri='{text}'/>"))),
        ("10 MB of text where none may stand", event("", &text)),
        ("an entity bomb", format!("{bomb}{}", event("", "&c;"))),
        (
            "an external entity",
            format!("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>{}", event("", "&e;")),
        ),
        ("5,000 Params", event("", &params(5_000))),
        ("24,000 Params", event("", &params(24_000))),
        ("100,000 Params", event("", &params(100_000))),
        ("200,000 empty elements", event("", &"<a/>".repeat(200_000))),
        ("90,000 unknown entities", event("", &"&a;".repeat(90_000))),
        (
            "200,000 references to characters",
            event("", &format!("<Description>{}</Description>", "&#65;".repeat(200_000))),
        ),
        (
            "500,000 colons that begin no name",
            event("", &format!("<Description>{}</Description>", " :".repeat(500_000))),
        ),
        ("140,000 comments around it", format!("{0}{1}{0}", "<!---->".repeat(70_000), event("", ""))),
    ];
    for (name, document) in documents {
        let raw = Bytes::from(document.into_bytes());
        let judged = || {
            let packet = Packet::parse(raw.clone()).map_err(|error| error.to_string())?;
            judge(&packet, Origin::Author, Policy::Schema).map(drop)
        };
        // The best of some: the machine has other things to do.
        let time = |_| {
            let start = Instant::now();
            drop(black_box(judged()));
            start.elapsed()
        };
        let took = (0..7).map(time).min().unwrap_or_default().as_secs_f64() * 1e3;
        let verdict = judged();
        let told: String =
            verdict.map_or_else(|reason| reason, |()| "valid".to_owned()).chars().take(100).collect();
        println!("{took:8.2} ms  {:9} bytes  {name}: {told}", raw.len());
    }
}
