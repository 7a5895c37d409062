//! Importing archives: into a store at rest and through a broker that serves, whole, damaged and interrupted.

#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use system_tests::archives::{PACKINGS, log, mark, pack, tarball};
use system_tests::client::{Listener, PATIENCE, packet};
use system_tests::handler_site::HandlerSite;
use system_tests::site::Site;
use system_tests::tool::{Left, Tool, philae};
use system_tests::wait::wait_until;
use system_tests::{corpus, fixtures};
use tempfile::TempDir;

/// Packets with these numbers, as members of a tarball.
fn members(numbers: std::ops::Range<usize>) -> Vec<(String, Vec<u8>)> {
    numbers.map(|number| (format!("2014/{number}.xml"), packet(number, 500))).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn import(data: &Path, paths: &[&Path], more: &[&str]) -> Left {
    let paths: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    philae(&[&["import", "--data-dir", data.to_str().unwrap()], more, &paths[..]].concat()).unwrap()
}

/// What is in a log that no broker has open.
fn log_at_rest(data: &Path) -> Vec<(serde_json::Value, Vec<u8>)> {
    let broker = system_tests::philae::Philae::start_in(data, &[]).unwrap();
    let entries = log(data).unwrap();
    broker.stop().unwrap();
    entries
}

/// Whether a log holds these packets and no others, in this order.
fn holds(entries: &[(serde_json::Value, Vec<u8>)], packets: &[Vec<u8>]) -> bool {
    entries.iter().map(|(_, packet)| packet).eq(packets)
}

#[test]
fn an_archive_is_kept_once_in_its_order_and_reads_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (archive, packets) = match corpus::folder() {
        Some(corpus) => {
            let archive = corpus.join("bulk/2014-04.001.tar.bz2");
            let unpacked = tempfile::tempdir().unwrap();
            (archive, corpus::unpack_month(&corpus, unpacked.path()).unwrap())
        }
        None => {
            let members = members(0..3_000);
            let packed = pack(&tarball(&members).unwrap(), "tar.bz2").unwrap();
            let archive = write(folder.path(), "m.tar.bz2", &packed);
            (archive, members.into_iter().map(|(_, packet)| packet).collect())
        }
    };
    let count = packets.len();
    let left = import(&data, &[&archive], &[]);
    assert_eq!((left.code, left.out()), (Some(0), format!("{count} new, 0 kept already, 0 refused\n")));
    let again = import(&data, &[&archive], &[]);
    assert_eq!((again.code, again.out()), (Some(0), format!("0 new, {count} kept already, 0 refused\n")));
    let entries = log_at_rest(&data);
    let name = archive.file_name().unwrap().to_str().unwrap();
    let source = format!("import {name}");
    assert!(entries.iter().all(|(event, _)| event["imported"] == true && event["source"] == *source));
    let mut kept: Vec<_> = entries.into_iter().map(|(_, packet)| packet).collect();
    let mut packets = packets;
    kept.sort();
    packets.sort();
    assert!(kept == packets, "the log holds other packets than the archive");
}

#[test]
fn nobody_sees_what_is_imported_while_a_broker_serves_and_all_see_what_comes_next() {
    let site = HandlerSite::start(&[("hello", "")]).unwrap();
    let data = site.handlers().parent().unwrap().join("data");
    let mut listener = Listener::start(site.philae.broadcast().unwrap()).unwrap();
    site.submit([1]).unwrap();
    assert_eq!(listener.take(1).unwrap(), [packet(1, 0)]);
    site.wait_for("hello", "the first event", |known| known["counts"]["handled"] == 1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tarball = write(folder.path(), "a.tar", &tarball(&members(10..3_010)).unwrap());
    let left = import(&data, &[&tarball], &[]);
    assert_eq!((left.code, left.out().as_str()), (Some(0), "3000 new, 0 kept already, 0 refused\n"));
    // The handler's place has moved past it, without a call.
    let passed = |known: &serde_json::Value| known["lag"] == 0 && known["counts"]["place"] == 3_001;
    let standing = site.wait_for("hello", "the place behind the import", passed).unwrap();
    assert_eq!(standing["counts"]["calls"], 1);
    site.submit([2]).unwrap();
    assert_eq!(listener.take(1).unwrap(), [packet(2, 0)]);
    let standing = site.wait_for("hello", "the next event", |known| known["counts"]["handled"] == 2).unwrap();
    assert_eq!((&standing["counts"]["calls"], &standing["counts"]["place"]), (&2.into(), &3_002.into()));
    let status = || {
        let told = philae(&["status", "--json", "--data-dir", data.to_str().unwrap()]).unwrap().out();
        serde_json::from_str::<serde_json::Value>(&told).unwrap()
    };
    // What passes is looked at ten times a second.
    wait_until(PATIENCE, "the second event", || status()["streams"][0]["events"].as_u64() >= Some(2))
        .unwrap();
    assert_eq!(status()["streams"][0]["events"], 2);
    // It is in the log, and found there.
    let entries = log(&data).unwrap();
    assert_eq!(entries.iter().filter(|(event, _)| event["imported"] == true).count(), 3_000);
    assert_eq!((entries[0].0["imported"].clone(), entries.len()), (false.into(), 3_002));
    // Whoever comes back to a place before it gets what came in, and nothing of it.
    let start = listener.cursor().unwrap().at(0);
    let mut returning = Listener::returning(site.philae.broadcast().unwrap(), Some(start)).unwrap();
    assert_eq!(returning.take(2).unwrap(), [packet(1, 0), packet(2, 0)]);
}

#[test]
fn events_that_come_during_an_import_are_neither_lost_nor_held_up() {
    let site = Site::start(&[]).unwrap();
    let mut listener = Listener::start(site.broadcast()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = write(folder.path(), "a.tar", &tarball(&members(1_000..13_000)).unwrap());
    let data = site.folder().to_str().unwrap();
    let tool = Tool::start(&["import", "--data-dir", data, archive.to_str().unwrap()]).unwrap();
    wait_until(PATIENCE, "the import to begin", || mark(site.folder()).is_ok_and(|head| head > 0)).unwrap();
    let events: Vec<_> = (0..50).map(|number| packet(number, 0)).collect();
    site.submit(&events).unwrap();
    assert_eq!(listener.take(50).unwrap(), events);
    let left = tool.finish().unwrap();
    assert_eq!(left.out(), "12000 new, 0 kept already, 0 refused\n", "{}", left.err());
    assert_eq!(mark(site.folder()).unwrap(), 12_050);
}

#[test]
fn every_packing_is_known_by_what_is_in_it_and_standard_input_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (turn, packing) in PACKINGS.iter().enumerate() {
        let plain = tarball(&members(turn * 10..turn * 10 + 10)).unwrap();
        let path = write(folder.path(), "archive", &pack(&plain, packing).unwrap());
        let left = import(&data, &[&path], &[]);
        let told = (left.code, left.out(), left.err());
        assert_eq!(told, (Some(0), "10 new, 0 kept already, 0 refused\n".to_owned(), String::new()));
    }
    let data = data.to_str().unwrap();
    let packed = pack(&tarball(&members(90..95)).unwrap(), "tar.gz").unwrap();
    for (input, count) in [(packed, 5), (fixtures::GRB.to_vec(), 1)] {
        let left = Tool::with_input(&["import", "-", "--data-dir", data], &input).unwrap().finish().unwrap();
        assert_eq!(left.out(), format!("{count} new, 0 kept already, 0 refused\n"));
    }
    let entries = log_at_rest(Path::new(data));
    let mut packets: Vec<_> = members(0..50).into_iter().chain(members(90..95)).map(|(_, it)| it).collect();
    packets.push(fixtures::GRB.to_vec());
    assert!(holds(&entries, &packets));
    assert_eq!(entries.last().unwrap().0["source"], "import standard input");
}

/// A folder with all that a folder should not have.
fn odd_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("b/c");
    fs::create_dir_all(&below).unwrap();
    write(&below, "2.xml", &packet(2, 0));
    write(folder.path(), "a.xml", &packet(1, 0));
    write(folder.path(), "notes.txt", b"no packet");
    write(folder.path(), "empty.xml", b"");
    write(folder.path(), "long.XML", &packet(3, 3_000));
    write(folder.path(), "without-ending", &packet(4, 0));
    write(folder.path(), "orders\x1b[2J\n.xml", b"<a/>");
    symlink(folder.path(), below.join("loop")).unwrap();
    symlink("nowhere", folder.path().join("dangling.xml")).unwrap();
    folder
}

#[test]
fn a_folder_is_read_to_its_end_whatever_is_in_it() {
    let (data, folder) = (tempfile::tempdir().unwrap(), odd_folder());
    let left = import(data.path(), &[folder.path()], &["--max-event-size", "2kB"]);
    let counts = "3 new, 0 kept already, 3 refused, 1 not readable, 1 passed over, no XML\n";
    assert_eq!((left.code, left.out().as_str()), (Some(1), counts), "{}", left.err());
    for words in [
        "/empty.xml: refused: the message is empty\n",
        "/long.XML: refused: it is longer than 2000 bytes",
        "/orders\u{fffd}[2J\u{fffd}.xml: refused: the root element is 'a', not 'VOEvent'\n",
        "/dangling.xml: cannot read it: No such file",
    ] {
        assert!(left.err().contains(words), "{words}: {}", left.err());
    }
    assert_eq!(left.err().lines().count(), 4, "{}", left.err());
    let left = import(data.path(), &[&folder.path().join("none"), &folder.path().join("a.xml")], &[]);
    let counts = "0 new, 1 kept already, 0 refused, 1 not readable\n";
    assert_eq!((left.code, left.out().as_str()), (Some(1), counts));
}

#[test]
fn what_is_asked_of_packets_is_what_is_asked_of_authors_and_ten_refusals_are_told() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let odd = |number: usize| {
        format!("<VOEvent ivorn='ivo://philae.test/odd#{number}'><Odd/></VOEvent>").into_bytes()
    };
    let members: Vec<_> = (0..13).map(|number| (format!("{number}.xml"), odd(number))).collect();
    let archive = write(folder.path(), "a.tar", &tarball(&members).unwrap());
    let left = import(data.path(), &[&archive], &["--check", "valid"]);
    assert_eq!((left.code, left.out().as_str()), (Some(1), "0 new, 0 kept already, 13 refused\n"));
    assert_eq!(left.err().matches(": refused: not valid VOEvent 2.0: line 1").count(), 10, "{}", left.err());
    assert!(left.err().contains("/a.tar: 9.xml: refused"), "{}", left.err());
    assert!(left.err().ends_with("philae: 3 more were refused; --verbose tells each\n"), "{}", left.err());
    let all = import(data.path(), &[&archive], &["--check", "valid", "-v"]);
    assert_eq!(all.err().matches(": refused: ").count(), 13);
    let left = import(data.path(), &[&archive], &[]);
    assert_eq!((left.code, left.out().as_str()), (Some(0), "13 new, 0 kept already, 0 refused\n"));
    assert!(log_at_rest(data.path()).iter().all(|(event, _)| event["flagged"] == true));
}

#[test]
fn of_a_damaged_tarball_what_came_before_is_kept_and_the_next_is_read() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let packed = pack(&tarball(&members(0..2_000)).unwrap(), "tar.gz").unwrap();
    let cut = write(folder.path(), "cut.tgz", &packed[..packed.len() / 2]);
    let whole = write(folder.path(), "whole.tar", &tarball(&members(5_000..5_010)).unwrap());
    let left = import(data.path(), &[&cut, &whole], &[]);
    assert_eq!(left.code, Some(1));
    let words = format!("{}: it is damaged or cut: ", cut.display());
    assert!(left.err().starts_with(&words), "{}", left.err());
    let found = left.err().split("; ").nth(1).unwrap().split(' ').next().unwrap().parse::<usize>().unwrap();
    assert!((500..1_500).contains(&found), "{}", left.err());
    assert!(left.err().ends_with(&format!("the last is '2014/{}.xml'\n", found - 1)), "{}", left.err());
    assert_eq!(left.out(), format!("{} new, 0 kept already, 0 refused, 1 not readable\n", found + 10));
    let packets: Vec<_> = members(0..found).into_iter().chain(members(5_000..5_010)).collect();
    let packets: Vec<_> = packets.into_iter().map(|(_, packet)| packet).collect();
    assert!(holds(&log_at_rest(data.path()), &packets));
}

/// An import that hangs half way: it reads a pipe into which the first half of a tarball went.
struct Halved {
    folder: TempDir,
    tool: Tool,
    /// Ends when nobody reads any more.
    _writer: thread::JoinHandle<()>,
}

impl Halved {
    const PACKETS: usize = 4_000;

    fn start(data: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let tarball = tarball(&members(0..Self::PACKETS)).unwrap();
        write(folder.path(), "whole.tar", &tarball);
        let arguments = ["import", "--data-dir", data.to_str().unwrap(), pipe.to_str().unwrap()];
        let tool = Tool::start(&arguments).unwrap();
        let writer = thread::Builder::new().spawn(move || {
            let mut pipe = fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap();
            let _ = pipe.write_all(&tarball[..tarball.len() / 2]);
            // The pipe stays open: whoever reads waits for the rest.
            thread::park_timeout(PATIENCE);
        });
        let writer = writer.unwrap();
        wait_until(PATIENCE, "packets in the log", || mark(data).is_ok_and(|head| head > 500)).unwrap();
        Self { folder, tool, _writer: writer }
    }

    /// Imports all of it, and looks whether it is there once.
    fn resume(folder: &TempDir, data: &Path) {
        let taken = mark(data).unwrap();
        let left = import(data, &[&folder.path().join("whole.tar")], &[]);
        assert_eq!((left.code, left.err()), (Some(0), String::new()));
        let words = left.out();
        let mut counts = words.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
        let (new, kept) = (counts.next().unwrap(), counts.next().unwrap());
        // A kill may fall between a commit and its mark.
        assert!(kept >= taken && new + kept == Self::PACKETS as u64, "{taken} were taken: {words}");
    }

    fn is_whole(entries: &[(serde_json::Value, Vec<u8>)]) -> bool {
        let packets: Vec<_> = members(0..Self::PACKETS).into_iter().map(|(_, packet)| packet).collect();
        holds(entries, &packets)
    }
}

#[test]
fn a_store_that_is_imported_into_is_said_to_be_and_by_no_broker() {
    let data = tempfile::tempdir().unwrap();
    let halved = Halved::start(data.path());
    let folder = data.path().to_str().unwrap();
    let expected = format!("the import with process number {}", halved.tool.id());
    for command in [&["events"][..], &["import", "-"], &["index", "show"]] {
        let left = philae(&[command, &["--data-dir", folder]].concat()).unwrap();
        assert_eq!(left.code, Some(69), "{command:?}: {}", left.err());
        assert!(left.err().contains(&expected), "{command:?}: {}", left.err());
        assert!(left.err().contains("there is no broker to be asked"), "{command:?}: {}", left.err());
    }
    let mut broker = system_tests::philae::bare(data.path()).unwrap();
    let refused = broker.args(["--no-admin"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&expected));
    assert_eq!(refused.status.code(), Some(69));
    halved.tool.signal("INT").unwrap();
    halved.tool.finish().unwrap();
}

#[test]
fn an_import_that_is_interrupted_says_how_to_go_on_and_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let Halved { folder, tool, _writer } = Halved::start(data.path());
    tool.signal("INT").unwrap();
    let left = tool.finish().unwrap();
    let taken = mark(data.path()).unwrap();
    let words =
        format!("stopped: {taken} new, 0 kept already, 0 refused; run the same command again to go on");
    assert!(left.code == Some(1) && left.out().starts_with(&words), "{}: {}", left.out(), left.err());
    Halved::resume(&folder, data.path());
    assert!(Halved::is_whole(&log_at_rest(data.path())));
}

#[test]
fn an_import_that_is_killed_loses_and_doubles_nothing_that_it_took() {
    let data = tempfile::tempdir().unwrap();
    let Halved { folder, tool, _writer } = Halved::start(data.path());
    tool.signal("KILL").unwrap();
    tool.finish().unwrap();
    Halved::resume(&folder, data.path());
    assert!(Halved::is_whole(&log_at_rest(data.path())));
}

#[test]
fn a_broker_that_goes_in_the_midst_of_an_import_leaves_a_message_and_what_it_took() {
    for signal in ["TERM", "KILL"] {
        let mut site = Site::start(&[]).unwrap();
        let Halved { folder, tool, _writer } = Halved::start(site.folder());
        site.end_by(signal).unwrap();
        let left = tool.finish().unwrap();
        let expected = if signal == "TERM" { "refuses: the broker is stopping" } else { "broke off" };
        assert!(left.err().contains(expected), "{signal}: {}", left.err());
        assert!(left.code != Some(0) && left.out().starts_with("broken off: "), "{}", left.out());
        assert!(left.out().contains("run the same command again to go on"), "{}", left.out());
        site.start_again().unwrap();
        Halved::resume(&folder, site.folder());
        assert!(Halved::is_whole(&log(site.folder()).unwrap()));
    }
}

#[test]
fn an_import_that_stands_still_does_not_keep_a_broker_from_stopping() {
    let mut site = Site::start(&["--grace", "600s"]).unwrap();
    let _halved = Halved::start(site.folder());
    site.end_by("TERM").unwrap();
}

#[test]
fn whoever_imports_and_reads_no_answers_does_not_keep_a_broker_from_stopping() {
    let mut site = Site::start(&["--grace", "600s"]).unwrap();
    let mut stream = UnixStream::connect(site.folder().join("control.sock")).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    stream.write_all(b"{\"do\":\"import\",\"check\":\"flag\"}\n").unwrap();
    // None of them is a packet: each is answered with why, until the answers fill the socket and nothing more is read.
    let refused = b"{\"bytes\":1}\nx".repeat(1_000);
    while stream.write_all(&refused).is_ok() {}
    site.end_by("TERM").unwrap();
}

#[test]
fn where_packets_cannot_go_is_said_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.xml", &packet(1, 0));
    let left = import(folder.path(), &[&file], &[]);
    assert_eq!((left.code, left.out().as_str()), (Some(74), ""));
    assert!(left.err().contains("it is neither empty nor a store: it holds 'a.xml'"), "{}", left.err());
    let site = Site::start(&[]).unwrap();
    fs::remove_file(site.folder().join("control.sock")).unwrap();
    let left = import(site.folder(), &[&file], &[]);
    assert_eq!((left.code, left.out().as_str()), (Some(69), ""));
    for words in
        [&site.folder().display().to_string(), "does not answer", "control.sock' is not there", "stop it"]
    {
        assert!(left.err().contains(words), "{words}: {}", left.err());
    }
    let left = philae(&["import"]).unwrap();
    assert_eq!(left.code, Some(2));
}
