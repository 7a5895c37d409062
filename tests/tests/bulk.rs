//! Real packets, in bulk: a month of them end to end, and one of every kind that archives hold.

#![cfg(test)]

use std::path::Path;
use std::thread;

use system_tests::client::{Listener, submit};
use system_tests::kept::{kept, missing, repeated};
use system_tests::philae::Philae;
use system_tests::{corpus, fixtures};
use vtp::transport::Role;

const AUTHORS: usize = 16;

/// What became of submissions, each with the number of those that it happened to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    duplicates: usize,
    refused: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.refused += other.refused;
    }

    /// Submits packets one after the other, as one author.
    fn submit(philae: &Philae, packets: &[Vec<u8>]) -> Self {
        let mut tally = Self::default();
        for packet in packets {
            let receipt = submit(philae.receive().unwrap(), packet).unwrap().unwrap();
            match (receipt.role, receipt.result) {
                (Role::Ack, None) => tally.accepted += 1,
                (Role::Ack, Some(_)) => tally.duplicates += 1,
                _ => tally.refused += 1,
            }
        }
        tally
    }
}

/// Submits packets by several authors at once.
fn submit_by_many(philae: &Philae, packets: &[Vec<u8>]) -> Tally {
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let shares = packets.chunks(packets.len().div_ceil(AUTHORS));
        let authors: Vec<_> = shares.map(|share| scope.spawn(|| Tally::submit(philae, share))).collect();
        authors.into_iter().for_each(|author| tally.add(&author.join().unwrap()));
    });
    tally
}

/// The month of the corpus, all of whose packets are different; the project's own packets without it.
fn month() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let found = corpus::folder().map(|corpus| corpus::unpack_month(&corpus, folder.path()).unwrap());
    found.unwrap_or_else(|| fixtures::ALL.map(<[u8]>::to_vec).into())
}

#[test]
fn a_month_of_packets_passes_byte_for_byte_none_lost_none_twice() {
    let (folder, packets) = (tempfile::tempdir().unwrap(), month());
    // Not all are valid VOEvent 2.0; which are not is told in `validate.rs`.
    let philae = Philae::start_in(folder.path(), &["--receive-check", "well-formed"]).unwrap();
    let mut listener = Listener::start(philae.broadcast().unwrap()).unwrap();
    let (tally, received) = thread::scope(|scope| {
        let receiving = scope.spawn(|| listener.take(packets.len()).unwrap());
        (submit_by_many(&philae, &packets), receiving.join().unwrap())
    });
    eprintln!("{} packets: {tally:?}", packets.len());
    assert_eq!(tally, Tally { accepted: packets.len(), ..Tally::default() });
    assert_eq!(missing(&packets, &received), 0);
    assert_eq!(repeated(&received).unwrap(), 0);
    assert_eq!(kept(&philae).unwrap(), received, "the log has what the subscriber got, in that order");
    let again = submit_by_many(&philae, &packets);
    assert_eq!(again, Tally { duplicates: packets.len(), ..Tally::default() });
    assert!(philae.stop().unwrap().contains("stopped"));
}

/// What the corpus says of a packet: who would take it.
struct Expected {
    file: String,
    comet_acks: bool,
}

fn expectations(corpus: &Path) -> Vec<Expected> {
    let table = std::fs::read_to_string(corpus.join("validity.csv")).unwrap();
    let rows = table.lines().skip(1);
    let expected = |row: &str| {
        let file = row.split(',').next().unwrap().to_owned();
        // The last two fields are the verdict and the first fault, which what Comet acks has not.
        Expected { file, comet_acks: row.ends_with(",ack,") }
    };
    rows.map(expected).collect()
}

/// What Philae refuses of the corpus, and why; Comet acks none of it. Everything else it acks: also the packets that
/// Comet drops for want of a role. Two it takes for another packet, whose VOEvent element is
/// the same: `empty_Param` and `trailing_comment_after_root` of the synthetic ones.
const REFUSALS: [(&str, &str); 12] = [
    ("packets/", "not valid VOEvent 2.0: line "),
    (
        "packets/frb-voevent-standard/template__",
        "not well-formed XML: line 1: text outside of the root element",
    ),
    ("packets/pygcn/kill_socket", "No per-event local ID"),
    ("packets/transport/", "the root element is 'Transport', not 'VOEvent'"),
    ("packets/comet-security/quadratic_blowup", "not well-formed XML: line 2: a DOCTYPE is not accepted"),
    ("packets/synthetic-schema/ivorn_empty", "Invalid IVOID"),
    ("packets/synthetic-schema/ivorn_notivo", "Invalid IVOID"),
    ("packets/synthetic-schema/leading_whitespace", "not well-formed XML: unexpected XML declaration"),
    ("packets/synthetic-schema/two_roots", "not well-formed XML: line 12: a second root element"),
    ("packets/synthetic-schema/unclosed", "not well-formed XML: the document ends before its root element"),
    (
        "packets/synthetic-schema/trailing_nul",
        "not well-formed XML: line 11: text outside of the root element",
    ),
    (
        "packets/synthetic-schema/enc_ascii_decl_utf8",
        "the declared encoding is 'US-ASCII', the bytes are UTF-8",
    ),
];

#[test]
fn what_comet_acks_is_acked_and_what_is_refused_is_told_why() {
    let Some(corpus) = corpus::folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    let (mut accepted, mut duplicates, mut more_than_comet, mut refused) = (Vec::new(), 0, 0, 0);
    for Expected { file, comet_acks } in expectations(&corpus) {
        let packet = std::fs::read(corpus.join(&file)).unwrap();
        let receipt = submit(philae.receive().unwrap(), &packet).unwrap().unwrap();
        more_than_comet += usize::from(receipt.role == Role::Ack && !comet_acks);
        match (receipt.role, receipt.result) {
            (Role::Ack, None) => accepted.push(packet),
            (Role::Ack, Some(_)) => duplicates += 1,
            (_, reason) => {
                let reason = reason.unwrap();
                assert!(!comet_acks, "Comet acks {file}, Philae does not: {reason}");
                let is_known = |(name, why): &(&str, &str)| file.starts_with(name) && reason.contains(why);
                assert!(REFUSALS.iter().any(is_known), "{file}: {reason}");
                refused += 1;
            }
        }
    }
    eprintln!(
        "{} accepted, {duplicates} duplicates, {refused} refused; {more_than_comet} acked that Comet does not ack",
        accepted.len()
    );
    assert_eq!(missing(&accepted, &kept(&philae).unwrap()), 0);
}
