//! Calls that were denied, explained in the words of the settings: in the broker's log, by its commands, and on the workbench.

use std::fs;

use system_tests::guests;
use system_tests::handler_site::HandlerSite;
use system_tests::tool::philae;

const REQUEST: &str =
    "it asked for a request to http://127.0.0.1:9; grant it with http = [\"http://127.0.0.1:9\"]";
const FETCH: &str =
    "[config]\nurl = 'http://127.0.0.1:9/a'\n[retry]\nattempts = 1\n[grants]\nhttp = ['https://a.example']";
const LATEST: &str =
    "[config]\nstream = 'ivo://philae.test/summary'\ntriggers = ['Trigger_ID']\n[retry]\nattempts = 1";

fn fixture(name: &str) -> String {
    format!("{}/fixtures/{name}.xml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_denied_request_is_told_once_in_the_log_and_counted_where_the_operator_looks() {
    let site = HandlerSite::start(&[("fetch", FETCH)]).unwrap();
    site.submit(0..3).unwrap();
    let fetch =
        site.wait_for("fetch", "three calls to be denied", |fetch| fetch["denied"][0]["count"] == 3).unwrap();
    assert_eq!(fetch["denied"][0]["grant"], "http = [\"http://127.0.0.1:9\"]");
    let log = site.philae.log();
    assert_eq!(log.matches("the handler asked for what it is not granted").count(), 1, "{log}");
    let shown = site.handler(&["show", "fetch"]).unwrap().out();
    assert!(shown.contains(&format!("\ndenied calls\n{REQUEST}  (3 times, last at ")), "{shown}");
    let module = site.handlers().join("fetch.wasm").display().to_string();
    for named in ["fetch", &module] {
        let left = site.handler(&["inspect", named]).unwrap();
        assert_eq!(left.code, Some(0), "{}", left.err());
        assert!(left.out().contains(&format!("  denied    {REQUEST}  (3 times")), "{}", left.out());
    }
    let json = site.handler(&["inspect", "fetch", "--json"]).unwrap().out();
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&told["handler"], &told["denied"][0]["count"]), (&"fetch".into(), &3.into()));
}

#[test]
fn what_is_granted_then_is_denied_no_more() {
    let site = HandlerSite::start(&[("grb-latest", LATEST)]).unwrap();
    let to = site.philae.receive().unwrap();
    system_tests::client::submit_acked(to, system_tests::fixtures::GRB).unwrap();
    let denied = |standing: &serde_json::Value| standing["denied"].as_array().map(Vec::len);
    let before =
        site.wait_for("grb-latest", "its packet to be denied", |one| denied(one) == Some(1)).unwrap();
    assert_eq!(before["denied"][0]["grant"], "publish = true");
    site.install_guest("grb-latest", &format!("{LATEST}\n[grants]\npublish = true"), "grb-latest").unwrap();
    site.wait_for("grb-latest", "other settings to take over", |one| denied(one) == Some(0)).unwrap();
    let out = site.handler(&["inspect", "grb-latest"]).unwrap().out();
    assert!(out.contains("  denied    nothing since it took over"), "{out}");
}

#[test]
fn an_import_that_is_not_granted_is_explained_when_it_does_not_load() {
    let site = HandlerSite::start(&[("fetch", "[config]\nurl = 'http://127.0.0.1:9/a'")]).unwrap();
    let fetch = site.wait_for("fetch", "it not to load", |fetch| fetch["trouble"].is_string()).unwrap();
    let trouble = fetch["trouble"].as_str().unwrap();
    assert!(
        trouble.contains("which is not granted; ") && trouble.contains("http = [\"https://HOST\"]"),
        "{trouble}"
    );
}

#[test]
fn a_packet_on_the_workbench_tells_what_was_denied() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("fetch.wasm");
    fs::copy(guests::module("fetch").unwrap(), &module).unwrap();
    fs::write(folder.path().join("fetch.toml"), FETCH).unwrap();
    let module = module.display().to_string();
    let left = philae(&["handler", "test", &module, &fixture("grb")]).unwrap();
    let out = left.out();
    assert_eq!(left.code, Some(1), "{out}");
    assert!(out.contains(&format!("    denied     {REQUEST}\n")), "{out}");
    assert!(out.contains("http       GET http://127.0.0.1:9/a (0 bytes): refused; not granted"), "{out}");
    let json = philae(&["handler", "test", &module, &fixture("grb"), "--json"]).unwrap().out();
    let told: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["denied"][0]["grant"], "http = [\"http://127.0.0.1:9\"]");
}

#[test]
fn what_settings_do_not_grant_of_what_a_module_may_need_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("webhook.wasm");
    fs::copy(guests::module("webhook").unwrap(), &module).unwrap();
    let (module, other) = (module.display().to_string(), folder.path().join("other.toml"));
    let inspect = |more: &[&str]| philae(&[&["handler", "inspect", &module], more].concat()).unwrap();
    assert!(inspect(&[]).out().contains("webhook.toml beside it, like this:"));
    fs::write(folder.path().join("webhook.toml"), "[grants]\nhttp = ['https://a.example']").unwrap();
    assert!(inspect(&[]).out().contains("webhook.toml grants something of all that it may need"));
    fs::write(&other, "[grants]\npublish = true").unwrap();
    let other = other.display().to_string();
    let left = inspect(&["--settings", &other]);
    let words = format!(
        "  grants    what {other} does not grant of what it may need, like this:\n\n      [grants]\n"
    );
    assert_eq!((left.code, left.out().contains(&words)), (Some(0), true), "{}", left.out());
    fs::write(&other, "[grants]\nhtpp = []").unwrap();
    let left = inspect(&["--settings", &other]);
    assert_eq!((left.code, left.err().contains("did you mean 'http'?")), (Some(1), true), "{}", left.err());
}

#[test]
fn a_name_that_is_neither_a_file_nor_a_handler_is_told_as_both() {
    let site = HandlerSite::start(&[("hello", "")]).unwrap();
    let left = site.handler(&["inspect", "helo"]).unwrap();
    let words = "helo: there is no such file, and as the name of a handler: there is no handler 'helo'; there are: hello";
    assert_eq!((left.code, left.err().starts_with(words)), (Some(1), true), "{}", left.err());
    let left = philae(&["handler", "inspect", "helo"]).unwrap();
    assert!(left.err().contains("no broker runs on '"), "{}", left.err());
}
