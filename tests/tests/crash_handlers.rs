//! What the end of the process may not take from handlers, nor double: kill -9 at random moments, under load.
//!
//! ```text
//!  6 authors ──> broker, killed and started 25 times ──> `tally`: counts in its state, publishes a packet for each
//! ```
//!
//! Inside the broker it is as if the handler had been called once for each event: in the end its count is the number of
//! events, and each has one publication, with the number that it had.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::collections::BTreeMap;
use std::thread;

use bytes::Bytes;
use fastrand::Rng;
use system_tests::handler_site::HandlerSite;
use system_tests::kept::{kept, missing, repeated};
use system_tests::philae::Philae;
use system_tests::storm::{AUTHORS, SEED, Storm};

const KILLS: usize = 25;
const SETTINGS: &str = "streams = ['ivo://philae.test/load']\n[config]\nstream = 'ivo://philae.test/tally'\n\
                        [grants]\npublish = true\n";

/// What stands between two texts in a packet.
fn between<'p>(packet: &'p str, start: &str, end: &str) -> Option<&'p str> {
    packet.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}

/// The number in a packet's parameter.
fn param(packet: &str, name: &str) -> u64 {
    let param = between(packet, &format!("<Param name=\"{name}\""), "/>").unwrap();
    between(param, "value=\"", "\"").unwrap().parse().unwrap()
}

/// The authors' events by their number, and the handler's publications by that of their event, each with its place in the log.
fn sorted(kept: &[Bytes]) -> (BTreeMap<String, u64>, BTreeMap<String, (u64, u64)>) {
    let (mut events, mut published) = (BTreeMap::new(), BTreeMap::new());
    for packet in kept {
        let packet = String::from_utf8_lossy(packet);
        if let Some(number) = between(&packet, "ivo://philae.test/tally#", "\"") {
            let first = published.insert(number.to_owned(), (param(&packet, "Count"), param(&packet, "Seq")));
            assert_eq!(first, None, "two publications for {number}");
        } else if let Some(number) = between(&packet, "ivo://philae.test/load#", "'") {
            events.insert(number.to_owned(), 0);
        }
    }
    (events, published)
}

#[test]
fn kill_9_takes_no_call_of_a_handler_and_doubles_none() {
    eprintln!("seed {SEED}");
    let storm = Storm::default();
    let mut site = HandlerSite::start(&[("tally", SETTINGS)]).unwrap();
    storm.announce(1, &site.philae);
    let (site, acked) = thread::scope(|scope| {
        let storm = &storm;
        let authors: Vec<_> = (0..AUTHORS).map(|author| scope.spawn(move || storm.submit(author))).collect();
        let mut rng = Rng::with_seed(SEED);
        for life in 2..KILLS + 2 {
            storm.wait(&mut rng);
            site = site.restarted(Philae::kill).unwrap();
            storm.announce(life, &site.philae);
        }
        storm.end();
        (site, authors.into_iter().flat_map(|author| author.join().unwrap()).collect::<Vec<_>>())
    });
    let tally = site.wait_for("tally", "all to be handled", |tally| tally["lag"] == 0).unwrap();
    let kept = kept(&site.philae).unwrap();
    let (events, published) = sorted(&kept);
    eprintln!(
        "{KILLS} kills, {} acknowledged, {} events, {} published, {tally}",
        acked.len(),
        events.len(),
        published.len()
    );
    assert!(acked.len() > KILLS && missing(&acked, &kept) == 0 && repeated(&kept).unwrap() == 0);
    assert!(events.keys().eq(published.keys()), "an event without publication, or the other way round");
    let mut counts: Vec<_> = published.values().collect();
    counts.sort();
    assert!(
        counts.iter().map(|(count, _)| *count).eq(1..=events.len() as u64),
        "a gap or a double: {counts:?}"
    );
    assert!(counts.is_sorted_by_key(|(_, seq)| seq), "not in the order of the log");
}
