//! A store that was damaged behind the broker's back: what is lost is said, what is left is served.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use system_tests::client::{Listener, PATIENCE, packet, submit_acked};
use system_tests::kept::{kept, missing};
use system_tests::philae::{self, Philae};

fn packets(from: usize, to: usize) -> Vec<Vec<u8>> {
    (from..to).map(|number| packet(number, 1000)).collect()
}

fn submit_all(philae: &Philae, packets: &[Vec<u8>]) {
    for packet in packets {
        submit_acked(philae.receive().unwrap(), packet).unwrap();
    }
}

/// The journal that the store was writing.
fn journal(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder.join("db")).unwrap().map(|file| file.unwrap().path());
    let journals = files.filter(|path| path.extension().is_some_and(|it| it == "jnl"));
    journals.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}

/// Where the packet of that number stands in the journal.
fn find(journal: &[u8], number: usize) -> usize {
    let packet = packet(number, 1000);
    journal.windows(packet.len()).position(|piece| piece == packet).unwrap()
}

/// Overwrites what stands before a packet in the journal, by which the database knows where things begin.
fn corrupt(folder: &Path, number: usize) {
    let path = journal(folder);
    let mut bytes = fs::read(&path).unwrap();
    let at = find(&bytes, number);
    bytes[at - 500..at].fill(0);
    fs::write(path, bytes).unwrap();
}

/// The first and the last place that a broker says it has lost.
fn lost(philae: &mut Philae) -> (usize, usize) {
    let text = "the store was damaged: acknowledged events are missing from the log";
    philae.wait_for_lines(text, 1, PATIENCE).unwrap();
    let log = philae.log();
    let line = log.lines().find(|line| line.contains(text)).unwrap();
    assert!(line.contains("ERROR"), "{line}");
    let field = |name: &str| line.split(name).nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    (field("lost_from="), field("lost_to="))
}

#[test]
fn events_lost_from_a_damaged_journal_are_named_and_their_places_never_given_again() {
    let (folder, sent) = (tempfile::tempdir().unwrap(), packets(1, 60));
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &sent[..40]);
    philae.kill().unwrap();
    corrupt(folder.path(), 30);

    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let (from, to) = lost(&mut philae);
    assert!((29..=30).contains(&from) && to == 40, "{}", philae.log());
    submit_all(&philae, &sent[40..50]);
    philae.wait_for_lines("event accepted seq=41", 1, PATIENCE).unwrap();
    assert_eq!(kept(&philae).unwrap(), [&sent[..from - 1], &sent[40..50]].concat());
    submit_all(&philae, &sent[from - 1..40]);
    assert_eq!(missing(&sent[..50], &kept(&philae).unwrap()), 0, "what was lost is accepted again");
}

#[test]
fn a_subscriber_that_returns_to_a_damaged_store_gets_what_is_new_and_nothing_twice() {
    let (folder, sent) = (tempfile::tempdir().unwrap(), packets(1, 60));
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &sent[..40]);
    let place = Listener::start(philae.broadcast().unwrap()).unwrap().cursor().cloned().unwrap();
    assert_eq!(place.position(), 40);
    philae.kill().unwrap();
    corrupt(folder.path(), 30);

    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &sent[40..50]);
    let mut returned = Listener::returning(philae.broadcast().unwrap(), Some(place.clone())).unwrap();
    assert_eq!(returned.take(10).unwrap(), sent[40..50]);
    let mut from_within = Listener::returning(philae.broadcast().unwrap(), Some(place.at(35))).unwrap();
    assert_eq!(from_within.take(10).unwrap(), sent[40..50]);
}

#[test]
fn damage_is_said_at_one_opening_and_not_again() {
    let folder = tempfile::tempdir().unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &packets(1, 20));
    philae.kill().unwrap();
    corrupt(folder.path(), 10);
    let mut philae = Philae::start_in(folder.path(), &[]).unwrap();
    let (from, _) = lost(&mut philae);
    let evidence = folder.path().join(format!("damaged/lost-from-{from}"));
    assert!(evidence.is_dir(), "the journals are kept: {}", philae.log());
    philae.stop().unwrap();
    let log = Philae::start_in(folder.path(), &[]).unwrap().stop().unwrap();
    assert!(!log.contains("missing from the log"), "{log}");
}

#[test]
fn a_torn_tail_that_was_never_acknowledged_is_no_damage() {
    let (folder, sent) = (tempfile::tempdir().unwrap(), packets(1, 20));
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &sent);
    philae.kill().unwrap();
    let mut bytes = fs::read(journal(folder.path())).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes.splice(end.., *b"half a batch that was being written");
    fs::write(journal(folder.path()), bytes).unwrap();
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    assert!(!philae.log().contains("ERROR"), "{}", philae.log());
    assert_eq!(kept(&philae).unwrap(), sent);
}

/// Runs a broker that is to end by itself.
fn run_on(folder: &Path) -> Output {
    let ivo = ["--local-ivo", "ivo://philae.test/broker"];
    let flags = ["--receive", "127.0.0.1:0", "--data-dir", folder.to_str().unwrap()];
    philae::run(&[&["run"], &ivo[..], &flags].concat()).unwrap()
}

#[test]
fn a_packet_that_changed_on_disk_is_never_served_and_nothing_is_thrown_away() {
    let (folder, sent) = (tempfile::tempdir().unwrap(), packets(1, 20));
    let philae = Philae::start_in(folder.path(), &[]).unwrap();
    submit_all(&philae, &sent);
    philae.kill().unwrap();
    let sound = fs::read(journal(folder.path())).unwrap();
    let mut changed = sound.clone();
    changed[find(&sound, 10) + 500] ^= 1;
    fs::write(journal(folder.path()), &changed).unwrap();

    let output = run_on(folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains("keep that folder, since its entries may be recovered"), "{said}");
    assert!(fs::read(journal(folder.path())).unwrap().starts_with(&changed[..find(&sound, 19)]));

    fs::write(journal(folder.path()), &sound).unwrap();
    assert_eq!(kept(&Philae::start_in(folder.path(), &[]).unwrap()).unwrap(), sent);
}

#[test]
fn a_folder_of_a_newer_format_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    Philae::start_in(folder.path(), &[]).unwrap().stop().unwrap();
    let file = folder.path().join("format");
    let text = fs::read_to_string(&file).unwrap().replace("format 1", "format 7");
    fs::write(&file, &text).unwrap();
    let output = run_on(folder.path());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains("it has format 7 and this Philae knows none above 1"), "{said}");
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}
