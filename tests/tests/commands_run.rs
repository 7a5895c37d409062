//! `philae run` as its operator meets it: endpoints, allow-lists, faults, exit codes, signals.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use system_tests::client::{Listener, PATIENCE, Wire, packet, submit_acked};
use system_tests::fixtures;
use system_tests::philae::{Philae, binary};
use system_tests::tool::{Left, Tool, philae};
use system_tests::wait::wait_until;

/// A broker's `run` that is expected to end by itself.
fn run(flags: &[&str]) -> Left {
    philae(&[&["run", "--local-ivo", "ivo://philae.test/broker"], flags].concat()).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_broker_without_a_service_is_refused() {
    let left = run(&[]);
    assert_eq!(left.code, Some(78));
    assert!(left.err().contains("there is nothing to do"), "{}", left.err());
    assert!(left.err().ends_with("1 fault in the configuration; nothing was started\n"), "{}", left.err());
}

#[test]
fn all_faults_are_told_at_once_with_line_and_key_before_any_port_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (file, socket) = (folder.path().join("philae.toml"), folder.path().join("socket"));
    let wrong = format!(
        "receive = [\"unix:{}\", \"nonsense:1\"]\nmax-event-size = \"huge\"\nunknown = 1\nretention = \"-1\"\n",
        socket.display()
    );
    fs::write(&file, wrong).unwrap();
    let left = philae(&["run", "--config", text(&file), "--broadcast-allow", "10.0.0.0/99"]).unwrap();
    assert_eq!(left.code, Some(78));
    let err = left.err();
    for place in [":1: receive: ", ":2: max-event-size: ", ":3: unknown: ", ":4: retention: "] {
        assert!(err.contains(&format!("{}{place}", file.display())), "{place} in {err}");
    }
    assert!(err.contains("--broadcast-allow: ") && err.contains("local-ivo: it is missing"), "{err}");
    assert!(err.contains("6 faults in the configuration"), "{err}");
    assert!(!socket.exists());
}

#[test]
fn flags_win_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("philae.toml");
    let data = folder.path().join("data");
    fs::write(&file, format!("max-event-size = \"2KiB\"\ndata-dir = \"{}\"\n", data.display())).unwrap();
    let flags = ["--receive", "127.0.0.1:0", "--config", text(&file), "--max-event-size", "4KiB"];
    let broker = Philae::start(&flags).unwrap();
    submit_acked(broker.receive().unwrap(), &packet(1, 3_000)).unwrap();
    assert!(submit_acked(broker.receive().unwrap(), &packet(2, 4_096)).is_err());
    assert!(data.is_dir());
}

#[test]
fn a_folder_in_use_is_refused_with_the_number_of_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &[]).unwrap();
    let left = run(&["--receive", "127.0.0.1:0", "--data-dir", text(folder.path())]);
    assert_eq!(left.code, Some(69));
    assert!(left.err().contains(&broker.id().to_string()), "{}", left.err());
}

#[test]
fn a_port_in_use_ends_with_69_and_a_store_that_is_none_with_74() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let left = run(&["--receive", &port, "--data-dir", text(&folder.path().join("data"))]);
    assert_eq!(left.code, Some(69));
    assert!(left.err().contains(&format!("cannot listen on {port}")), "{}", left.err());
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let left = run(&["--receive", "127.0.0.1:0", "--data-dir", text(&file)]);
    assert_eq!(left.code, Some(74), "{}", left.err());
}

#[test]
fn a_stale_unix_socket_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receive");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let (socket, data) = (format!("unix:{}", path.display()), folder.path().join("data"));
    let broker = Philae::start(&["--receive", &socket, "--data-dir", text(&data)]).unwrap();
    let second = run(&["--receive", &socket, "--data-dir", text(&folder.path().join("other"))]);
    assert_eq!(second.code, Some(69));
    assert!(second.err().contains("another process is listening there"), "{}", second.err());
    let sent = Tool::with_input(&["send", &socket], fixtures::GRB).unwrap().finish().unwrap();
    assert_eq!(sent.code, Some(0), "{}", sent.err());
    broker.stop().unwrap();
    assert!(!path.exists());
}

#[test]
fn an_upstream_is_subscribed_to_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let socket = format!("unix:{}", folder.path().join("broadcast").display());
    let flags = ["--receive", "127.0.0.1:0", "--broadcast", &socket, "--data-dir", text(&a)];
    let mut first = Philae::start(&flags).unwrap();
    let second = Philae::start_in(&b, &["--subscribe", &socket]).unwrap();
    first.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    let mut listener = Listener::start(second.broadcast().unwrap()).unwrap();
    submit_acked(first.receive().unwrap(), fixtures::GRB).unwrap();
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
}

#[test]
fn allow_lists_take_both_forms_and_the_names_of_comet() {
    let folder = tempfile::tempdir().unwrap();
    for (turn, flag) in
        ["--receive-whitelist", "--receive-allow", "--author-whitelist"].into_iter().enumerate()
    {
        for (half, network) in ["127.0.1.0/24", "127.0.1.0/255.255.255.0"].into_iter().enumerate() {
            let data = folder.path().join(format!("{turn}{half}"));
            let mut broker = Philae::start_in(&data, &[flag, network, "10.0.0.0/8"]).unwrap();
            let receive = broker.receive().unwrap();
            assert!(submit_acked(receive, fixtures::GRB).is_err(), "127.0.0.1 is not in {network}");
            broker.wait_for_lines("its network is not allowed", 1, PATIENCE).unwrap();
            let mut wire = Wire::connect_from([127, 0, 1, 7], receive).unwrap();
            wire.send(&system_tests::client::framed(fixtures::GRB)).unwrap();
            assert!(wire.next_frame().unwrap().is_some());
        }
    }
}

#[test]
fn subscribers_are_allowed_by_network_too() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &["--broadcast-whitelist", "127.0.1.0/24"]).unwrap();
    assert!(Listener::start(broker.broadcast().unwrap()).is_err());
    let mut wire = Wire::connect_from([127, 0, 1, 7], broker.broadcast().unwrap()).unwrap();
    assert!(wire.next_frame().unwrap().is_some());
}

#[test]
fn authors_are_received_on_several_endpoints_and_over_ipv6() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let both = format!("tcp:{port}");
    let flags = ["--receive", "[::1]:0", "--receive", "tcp:0:interface=127.0.0.1", "--receive", &both];
    let flags = [&flags[..], &["--data-dir", text(folder.path())]].concat();
    let mut broker = Philae::start(&flags).unwrap();
    let log = broker.log();
    let v6 = log.split("endpoint=").find(|endpoint| endpoint.starts_with("[::1]")).unwrap();
    let v6 = v6.split_whitespace().next().unwrap().parse().unwrap();
    let addresses = [v6, SocketAddr::from(([127, 0, 0, 1], port)), format!("[::1]:{port}").parse().unwrap()];
    for (number, address) in addresses.into_iter().enumerate() {
        submit_acked(address, &packet(number, 0)).unwrap();
    }
    broker.wait_for_lines("event accepted", 3, PATIENCE).unwrap();
    assert!(broker.log().contains("source=\"author 127.0.0.1:"), "{}", broker.log());
}

#[test]
fn an_event_acknowledged_just_before_the_end_still_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Philae::start_in(folder.path(), &[]).unwrap();
    let mut listeners: Vec<Listener> =
        (0..20).map(|_| Listener::start(broker.broadcast().unwrap()).unwrap()).collect();
    let events: Vec<Vec<u8>> = (0..20).map(|number| packet(number, 100_000)).collect();
    for event in &events {
        submit_acked(broker.receive().unwrap(), event).unwrap();
    }
    broker.signal("TERM").unwrap();
    for listener in &mut listeners {
        assert!(listener.take(events.len()).unwrap() == events);
        assert_eq!(listener.next(PATIENCE).unwrap(), None, "the broker closes in order");
    }
    let log = broker.stop().unwrap();
    assert!(log.contains("stopped aborted=0"), "{log}");
}

#[test]
fn the_command_line_of_comet_3_1_works_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Philae::start_in(&folder.path().join("upstream"), &[]).unwrap();
    let (receive, broadcast) = (free_port(), free_port());
    let mut command = Command::new(binary().unwrap());
    command.args(["run", "--local-ivo=ivo://philae.test/comet", "--receive", "--broadcast"]);
    command.args([format!("--receive-port={receive}"), format!("--broadcast-port={broadcast}")]);
    command.arg(format!("--remote={}", upstream.broadcast().unwrap()));
    command.arg(format!("--eventdb={}", folder.path().join("db").display()));
    command.args(["--author-whitelist=127.0.0.0/8", "--broadcast-test-interval=0"]);
    let log = folder.path().join("log");
    command.stderr(fs::File::create(&log).unwrap());
    let mut child = command.spawn().unwrap();
    let has = |text: &str| fs::read_to_string(&log).unwrap().contains(text);
    wait_until(PATIENCE, "the upstream", || has("philae runs") && has("connected to upstream")).unwrap();
    let mut listener = Listener::start(([127, 0, 0, 1], broadcast).into()).unwrap();
    submit_acked(upstream.receive().unwrap(), fixtures::GRB).unwrap();
    assert_eq!(listener.take(1).unwrap(), [fixtures::GRB]);
    submit_acked(([127, 0, 0, 1], receive).into(), fixtures::UTF8).unwrap();
    assert_eq!(listener.take(1).unwrap(), [fixtures::UTF8]);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_help_of_each_command_names_every_option_with_its_default() {
    let example = include_str!("../../broker/src/config/example.toml");
    let help = philae(&["run", "--help"]).unwrap();
    assert_eq!(help.code, Some(0));
    let help = help.out();
    let keys = example.lines().filter_map(|line| line.trim_start_matches('#').split_once(" = "));
    for (key, _) in keys.filter(|(key, _)| !key.contains(' ') && *key != "local-ivo") {
        let begins = |line: &&str| line.split([' ', '.']).any(|word| word == format!("--{key}"));
        let own: Vec<&str> = help.lines().skip_while(|line| !begins(line)).take(5).collect();
        assert!(own.join(" ").contains("[default: "), "--{key} has no default: {own:?}");
    }
    for (command, flags) in [
        ("send", ["--timeout", "--unchecked", "--quiet"].as_slice()),
        ("tap", &["--xml", "--json", "--save", "--filter", "--local-ivo", "--count", "--once"]),
        (
            "dev",
            &[
                "--receive-port",
                "--broadcast-port",
                "--data-dir",
                "--install",
                "--tools",
                "--no-handlers",
                "--verbose",
            ],
        ),
    ] {
        let help = philae(&[command, "--help"]).unwrap();
        assert!(flags.iter().all(|flag| help.out().contains(flag)), "{}", help.out());
    }
}
