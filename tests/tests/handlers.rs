//! Handlers in folders, through the whole broker: loaded, called, replaced, removed, and seen by the operator.

use std::fs;
use std::time::Duration;

use system_tests::client::{Listener, PATIENCE, submit_acked};
use system_tests::fixtures;
use system_tests::handler_site::HandlerSite;
use system_tests::philae::Philae;
use system_tests::tool::philae;
use system_tests::wait::wait_until;

#[test]
fn a_handler_that_appears_is_called_from_the_next_event_on() {
    let mut site = HandlerSite::start(&[]).unwrap();
    site.submit(0..3).unwrap();
    site.install_guest("hello", "", "hello").unwrap();
    site.philae.wait_for_lines("the handler runs handler=hello", 1, PATIENCE).unwrap();
    site.submit(3..5).unwrap();
    site.wait_for("hello", "two events to be handled", |hello| hello["counts"]["handled"] == 2).unwrap();
    let log = site.handler(&["logs", "hello"]).unwrap().out();
    assert!(log.contains(" #4 ") && log.contains(" #5 ") && log.lines().count() == 2, "{log}");
}

#[test]
fn its_place_and_its_state_outlast_a_kill() {
    let site = HandlerSite::start(&[("hello", "start = 'earliest'")]).unwrap();
    site.submit(0..5).unwrap();
    site.wait_for("hello", "all to be handled", |hello| hello["counts"]["place"] == 5).unwrap();
    let site = site.restarted(Philae::kill).unwrap();
    site.submit(5..7).unwrap();
    site.wait_for("hello", "the rest to be handled", |hello| hello["counts"]["place"] == 7).unwrap();
    assert_eq!(site.standing("hello").unwrap()["counts"]["calls"], 2, "nothing is handled twice");
    let log = site.handler(&["logs", "hello"]).unwrap().out();
    assert!(log.contains("event 6: ") && log.contains("event 7: "), "it goes on counting: {log}");
}

#[test]
fn a_newer_file_takes_over_and_a_broken_one_does_not() {
    let mut site = HandlerSite::start(&[("hello", "")]).unwrap();
    let first = site.standing("hello").unwrap()["revision"].clone();
    fs::write(site.handlers().join("hello.wasm"), b"not wasm at all").unwrap();
    site.philae.wait_for_lines("the handler cannot be loaded; what runs goes on", 1, PATIENCE).unwrap();
    site.submit(0..1).unwrap();
    site.wait_for("hello", "the old one to go on", |hello| hello["counts"]["handled"] == 1).unwrap();
    assert!(site.standing("hello").unwrap()["trouble"].as_str().unwrap().contains("no WebAssembly"));
    assert_eq!(site.standing("hello").unwrap()["revision"], first);
    site.install_guest("hello", "", "print-event").unwrap();
    site.philae.wait_for_lines("the handler's new revision takes over", 1, PATIENCE).unwrap();
    site.submit(1..2).unwrap();
    site.wait_for("hello", "the new one to be called", |hello| hello["counts"]["handled"] == 2).unwrap();
    assert_ne!(site.standing("hello").unwrap()["revision"], first);
    assert_eq!(site.standing("hello").unwrap()["trouble"], serde_json::Value::Null);
}

#[test]
fn a_handler_is_removed_with_its_file_and_comes_back_where_it_was() {
    let mut site = HandlerSite::start(&[("hello", "")]).unwrap();
    site.submit(0..2).unwrap();
    site.wait_for("hello", "two to be handled", |hello| hello["counts"]["handled"] == 2).unwrap();
    fs::remove_file(site.handlers().join("hello.wasm")).unwrap();
    site.philae.wait_for_lines("the handler is removed", 1, PATIENCE).unwrap();
    site.submit(2..4).unwrap();
    site.install_guest("hello", "", "hello").unwrap();
    site.wait_for("hello", "what it missed to be handled", |hello| hello["counts"]["handled"] == 2).unwrap();
    let log = site.handler(&["logs", "hello"]).unwrap().out();
    assert!(log.contains("event 3: ") && log.contains("event 4: "), "{log}");
}

#[test]
fn a_fault_in_its_settings_is_told_with_its_line_and_the_others_run() {
    let faulty =
        "enabled = true\ncuncurrency = 2\n[grants]\nfolders = [{ host = '/does/not/exist', guest = '/out' }]";
    let site = HandlerSite::start(&[("hello", ""), ("print-event", faulty)]).unwrap();
    let trouble = site.standing("print-event").unwrap()["trouble"].as_str().unwrap().to_owned();
    for words in [
        "print-event.toml:2: cuncurrency: there is no such key; did you mean 'concurrency'?",
        "/does/not/exist",
    ] {
        assert!(trouble.contains(words), "{words}: {trouble}");
    }
    site.submit(0..1).unwrap();
    site.wait_for("hello", "the other to run", |hello| hello["counts"]["handled"] == 1).unwrap();
}

#[test]
fn a_handler_gets_only_what_its_settings_want() {
    let settings = "start = 'earliest'\nroles = ['observation']\nfilter = [\"//Table\"]";
    let site = HandlerSite::start(&[("hello", settings)]).unwrap();
    for event in fixtures::ALL {
        submit_acked(site.philae.receive().unwrap(), event).unwrap();
    }
    site.wait_for("hello", "all to be passed", |hello| hello["lag"] == 0).unwrap();
    let log = site.handler(&["logs", "hello"]).unwrap().out();
    assert!(log.contains("ice-telescope") && log.lines().count() == 1, "{log}");
}

#[test]
fn a_paused_handler_waits_over_a_restart_and_goes_on() {
    let site = HandlerSite::start(&[("hello", "")]).unwrap();
    assert_eq!(site.handler(&["pause", "hello"]).unwrap().code, Some(0));
    site.submit(0..3).unwrap();
    let site = site.restarted(|philae| philae.stop().map(drop)).unwrap();
    assert_eq!(
        (&site.standing("hello").unwrap()["state"], &site.standing("hello").unwrap()["lag"]),
        (&"paused".into(), &3.into())
    );
    assert_eq!(site.handler(&["resume", "hello"]).unwrap().code, Some(0));
    site.wait_for("hello", "it to catch up", |hello| hello["counts"]["handled"] == 3).unwrap();
}

#[test]
fn what_a_handler_publishes_is_an_event() {
    let config = "start = 'earliest'\n[config]\nstream = 'ivo://philae.test/summary'\ntriggers = ['Trigger_ID']\n[grants]\npublish = true";
    let site = HandlerSite::start(&[("grb-latest", config)]).unwrap();
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
    let site = HandlerSite::start(&[("observable", config)]).unwrap();
    submit_acked(site.philae.receive().unwrap(), fixtures::GRB).unwrap();
    site.wait_for("observable", "a number", |handler| {
        handler["metrics"]["counters"] == serde_json::json!({ "not_observable": 1 })
    })
    .unwrap();
    let shown = site.handler(&["show", "observable"]).unwrap();
    let line = shown.out().lines().find(|line| line.starts_with("not_observable")).map(str::to_owned);
    assert_eq!(line.unwrap_or_default().split_whitespace().last(), Some("1"), "{}", shown.out());
    let shown = site.handler(&["show", "observable", "--json"]).unwrap().out();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["handler"]["metrics"], site.standing("observable").unwrap()["metrics"]);
    let nobody = site.handler(&["show", "nobody"]).unwrap();
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
    let site = HandlerSite::start(&[("save-event", &grant)]).unwrap();
    submit_acked(site.philae.receive().unwrap(), fixtures::GRB).unwrap();
    let files = || fs::read_dir(out.path()).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    wait_until(PATIENCE, "a file", || files().iter().any(|path| fs::read(path).unwrap() == fixtures::GRB))
        .unwrap();
}

#[test]
fn commands_say_what_is_wrong_and_what_to_do() {
    let site = HandlerSite::start(&[("hello", "")]).unwrap();
    let left = site.handler(&["pause", "nobody"]).unwrap();
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("there is no handler 'nobody'; there are: hello"), "{}", left.err());
    let left = philae(&["handler", "list", "--data-dir", "/does/not/exist"]).unwrap();
    assert_eq!(left.code, Some(69));
    assert!(left.err().contains("no broker runs on '/does/not/exist'"), "{}", left.err());
    assert_eq!(site.handler(&["quarantine", "list"]).unwrap().out(), "nothing is in quarantine\n");
}

#[test]
fn what_a_removed_handler_left_in_quarantine_is_dropped_and_not_tried_again() {
    let site = HandlerSite::start(&[("print-field", "[retry]\nattempts = 1\n")]).unwrap();
    site.submit(1..=3).unwrap();
    site.wait_for("print-field", "all in quarantine", |known| known["counts"]["quarantined"] == 3).unwrap();
    for ending in ["wasm", "toml"] {
        fs::remove_file(site.handlers().join(format!("print-field.{ending}"))).unwrap();
    }
    site.handler(&["reload"]).unwrap();
    wait_until(PATIENCE, "no handler", || site.standing("print-field").unwrap().is_null()).unwrap();
    let order = |order: &[&str]| site.handler(&[&["quarantine"], order].concat()).unwrap();
    let left = order(&["retry", "print-field"]);
    assert_eq!(left.code, Some(1));
    assert!(left.err().contains("'print-field' does not run; load it, or drop its cases"), "{}", left.err());
    let left = order(&["drop", "print-field", "2"]);
    assert_eq!((left.code, left.out().as_str()), (Some(0), "1 done\n"), "{}", left.err());
    let left = order(&["drop", "print-field", "2"]);
    assert!(left.code == Some(1) && left.err().contains("there is no such event"), "{}", left.err());
    let left = order(&["drop", "print-field", "--all"]);
    assert_eq!((left.code, left.out().as_str()), (Some(0), "2 done\n"), "{}", left.err());
    assert_eq!(order(&["list"]).out(), "nothing is in quarantine\n");
    let left = order(&["drop", "print-field", "--all"]);
    assert!(left.err().contains("there is no handler 'print-field'"), "{}", left.err());
}
