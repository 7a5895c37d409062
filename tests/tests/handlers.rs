//! Handlers in folders, through the whole broker: loaded, called, replaced, removed, and seen by the operator.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails in a helper fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use system_tests::client::{Listener, PATIENCE, packet, submit_acked};
use system_tests::philae::Philae;
use system_tests::tool::{Left, philae};
use system_tests::wait::wait_until;
use system_tests::{fixtures, guests};
use tempfile::TempDir;

/// A broker and its folder of handlers.
struct Site {
    folder: TempDir,
    philae: Philae,
}

impl Site {
    /// Starts a broker on a folder with these handlers, by name and settings.
    fn start(handlers: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("handlers")).unwrap();
        for (name, settings) in handlers {
            install(&folder.path().join("handlers"), name, name, settings);
        }
        let philae = start(folder.path());
        Self { folder, philae }
    }

    fn handlers(&self) -> PathBuf {
        self.folder.path().join("handlers")
    }

    fn submit(&self, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            submit_acked(self.philae.receive().unwrap(), &packet(number, 0)).unwrap();
        }
    }

    /// What `philae handler` says with these arguments.
    fn handler(&self, arguments: &[&str]) -> Left {
        let data = data(self.folder.path());
        philae(&[&["handler", "--data-dir", &data], arguments].concat()).unwrap()
    }

    /// What is known of a handler.
    fn standing(&self, name: &str) -> serde_json::Value {
        let left = self.handler(&["list", "--json"]);
        let listed: serde_json::Value = serde_json::from_str(&left.out()).unwrap();
        let handlers = listed["handlers"].as_array().unwrap().clone();
        handlers.into_iter().find(|handler| handler["name"] == name).unwrap_or_default()
    }

    fn wait_for(&self, name: &str, what: &str, reached: impl Fn(&serde_json::Value) -> bool) {
        wait_until(PATIENCE, what, || reached(&self.standing(name))).unwrap();
    }
}

fn start(folder: &Path) -> Philae {
    let handlers = folder.join("handlers").display().to_string();
    Philae::start_in(&folder.join("data"), &["--handlers", &handlers]).unwrap()
}

/// The data folder that the harness gives a broker.
fn data(folder: &Path) -> String {
    folder.join("data").display().to_string()
}

/// Puts a guest into a folder of handlers under a name: first its settings, then, whole, its module.
fn install(folder: &Path, name: &str, guest: &str, settings: &str) {
    fs::write(folder.join(format!("{name}.toml")), settings).unwrap();
    let part = folder.join(format!(".{name}.part"));
    fs::copy(guests::module(guest).unwrap(), &part).unwrap();
    fs::rename(part, folder.join(format!("{name}.wasm"))).unwrap();
}

#[test]
fn a_handler_that_appears_is_called_from_the_next_event_on() {
    let mut site = Site::start(&[]);
    site.submit(0..3);
    install(&site.handlers(), "hello", "hello", "");
    site.philae.wait_for_lines("the handler runs handler=hello", 1, PATIENCE).unwrap();
    site.submit(3..5);
    site.wait_for("hello", "two events to be handled", |hello| hello["counts"]["handled"] == 2);
    let log = site.handler(&["logs", "hello"]).out();
    assert!(log.contains(" #4 ") && log.contains(" #5 ") && log.lines().count() == 2, "{log}");
}

#[test]
fn its_place_and_its_state_outlast_a_kill() {
    let site = Site::start(&[("hello", "start = 'earliest'")]);
    site.submit(0..5);
    site.wait_for("hello", "all to be handled", |hello| hello["counts"]["place"] == 5);
    let Site { folder, philae } = site;
    philae.kill().unwrap();
    let philae = start(folder.path());
    let site = Site { folder, philae };
    site.submit(5..7);
    site.wait_for("hello", "the rest to be handled", |hello| hello["counts"]["place"] == 7);
    assert_eq!(site.standing("hello")["counts"]["calls"], 2, "nothing is handled twice");
    let log = site.handler(&["logs", "hello"]).out();
    assert!(log.contains("event 6: ") && log.contains("event 7: "), "it goes on counting: {log}");
}

#[test]
fn a_newer_file_takes_over_and_a_broken_one_does_not() {
    let mut site = Site::start(&[("hello", "")]);
    let first = site.standing("hello")["revision"].clone();
    fs::write(site.handlers().join("hello.wasm"), b"not wasm at all").unwrap();
    site.philae.wait_for_lines("the handler cannot be loaded; what runs goes on", 1, PATIENCE).unwrap();
    site.submit(0..1);
    site.wait_for("hello", "the old one to go on", |hello| hello["counts"]["handled"] == 1);
    assert!(site.standing("hello")["trouble"].as_str().unwrap().contains("no WebAssembly"));
    assert_eq!(site.standing("hello")["revision"], first);
    install(&site.handlers(), "hello", "print-event", "");
    site.philae.wait_for_lines("the handler's new revision takes over", 1, PATIENCE).unwrap();
    site.submit(1..2);
    site.wait_for("hello", "the new one to be called", |hello| hello["counts"]["handled"] == 2);
    assert_ne!(site.standing("hello")["revision"], first);
    assert_eq!(site.standing("hello")["trouble"], serde_json::Value::Null);
}

#[test]
fn a_handler_is_removed_with_its_file_and_comes_back_where_it_was() {
    let mut site = Site::start(&[("hello", "")]);
    site.submit(0..2);
    site.wait_for("hello", "two to be handled", |hello| hello["counts"]["handled"] == 2);
    fs::remove_file(site.handlers().join("hello.wasm")).unwrap();
    site.philae.wait_for_lines("the handler is removed", 1, PATIENCE).unwrap();
    site.submit(2..4);
    install(&site.handlers(), "hello", "hello", "");
    site.wait_for("hello", "what it missed to be handled", |hello| hello["counts"]["handled"] == 2);
    let log = site.handler(&["logs", "hello"]).out();
    assert!(log.contains("event 3: ") && log.contains("event 4: "), "{log}");
}

#[test]
fn a_fault_in_its_settings_is_told_with_its_line_and_the_others_run() {
    let faulty =
        "enabled = true\ncuncurrency = 2\n[grants]\nfolders = [{ host = '/does/not/exist', guest = '/out' }]";
    let site = Site::start(&[("hello", ""), ("print-event", faulty)]);
    let trouble = site.standing("print-event")["trouble"].as_str().unwrap().to_owned();
    for words in [
        "print-event.toml:2: cuncurrency: there is no such key; did you mean 'concurrency'?",
        "/does/not/exist",
    ] {
        assert!(trouble.contains(words), "{words}: {trouble}");
    }
    site.submit(0..1);
    site.wait_for("hello", "the other to run", |hello| hello["counts"]["handled"] == 1);
}

#[test]
fn a_handler_gets_only_what_its_settings_want() {
    let settings = "start = 'earliest'\nroles = ['observation']\nfilter = [\"//Table\"]";
    let site = Site::start(&[("hello", settings)]);
    for event in fixtures::ALL {
        submit_acked(site.philae.receive().unwrap(), event).unwrap();
    }
    site.wait_for("hello", "all to be passed", |hello| hello["lag"] == 0);
    let log = site.handler(&["logs", "hello"]).out();
    assert!(log.contains("ice-telescope") && log.lines().count() == 1, "{log}");
}

#[test]
fn a_paused_handler_waits_over_a_restart_and_goes_on() {
    let site = Site::start(&[("hello", "")]);
    assert_eq!(site.handler(&["pause", "hello"]).code, Some(0));
    site.submit(0..3);
    let Site { folder, philae } = site;
    philae.stop().unwrap();
    let philae = start(folder.path());
    let site = Site { folder, philae };
    assert_eq!(
        (&site.standing("hello")["state"], &site.standing("hello")["lag"]),
        (&"paused".into(), &3.into())
    );
    assert_eq!(site.handler(&["resume", "hello"]).code, Some(0));
    site.wait_for("hello", "it to catch up", |hello| hello["counts"]["handled"] == 3);
}

#[test]
fn what_a_handler_publishes_is_an_event() {
    let config = "start = 'earliest'\n[config]\nstream = 'ivo://philae.test/summary'\ntriggers = ['Trigger_ID']\n[grants]\npublish = true";
    let site = Site::start(&[("grb-latest", config)]);
    let mut listener = Listener::start(site.philae.broadcast().unwrap()).unwrap();
    submit_acked(site.philae.receive().unwrap(), fixtures::GRB).unwrap();
    let taken = listener.take(2).unwrap();
    assert_eq!(taken[0], fixtures::GRB);
    assert!(String::from_utf8_lossy(&taken[1]).contains("ivo://philae.test/summary#"), "{:?}", taken[1]);
    assert!(listener.is_quiet_for(Duration::from_millis(500)).unwrap());
}

#[test]
fn numbers_that_a_handler_reports_are_shown() {
    let config = "start = 'earliest'\n[config]\nlatitude = -24.6\nlongitude = -70.4\nmin-altitude = 90";
    let site = Site::start(&[("observable", config)]);
    submit_acked(site.philae.receive().unwrap(), fixtures::GRB).unwrap();
    site.wait_for("observable", "a number", |handler| {
        handler["metrics"]["counters"] == serde_json::json!({ "not_observable": 1 })
    });
    let shown = site.handler(&["show", "observable"]);
    let line = shown.out().lines().find(|line| line.starts_with("not_observable")).map(str::to_owned);
    assert_eq!(line.unwrap_or_default().split_whitespace().last(), Some("1"), "{}", shown.out());
    let shown = site.handler(&["show", "observable", "--json"]).out();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["handler"]["metrics"], site.standing("observable")["metrics"]);
    let nobody = site.handler(&["show", "nobody"]);
    assert!(nobody.code == Some(1) && nobody.err().contains("there are: observable"), "{}", nobody.err());
}

#[test]
fn save_event_writes_into_the_folder_that_it_was_granted() {
    let out = tempfile::tempdir().unwrap();
    let grant = format!(
        "start = 'earliest'\n[config]\nfolder = '/out'\n[grants]\n\
         folders = [{{ host = '{}', guest = '/out', writable = true }}]",
        out.path().display()
    );
    let site = Site::start(&[("save-event", &grant)]);
    submit_acked(site.philae.receive().unwrap(), fixtures::GRB).unwrap();
    let files = || fs::read_dir(out.path()).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    wait_until(PATIENCE, "a file", || files().iter().any(|path| fs::read(path).unwrap() == fixtures::GRB))
        .unwrap();
}

#[test]
fn commands_say_what_is_wrong_and_what_to_do() {
    let site = Site::start(&[("hello", "")]);
    let left = site.handler(&["pause", "nobody"]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("there is no handler 'nobody'; there are: hello"), "{}", left.err());
    let left = philae(&["handler", "list", "--data-dir", "/does/not/exist"]).unwrap();
    assert_eq!(left.code, Some(69));
    assert!(left.err().contains("no broker runs on '/does/not/exist'"), "{}", left.err());
    assert_eq!(site.handler(&["quarantine", "list"]).out(), "nothing is in quarantine\n");
}
