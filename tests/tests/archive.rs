//! Reading a broker's log from outside: while it runs, when it has stopped, and what both leave alone.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use system_tests::client::{Listener, packet};
use system_tests::guests;
use system_tests::philae::Philae;
use system_tests::site::Site;
use system_tests::tool::{Left, Tool, philae};

/// What `philae handler test` says of the events in a log.
fn test(data: &Path, arguments: &[&str]) -> Left {
    let module = guests::module("hello").unwrap().display().to_string();
    let data = data.display().to_string();
    philae(&[&["handler", "test", &module, "--data-dir", &data, "--json"], arguments].concat()).unwrap()
}

/// The events that were told of, by name, and what the handler logged of each.
fn told(left: &Left) -> Vec<(String, String)> {
    assert_eq!(left.code, Some(0), "{}", left.err());
    let objects = left.out();
    let objects = objects.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |told: &serde_json::Value, place: &str| told.pointer(place).unwrap().to_string();
    objects.map(|told| (text(&told, "/file"), text(&told, "/log/0/text"))).collect()
}

#[test]
fn a_log_reads_the_same_from_a_broker_that_runs_from_one_that_stopped_and_from_one_that_was_killed() {
    let mut site = Site::start(&[]).unwrap();
    site.submit(&(0..700).map(|number| packet(number, 0)).collect::<Vec<_>>()).unwrap();
    let arguments = ["--last", "600"];
    let running = told(&test(site.folder(), &arguments));
    assert_eq!((running.len(), running[0].0.as_str()), (600, "\"event 101\""));
    site.end_by("TERM").unwrap();
    assert_eq!(told(&test(site.folder(), &arguments)), running);
    site.start_again().unwrap();
    site.end_by("KILL").unwrap();
    assert_eq!(told(&test(site.folder(), &arguments)), running);
    site.start_again().unwrap();
    assert!(!site.philae().unwrap().log().contains("acknowledged events are missing"));
}

#[test]
fn events_since_a_time_are_read_and_none_is_said_to_be_none() {
    let site = Site::start(&[]).unwrap();
    site.submit(&[packet(1, 0), packet(2, 0)]).unwrap();
    assert_eq!(told(&test(site.folder(), &["--since", "2020-01-01T00:00:00Z"])).len(), 2);
    let left = test(site.folder(), &["--since", "2100-01-01T00:00:00Z"]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("there are no such events in the log"), "{}", left.err());
}

#[test]
fn a_reader_that_stands_still_delays_nobody_and_gets_all_in_the_end() {
    let site = Site::start(&[]).unwrap();
    let first: Vec<_> = (0..500).map(|number| packet(number, 4_000)).collect();
    site.submit(&first).unwrap();
    let mut stream = UnixStream::connect(site.folder().join("control.sock")).unwrap();
    stream.write_all(b"{\"do\":\"events\"}\n").unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("{\"events\":{\"log\":\"") && line.ends_with("\"after\":0,\"to\":500}}\n"),
        "{line}"
    );
    let mut listener = Listener::start(site.broadcast()).unwrap();
    let later = [packet(1_000, 0), packet(1_001, 0)];
    site.submit(&later).unwrap();
    assert_eq!(listener.take(2).unwrap(), later);
    for packet in first {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let event = &serde_json::from_str::<serde_json::Value>(&line).unwrap()["event"];
        let mut bytes = vec![0; usize::try_from(event["bytes"].as_u64().unwrap()).unwrap() + 1];
        std::io::Read::read_exact(&mut reader, &mut bytes).unwrap();
        assert_eq!(bytes.strip_suffix(b"\n"), Some(&packet[..]));
    }
    line.clear();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "{\"end\":{\"damaged\":0}}\n");
}

#[test]
fn a_reader_that_stands_still_does_not_keep_a_broker_from_stopping() {
    let mut site = Site::start(&["--grace", "600s"]).unwrap();
    site.submit(&(0..500).map(|number| packet(number, 4_000)).collect::<Vec<_>>()).unwrap();
    let mut stream = UnixStream::connect(site.folder().join("control.sock")).unwrap();
    stream.write_all(b"{\"do\":\"events\"}\n").unwrap();
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    site.end_by("TERM").unwrap();
}

#[test]
fn what_cannot_be_read_is_said_with_the_folder_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    for (path, words) in
        [(nowhere.as_path(), "there is no folder '"), (folder.path(), "there is no store in '")]
    {
        let left = test(path, &["--last", "1"]);
        assert_eq!((left.code, left.out().as_str()), (Some(74), ""));
        let expected = format!("philae: {words}{}'; name a broker's data folder\n", path.display());
        assert_eq!(left.err(), expected);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let site = Site::start(&[]).unwrap();
    std::fs::remove_file(site.folder().join("control.sock")).unwrap();
    let left = test(site.folder(), &["--last", "1"]);
    assert_eq!(left.code, Some(69));
    for words in
        [&site.folder().display().to_string(), "does not answer", "control.sock' is not there", "stop it"]
    {
        assert!(left.err().contains(words), "{words}: {}", left.err());
    }
}

#[test]
fn a_broker_that_hangs_is_given_up() {
    let mut site = Site::start(&[]).unwrap();
    site.submit(&[packet(1, 0)]).unwrap();
    site.philae().unwrap().signal("STOP").unwrap();
    let folder = site.folder().to_str().unwrap();
    let commands: [&[&str]; 7] = [
        &["status"],
        &["handler", "list"],
        &["handler", "quarantine", "retry", "none"],
        &["handler", "logs", "none", "--follow"],
        &["events", "--last", "1"],
        &["show", "1"],
        &["index", "show"],
    ];
    // All at once: each waits its time.
    let tools = commands.map(|command| Tool::start(&[command, &["--data-dir", folder]].concat()).unwrap());
    for (command, tool) in commands.iter().zip(tools) {
        let left = tool.finish().unwrap();
        assert_eq!(left.code, Some(69), "{command:?}: {}", left.err());
        assert!(left.err().contains("does not answer"), "{command:?}: {}", left.err());
    }
}

#[test]
fn a_broker_is_asked_however_long_the_path_of_its_folder_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d".repeat(150));
    let broker = Philae::start_in(&data, &[]).unwrap();
    let data = data.to_str().unwrap();
    for command in [&["status"][..], &["handler", "list"], &["index", "show"]] {
        let left = philae(&[command, &["--data-dir", data]].concat()).unwrap();
        assert_eq!((left.code, left.err()), (Some(0), String::new()), "{command:?}");
    }
    let file = folder.path().join("a.xml");
    std::fs::write(&file, packet(1, 0)).unwrap();
    let left = philae(&["import", "--data-dir", data, file.to_str().unwrap()]).unwrap();
    assert!(left.out().starts_with("1 new"), "{}{}", left.out(), left.err());
    broker.stop().unwrap();
}
