//! Handlers on the workbench: tried on packets from files and from a live stream, without a broker.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use system_tests::client::{PATIENCE, packet, submit_acked};
use system_tests::philae::Philae;
use system_tests::tool::{Left, Tool, philae};
use system_tests::{fixtures, guests};
use tempfile::TempDir;

/// A folder with one handler in it.
struct Bench {
    folder: TempDir,
    name: &'static str,
}

impl Bench {
    fn new(guest: &'static str, settings: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap(), name: guest };
        fs::copy(guests::module(guest).unwrap(), bench.file(&format!("{guest}.wasm"))).unwrap();
        fs::write(bench.file(&format!("{guest}.toml")), settings).unwrap();
        bench
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.file(name), text).unwrap();
        text_of(&self.file(name))
    }

    /// What `philae handler test` makes of it.
    fn test(&self, arguments: &[&str]) -> Left {
        let module = text_of(&self.file(&format!("{}.wasm", self.name)));
        philae(&[&["handler", "test", &module], arguments].concat()).unwrap()
    }
}

fn text_of(path: &Path) -> String {
    path.display().to_string()
}

fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}.xml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_packet_is_told_and_state_lasts_from_one_to_the_next() {
    let left = Bench::new("hello", "").test(&[&fixture("grb"), &fixture("minimal")]);
    let out = left.out();
    assert_eq!(left.code, Some(0), "{out}{}", left.err());
    for words in [
        "grb.xml: handled  ",
        "info       event 1: ivo://philae.test/wide-field-monitor#grb-260114-0731 at Some",
        "info       event 2: ivo://philae.test/least#1 at None",
        "state      events = 2",
        "2 packets: 2 handled; a call takes ",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

#[test]
fn folders_and_standard_input_hold_packets_too() {
    let bench = Bench::new("hello", "");
    let left = bench.test(&[&format!("{}/fixtures", env!("CARGO_MANIFEST_DIR")), "-q"]);
    assert!(left.out().starts_with("6 packets: 6 handled"), "{}", left.out());
    let module = text_of(&bench.file("hello.wasm"));
    let tool = Tool::with_input(&["handler", "test", &module, "-"], fixtures::NEUTRINO).unwrap();
    assert!(tool.finish().unwrap().out().starts_with("standard input: handled"));
}

#[test]
fn what_its_settings_do_not_want_is_said_to_be_passed_over() {
    let bench = Bench::new("hello", "roles = ['observation']\nfilter = [\"//Table\"]");
    let left = bench.test(&[&fixture("minimal"), &fixture("grb"), &fixture("neutrino")]);
    let out = left.out();
    assert_eq!(left.code, Some(0), "{out}");
    assert!(out.contains("minimal.xml: not called, it does not want this role"), "{out}");
    assert!(out.contains("grb.xml: not called, none of its filters matches"), "{out}");
    assert!(out.contains("event 1: ivo://philae.test/ice-telescope"), "{out}");
}

#[test]
fn expectations_are_written_compared_and_told_apart() {
    let bench = Bench::new("hello", "");
    let expected = text_of(&bench.file("expected.txt"));
    assert_eq!(bench.test(&[&fixture("grb"), "--write-expect", &expected]).code, Some(0));
    assert_eq!(bench.test(&[&fixture("grb"), "--expect", &expected]).code, Some(0));
    let left = bench.test(&[&fixture("minimal"), "--expect", &expected]);
    let err = left.err();
    assert_eq!(left.code, Some(1), "{err}");
    assert!(err.contains("it does not come to what") && err.contains("\n-grb.xml: handled\n"), "{err}");
    assert!(err.contains("\n+minimal.xml: handled\n"), "{err}");
    let kept = fs::read_to_string(&expected).unwrap();
    let note = bench.write("note.xml", "no packet");
    let left = bench.test(&[&note, "--write-expect", &expected]);
    assert_eq!((left.code, fs::read_to_string(&expected).unwrap()), (Some(1), kept));
    assert!(left.err().contains("is left as it is"), "{}", left.err());
}

#[test]
fn requests_are_answered_from_a_file_or_refused_and_nothing_is_reached() {
    // Nobody is there, and a connection would be seen as such.
    let settings = "[config]\nurl = 'http://192.0.2.1:9/hook'\n[grants]\nhttp = ['http://192.0.2.1:9']";
    let bench = Bench::new("webhook", settings);
    let left = bench.test(&[&fixture("grb")]);
    let out = left.out();
    assert_eq!(left.code, Some(1), "{out}");
    assert!(
        out.contains("http       POST http://192.0.2.1:9/hook (") && out.contains("refused; no answer"),
        "{out}"
    );
    let mock = "[[answer]]\nmethod = 'POST'\nurl = 'http://192.0.2.1:9/'\nstatus = 200\nbody = 'ok'";
    let mock = bench.write("mock.toml", mock);
    let left = bench.test(&[&fixture("grb"), "--http-mock", &mock, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&left.out()).unwrap();
    assert_eq!(
        (left.code, &told["verdict"], &told["requests"][0]["status"]),
        (Some(0), &"handled".into(), &200.into())
    );
    assert!(told["requests"][0]["body"].as_str().unwrap().contains("grb-260114-0731"), "{told}");
}

#[test]
fn publications_are_told_and_expected_in_full() {
    let settings =
        "[config]\nstream = 'ivo://philae.test/summary'\ntriggers = ['Trigger_ID']\n[grants]\npublish = true";
    let bench = Bench::new("grb-latest", settings);
    let expected = text_of(&bench.file("expected.txt"));
    let left = bench.test(&[&fixture("grb"), "--write-expect", &expected]);
    assert!(left.out().contains("publishes  ivo://philae.test/summary#"), "{}", left.out());
    let expected = fs::read_to_string(expected).unwrap();
    assert!(expected.contains("<AuthorIVORN>ivo://philae.test/summary</AuthorIVORN>"), "{expected}");
    assert!(!expected.contains(" us") && !expected.contains("MiB"), "{expected}");
}

#[test]
fn what_is_wrong_is_told_with_its_exit_code() {
    let bench = Bench::new("hello", "");
    let text = bench.write("note.xml", "no packet");
    let mock = bench.write("mock.toml", "[[answer]]\nstatsu = 7");
    let grb = fixture("grb");
    for (arguments, code, words) in [
        (vec![text.as_str()], 1, "note.xml: no packet: "),
        (vec!["/does/not/exist.xml"], 1, "cannot read it: No such file"),
        (vec![], 2, "on which packets?"),
        (vec![&grb, "--http-mock", &mock], 78, "unknown field `statsu`"),
        (vec![&grb, "--at", "noon"], 2, "invalid value 'noon'"),
        (vec![&grb, "--expect", "/does/not/exist"], 1, "cannot read what is expected"),
    ] {
        let left = bench.test(&arguments);
        let told = left.out() + &left.err();
        assert_eq!((left.code, told.contains(words)), (Some(code), true), "{words}: {told}");
    }
}

#[test]
fn a_handler_that_does_not_load_says_why() {
    let bench = Bench::new("hello", "cuncurrency = 2");
    let left = bench.test(&[&fixture("grb")]);
    assert_eq!(left.code, Some(78));
    assert!(
        left.err().contains("hello.toml:1: cuncurrency: there is no such key; did you mean 'concurrency'?")
    );
    fs::write(bench.file("hello.wasm"), "no module").unwrap();
    bench.write("hello.toml", "");
    let left = bench.test(&[&fixture("grb")]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("hello.wasm does not load: it is no WebAssembly module"), "{}", left.err());
    let left = philae(&["handler", "test", "/does/not/exist"]).unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("cannot read '/does/not/exist'"), "{}", left.err());
}

#[test]
fn faults_in_a_projects_settings_are_all_told_at_once_with_what_was_meant() {
    let bench = Bench::new("hello", "rolse = ['test']\n[limits]\ntiem = '1s'\n[grants]\nhtpp = []");
    fs::create_dir(bench.file("packets")).unwrap();
    fs::copy(fixture("grb"), bench.file("packets/grb.xml")).unwrap();
    let left = philae(&["handler", "test", &text_of(bench.folder.path())]).unwrap();
    assert_eq!((left.code, left.out().as_str()), (Some(78), ""));
    let err = left.err();
    assert!(err.ends_with("3 faults in the settings; they do not take effect\n"), "{err}");
    for (line, meant) in ["roles", "time", "http"].into_iter().enumerate().map(|(at, key)| (2 * at + 1, key))
    {
        let has = |told: &str| {
            told.contains(&format!(":{line}: ")) && told.contains(&format!("did you mean '{meant}'?"))
        };
        assert!(err.lines().any(has), "{line}: {meant}: {err}");
    }
}

#[test]
fn a_thousand_packets_take_less_than_two_seconds() {
    let bench = Bench::new("hello", "");
    fs::create_dir(bench.file("many")).unwrap();
    for number in 0..1_000 {
        fs::write(bench.file(&format!("many/{number:03}.xml")), packet(number, 0)).unwrap();
    }
    let many = text_of(&bench.file("many"));
    // Other tests may be busy: the best of some.
    let best = (0..5).map(|_| {
        let start = Instant::now();
        assert!(bench.test(&[&many, "-q"]).out().starts_with("1000 packets: 1000 handled"));
        start.elapsed()
    });
    assert!(best.min().unwrap() < Duration::from_secs(2));
}

#[test]
fn a_handler_runs_on_a_live_stream() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Philae::start_in(folder.path(), &[]).unwrap();
    let bench = Bench::new("hello", "roles = ['observation']");
    let (module, address) = (text_of(&bench.file("hello.wasm")), broker.broadcast().unwrap().to_string());
    let tool = Tool::start(&["handler", "run", &module, "--from", &address, "-n", "2"]).unwrap();
    broker.wait_for_lines("subscriber connected", 1, PATIENCE).unwrap();
    for event in [fixtures::GRB, fixtures::MINIMAL] {
        submit_acked(broker.receive().unwrap(), event).unwrap();
    }
    let left = tool.finish().unwrap();
    let out = left.out();
    assert_eq!(left.code, Some(0), "{out}{}", left.err());
    assert!(out.contains("info       event 1: ivo://philae.test/wide-field-monitor#"), "{out}");
    assert!(out.contains("least#1: not called, it does not want this role"), "{out}");
    assert!(out.contains("2 packets: 1 handled, 1 not called"), "{out}");
}
