//! Commands whose output nobody reads, or that cannot write it: none panics, and what is to be done is done.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use system_tests::client::packet;
use system_tests::philae::{Philae, binary};

/// What nobody reads, or what is full.
const UNREAD: [fn() -> Stdio; 2] = [closed, full];

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (_, writer) = std::io::pipe().unwrap();
    writer.into()
}

/// A disk that is full.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn run(arguments: &[&str], out: Stdio, err: Stdio) -> Output {
    let mut command = Command::new(binary().unwrap());
    command.args(arguments).env_remove("STATE_DIRECTORY").env_remove("RUST_LOG");
    command.stdin(Stdio::null()).stdout(out).stderr(err).output().unwrap()
}

/// Packets as files, and a thing that is none before the last.
fn files(folder: &Path, count: usize) -> Vec<String> {
    let write = |name: String, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut files: Vec<_> =
        (0..count).map(|number| write(format!("{number}.xml"), &packet(number, 0))).collect();
    files.insert(count - 1, write("none.xml".to_owned(), b"no event"));
    files
}

fn arguments<'a>(first: &[&'a str], files: &'a [String]) -> Vec<&'a str> {
    first.iter().copied().chain(files.iter().map(String::as_str)).collect()
}

/// How many events a log keeps.
fn kept(data_dir: &str) -> String {
    let left = run(&["events", "--count", "--data-dir", data_dir], Stdio::piped(), Stdio::piped());
    String::from_utf8_lossy(&left.stdout).into_owned()
}

#[test]
fn no_command_panics_where_its_output_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &[]).unwrap();
    let data_dir = folder.path().to_str().unwrap();
    let files = files(folder.path(), 2);
    let address = broker.receive().unwrap().to_string();
    let commands = [
        arguments(&["send", &address], &files),
        arguments(&["validate"], &files),
        arguments(&["filter", "true()"], &files),
        arguments(&["import", "--verbose", "--data-dir", data_dir], &files),
        vec!["events", "--data-dir", data_dir],
        vec!["export", "-", "--format", "csv", "--data-dir", data_dir],
        vec!["query", ".", "--data-dir", data_dir],
        vec!["replay", "--into", "stdout", "--data-dir", data_dir],
        vec!["index", "show", "--data-dir", data_dir],
        vec!["index", "rebuild", "--data-dir", data_dir],
        vec!["status", "--data-dir", data_dir],
        vec!["handler", "list", "--data-dir", data_dir],
        vec!["handler", "show", "nobody", "--data-dir", data_dir],
        vec!["handler", "quarantine", "list", "--data-dir", data_dir],
        vec!["handler", "reload", "--data-dir", data_dir],
        vec!["config", "check", "--receive", "nowhere"],
        vec!["run", "--receive", "nowhere"],
        vec!["bench", "submit", "--help"],
    ];
    for command in &commands {
        for unread in UNREAD {
            let left = run(command, unread(), Stdio::piped());
            let said = String::from_utf8_lossy(&left.stderr).into_owned();
            assert!(left.status.code() != Some(101) && !said.contains("panicked"), "{command:?}: {said}");
            let left = run(command, Stdio::piped(), unread());
            assert!(left.status.code().is_some_and(|code| code != 101), "{command:?}: {:?}", left.status);
        }
    }
}

#[test]
fn send_submits_all_its_packets_though_nobody_reads_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &[]).unwrap();
    let files = files(folder.path(), 4);
    let address = broker.receive().unwrap().to_string();
    let left = run(&arguments(&["send", &address], &files), closed(), closed());
    // The one that is no event.
    assert_eq!(left.status.code(), Some(1));
    assert_eq!(kept(folder.path().to_str().unwrap()), "4\n");
    let left = run(&["send", &address, &files[0]], closed(), closed());
    assert_eq!(left.status.code(), Some(0));
}

#[test]
fn import_goes_on_though_nobody_reads_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let data_dir = data_dir.to_str().unwrap();
    let files = files(folder.path(), 4);
    let left = run(&arguments(&["import", "--verbose", "--data-dir", data_dir], &files), closed(), closed());
    assert_eq!(left.status.code(), Some(1));
    assert_eq!(kept(data_dir), "4\n");
}

#[test]
fn what_nobody_reads_ends_without_a_word_and_a_full_disk_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let data_dir = data_dir.to_str().unwrap();
    // More rows than are held back.
    run(&arguments(&["import", "--data-dir", data_dir], &files(folder.path(), 200)), closed(), closed());
    let rows = "for $n in 1 to 200 return 'a row that is long enough'";
    for command in [
        vec!["export", "-", "--format", "csv", "--data-dir", data_dir],
        vec!["export", "-", "--format", "jsonl", "--data-dir", data_dir],
        vec!["export", "-", "--format", "tar", "--data-dir", data_dir],
        vec!["query", rows, "--format", "csv", "--data-dir", data_dir],
    ] {
        let said = |out| {
            let left = run(&command, out, Stdio::piped());
            (left.status.code(), String::from_utf8_lossy(&left.stderr).into_owned())
        };
        assert_eq!(said(closed()), (Some(1), String::new()), "{command:?}");
        let (code, told) = said(full());
        assert_eq!(code, Some(1), "{command:?}");
        assert!(told.contains("No space left on device") && !told.contains("nothing of it"), "{told}");
    }
}
