//! Hostile documents: entities, depth, breadth, control characters. Each gets a nak, soon, and nobody else feels it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails in a helper fails the test")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use system_tests::client::{Listener, PATIENCE, Wire, framed, packet, submit, submit_acked};
use system_tests::philae::Philae;
use system_tests::wait::wait_for;
use system_tests::witness::Witness;
use tempfile::TempDir;
use vtp::transport::Role;

/// What judging the worst document may take on a busy machine, in a build for tests.
const PROMPT: Duration = Duration::from_secs(5);

fn broker() -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    (folder, philae)
}

fn event(attributes: &str, inside: &str) -> String {
    format!(
        "<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' ivorn='ivo://philae.test/xml#1' \
         role='test' {attributes}>{inside}</v:VOEvent>"
    )
}

/// Submits a document that must be refused, soon, and returns the reason.
fn refused(address: SocketAddr, document: &str) -> String {
    let start = Instant::now();
    let receipt = submit(address, document.as_bytes()).unwrap().expect("a receipt");
    assert_eq!(receipt.role, Role::Nak);
    assert!(start.elapsed() < PROMPT, "judging {:.60} took {:?}", document, start.elapsed());
    receipt.result.expect("a reason")
}

#[test]
fn a_doctype_is_refused_with_all_that_hides_in_it() {
    let (_folder, philae) = broker();
    let lol = "<!DOCTYPE lolz [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>";
    let outside = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>";
    let parameter = "<!DOCTYPE x [<!ENTITY % e SYSTEM 'http://127.0.0.1:9/e'> %e;]>";
    let empty = "<!DOCTYPE VOEvent>";
    for doctype in [lol, outside, parameter, empty] {
        let reason = refused(philae.receive().unwrap(), &format!("{doctype}{}", event("", "&c;")));
        assert!(reason.contains("DOCTYPE is not accepted"), "{reason}");
    }
    Witness::start(&philae).unwrap().feels_nothing().unwrap();
}

#[test]
fn what_no_honest_packet_has_is_refused_soon() {
    let (_folder, philae) = broker();
    let mut witness = Witness::start(&philae).unwrap();
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let documents = [
        event("", &"<a>".repeat(100_000)),
        event("", &format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))),
        event(&many(100_000, &|n| format!("a{n}='' ")), ""),
        event("", &format!("<b {}/>", many(80_000, &|n| format!("a{n}='' ")))),
        event(&many(5_000, &|n| format!("xmlns:n{n}='u{n}' ")), ""),
        event("", &many(40_000, &|n| format!("<a xmlns='u{n}'/>"))),
        event("", &"<a/>".repeat(200_000)),
        event("", &"&undefined;".repeat(90_000)),
        event("", &format!("<a b='{}'/>", "&undefined;".repeat(90_000))),
    ];
    for document in documents {
        refused(philae.receive().unwrap(), &document);
        witness.feels_nothing().unwrap();
    }
}

#[test]
fn judging_takes_no_longer_the_more_comments_surround_an_event() {
    let (_folder, philae) = broker();
    let mut witness = Witness::start(&philae).unwrap();
    let comments = "<!---->".repeat(140_000);
    let unfinished = event("", "<a>");
    for document in [format!("{comments}{unfinished}"), format!("{}{comments}x", event("", ""))] {
        refused(philae.receive().unwrap(), &document);
        witness.feels_nothing().unwrap();
    }
}

#[test]
fn large_sound_documents_of_odd_shape_are_taken_soon() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &["--max-event-size", "16MiB"]).unwrap();
    let params = |n: usize| format!("<Param name='p{n}' value='{n}'><Value/></Param>");
    let shapes = [
        "<![CDATA[]]>x".repeat(70_000),
        "&#65;".repeat(200_000),
        "\r\n".repeat(400_000),
        " :".repeat(400_000),
        "x".repeat(9_999_999),
    ];
    let mut shapes = shapes.map(|text| format!("<Description>{text}</Description>")).to_vec();
    shapes.push(format!("<What>{}</What>", (0..20_000).map(params).collect::<String>()));
    for (number, inside) in shapes.iter().enumerate() {
        let document = event("", &format!("{inside}<Reference uri='{number}'/>"));
        let start = Instant::now();
        submit_acked(philae.receive().unwrap(), document.as_bytes()).unwrap();
        assert!(start.elapsed() < PROMPT, "shape {number} took {:?}", start.elapsed());
    }
}

#[test]
fn a_nak_and_its_line_in_the_log_are_short_whatever_they_quote() {
    let (_folder, philae) = broker();
    let long = "x".repeat(900_000);
    let documents = [
        format!("<VOEvent ivorn='{long}'/>"),
        format!("<VOEvent ivorn='ivo://philae.test/{long}'/>"),
        format!("<{long}/>"),
        event("", &format!("<{long}></y>")),
        event("", &format!("<a b='&{long};'/>")),
    ];
    for document in documents {
        let receipt = submit(philae.receive().unwrap(), document.as_bytes()).unwrap().unwrap();
        assert_eq!(receipt.role, Role::Nak);
        assert!(receipt.result.unwrap().len() < 2_000 && receipt.origin.len() < 2_000);
    }
    assert!(philae.log().len() < 20_000, "{} bytes of log", philae.log().len());
}

#[test]
fn control_characters_of_strangers_never_reach_the_log() {
    let (_folder, mut philae) = broker();
    let odd = ["\u{1b}[2J", "&#27;[2J", "&#10;forged", "\u{9b}2J", "&#x9b;2J", "\u{7f}", "\u{202e}", "\u{7}"];
    for text in odd {
        let documents = [
            format!("<VOEvent ivorn='ivo://philae.test/x#{text}'/>"),
            format!("<VOEvent ivorn='{text}'/>"),
            format!("<a{text}/>"),
            event(&format!("role{text}=''"), &format!("<b{text}></c{text}>")),
        ];
        for document in documents {
            refused(philae.receive().unwrap(), &document);
        }
    }
    philae.wait_for_lines("event rejected", 4 * odd.len(), PATIENCE).unwrap();
    let log = philae.log();
    assert!(!log.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{log:?}");
    assert!(log.lines().all(|line| !line.starts_with("forged")));
}

#[test]
fn authors_of_large_events_at_once_are_all_served() {
    let (_folder, philae) = broker();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let receive = philae.receive().unwrap();
    std::thread::scope(|scope| {
        for number in 0..32 {
            scope.spawn(move || submit_acked(receive, &packet(number, 1_000_000)).unwrap());
        }
    });
    let mut events = listener.take(32).unwrap();
    let mut sent: Vec<Vec<u8>> = (0..32).map(|number| packet(number, 1_000_000)).collect();
    events.sort();
    sent.sort();
    assert!(events == sent, "events are delivered byte for byte");
}

#[test]
fn large_events_that_are_never_finished_share_a_budget() {
    let (_folder, philae) = broker();
    let mut witness = Witness::start(&philae).unwrap();
    witness.feels_nothing().unwrap();
    let before = philae.resident_kib().unwrap();
    let frame = framed(&packet(1, 1_000_000));
    let connect = |_| (Wire::connect(philae.receive().unwrap()).unwrap(), 0);
    let mut authors: Vec<(Wire, usize)> = (0..240).map(connect).collect();
    // Ten looks in a row without a byte taken: the broker takes no more.
    let mut idle = 0;
    wait_for(PATIENCE / 4, "the broker to take no more", || {
        let mut moved = 0;
        for (wire, sent) in &mut authors {
            let taken = wire.send_some(&frame[*sent..frame.len() - 1])?;
            (*sent, moved) = (*sent + taken, moved + taken);
        }
        idle = if moved == 0 { idle + 1 } else { 0 };
        Ok((idle == 10).then_some(()))
    })
    .unwrap();
    let growth = philae.resident_kib().unwrap().saturating_sub(before);
    assert!(growth < 140 * 1024, "{growth} KiB");
    witness.feels_nothing().unwrap();
}
