//! `philae send` and `philae tap` as their users meet them: output, exit codes, files.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::net::TcpListener;

use system_tests::client::{Listener, PATIENCE, packet, submit_acked};
use system_tests::fixtures;
use system_tests::philae::Philae;
use system_tests::tool::{Left, Tool, philae};
use tempfile::TempDir;

fn broker() -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &[]).unwrap();
    (folder, broker)
}

/// Starts `philae tap`, submits events to the broker once it listens, and waits for its end.
fn tap(broker: &mut Philae, flags: &[&str], events: &[&[u8]]) -> Left {
    let address = broker.broadcast().unwrap().to_string();
    let before = broker.log().matches("subscriber connected").count();
    let tool = Tool::start(&[&["tap", &address], flags].concat()).unwrap();
    broker.wait_for_lines("subscriber connected", before + 1, PATIENCE).unwrap();
    for event in events {
        submit_acked(broker.receive().unwrap(), event).unwrap();
    }
    tool.finish().unwrap()
}

#[test]
fn send_submits_several_files_and_tells_of_each() {
    let (folder, broker) = broker();
    let mut listener = Listener::start(broker.broadcast().unwrap()).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (first, second) = (file("a.xml", fixtures::GRB), file("b.xml", fixtures::UTF8));
    let address = broker.receive().unwrap().to_string();
    let left = philae(&["send", &address, &first, &second]).unwrap();
    assert_eq!((left.code, left.out()), (Some(0), format!("{first}: ack\n{second}: ack\n")));
    assert_eq!(listener.take(2).unwrap(), [fixtures::GRB, fixtures::UTF8]);
    let left = philae(&["send", &address, &second]).unwrap();
    assert!(left.code == Some(0) && left.out().contains("ack (Duplicate"), "{}", left.out());
    let quiet = philae(&["send", "--quiet", &address, &first]).unwrap();
    assert_eq!((quiet.code, quiet.out(), quiet.err()), (Some(0), String::new(), String::new()));
}

#[test]
fn send_reads_standard_input_when_no_file_or_a_dash_is_named() {
    let (_folder, broker) = broker();
    let mut listener = Listener::start(broker.broadcast().unwrap()).unwrap();
    let address = broker.receive().unwrap().to_string();
    for (arguments, event) in
        [(vec!["send", &address], packet(1, 0)), (vec!["send", &address, "-"], packet(2, 0))]
    {
        let left = Tool::with_input(&arguments, &event).unwrap().finish().unwrap();
        assert_eq!((left.code, left.out().as_str()), (Some(0), "standard input: ack\n"), "{}", left.err());
        assert_eq!(listener.take(1).unwrap(), [event]);
    }
}

#[test]
fn send_goes_on_behind_a_file_that_fails_and_ends_with_1() {
    let (_folder, broker) = broker();
    let address = broker.receive().unwrap().to_string();
    let left =
        Tool::with_input(&["send", &address, "missing.xml", "-"], fixtures::GRB).unwrap().finish().unwrap();
    assert_eq!((left.code, left.out().as_str()), (Some(1), "standard input: ack\n"));
    assert!(left.err().starts_with("missing.xml: cannot read it: "), "{}", left.err());
}

#[test]
fn send_prints_the_reason_of_a_nak() {
    let (_folder, broker) = broker();
    let address = broker.receive().unwrap().to_string();
    let nameless = b"<VOEvent ivorn='ivo://philae.test/stream'/>";
    let left = Tool::with_input(&["send", &address], nameless).unwrap().finish().unwrap();
    assert_eq!(left.code, Some(1));
    assert!(
        left.err().starts_with("standard input: nak: Event rejected: No per-event local ID"),
        "{}",
        left.err()
    );
}

#[test]
fn send_keeps_what_is_no_event_to_itself_unless_told_otherwise() {
    let (_folder, broker) = broker();
    let address = broker.receive().unwrap().to_string();
    let send = |flags: &[&str]| {
        Tool::with_input(&[&["send", &address], flags].concat(), b"hello").unwrap().finish().unwrap()
    };
    assert!(send(&[]).err().contains("not sent, it is no VOEvent"));
    let left = send(&["--unchecked"]);
    assert!(left.code == Some(1) && left.err().contains("nak: "), "{}", left.err());
}

#[test]
fn send_tells_of_a_broker_that_cannot_be_reached() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let left = Tool::with_input(&["send", &free], fixtures::GRB).unwrap().finish().unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains(&format!("cannot reach {free}: Connection refused")), "{}", left.err());
}

#[test]
fn tap_prints_a_line_an_event() {
    let (_folder, mut broker) = broker();
    let left = tap(&mut broker, &["-n", "2"], &[fixtures::GRB, fixtures::UTF8]);
    assert_eq!((left.code, left.out().lines().count()), (Some(0), 2));
    let fields: Vec<String> =
        left.out().lines().next().unwrap().split_whitespace().map(str::to_owned).collect();
    assert!(fields[0].parse::<jiff::Timestamp>().is_ok(), "{fields:?}");
    assert_eq!(fields[2], fixtures::GRB.len().to_string());
    assert!(String::from_utf8_lossy(fixtures::GRB).contains(&fields[3]), "{fields:?}");
}

#[test]
fn tap_prints_the_xml_as_it_came() {
    let (_folder, mut broker) = broker();
    let left = tap(&mut broker, &["-n", "6", "--xml"], &fixtures::ALL);
    let wanted: Vec<u8> = fixtures::ALL.iter().flat_map(|event| [event, b"\n".as_slice()].concat()).collect();
    assert_eq!((left.code, left.stdout), (Some(0), wanted));
}

#[test]
fn tap_prints_json_that_parses() {
    let (_folder, mut broker) = broker();
    let left = tap(&mut broker, &["-n", "2", "--json"], &[fixtures::GRB, fixtures::UTF8]);
    let objects: Vec<serde_json::Value> =
        left.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["bytes"], fixtures::GRB.len());
    assert!(objects[0]["ivorn"].as_str().unwrap().starts_with("ivo://"));
    let digests: Vec<&str> = objects.iter().map(|object| object["digest"].as_str().unwrap()).collect();
    assert!(digests[0].len() == 64 && digests[0] != digests[1], "{digests:?}");
}

#[test]
fn tap_saves_each_event_in_a_file() {
    let (_folder, mut broker) = broker();
    let saved = tempfile::tempdir().unwrap();
    let left = tap(&mut broker, &["-n", "6", "--save", saved.path().to_str().unwrap()], &fixtures::ALL);
    assert_eq!(left.code, Some(0));
    let read = |entry: std::io::Result<std::fs::DirEntry>| std::fs::read(entry.unwrap().path()).unwrap();
    let mut files: Vec<Vec<u8>> = std::fs::read_dir(saved.path()).unwrap().map(read).collect();
    let mut wanted = fixtures::ALL.map(<[u8]>::to_vec);
    files.sort();
    wanted.sort();
    assert!(files == wanted, "the files are the events");
    let left = tap(&mut broker, &["-n", "1", "--save", "missing"], &[&packet(1, 0)]);
    assert!(left.code == Some(1) && left.err().contains("cannot write the event"), "{}", left.err());
}

#[test]
fn tap_ends_in_peace_when_nobody_reads_what_it_prints() {
    let (_folder, mut broker) = broker();
    let address = broker.broadcast().unwrap().to_string();
    let mut command = std::process::Command::new(system_tests::philae::binary().unwrap());
    command.args(["tap", &address]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    broker.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    submit_acked(broker.receive().unwrap(), fixtures::GRB).unwrap();
    let ended = system_tests::wait::wait_for(PATIENCE, "tap to end", || Ok(child.try_wait()?)).unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn tap_tells_of_a_broker_that_cannot_be_reached_and_tries_again_unless_told_otherwise() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let once = philae(&["tap", "--once", &free.to_string()]).unwrap();
    assert_eq!(once.code, Some(69));
    assert!(once.err().contains("Connection refused"), "{}", once.err());
    let tool = Tool::start(&["tap", &free.to_string()]).unwrap();
    tool.wait_for_text("again in").unwrap();
    let listener = TcpListener::bind(free).unwrap();
    let _kept = listener.accept().unwrap();
    tool.signal("TERM").unwrap();
    assert_eq!(tool.finish().unwrap().code, Some(0));
}

#[test]
fn send_and_tap_speak_over_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let socket = |name: &str| format!("unix:{}", folder.path().join(name).display());
    let (receive, broadcast, data) = (socket("receive"), socket("broadcast"), folder.path().join("data"));
    let data = data.to_str().unwrap();
    let flags = ["--receive", &receive, "--broadcast", &broadcast, "--data-dir", data];
    let mut broker = Philae::start(&flags).unwrap();
    let tool = Tool::start(&["tap", "-n", "1", "--xml", &broadcast]).unwrap();
    broker.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    let sent = Tool::with_input(&["send", &receive], fixtures::GRB).unwrap().finish().unwrap();
    assert_eq!(sent.code, Some(0), "{}", sent.err());
    assert_eq!(tool.finish().unwrap().stdout, [fixtures::GRB, b"\n"].concat());
}

#[test]
fn a_command_line_that_cannot_be_understood_ends_with_2() {
    for arguments in
        [vec![], vec!["fly"], vec!["send"], vec!["tap", "--xml", "--json", "host"], vec!["run", "--fly"]]
    {
        let left = philae(&arguments).unwrap();
        assert_eq!(left.code, Some(2), "{arguments:?}");
        assert!(left.out().is_empty() && left.err().contains("Usage: philae"), "{}", left.err());
    }
}
