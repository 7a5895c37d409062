//! `philae doctor` on sites that are sound, and on sites that are not, each in one way.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use serde_json::Value;
use system_tests::client::{packet, submit_acked};
use system_tests::guests;
use system_tests::philae::Philae;
use system_tests::site::Site;
use system_tests::tool::{Left, philae};
use system_tests::upstream::Upstream;
use system_tests::web_peer::WebPeer;
use tempfile::TempDir;
use vtp::Cursor;

/// A user that every Debian has, and that owns nothing.
const NOBODY: u32 = 65_534;

/// A folder with a configuration, and what it says beside the identifier and the data folder.
fn site(more: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (file, data) = (folder.path().join("philae.toml"), folder.path().join("data"));
    let text = format!("local-ivo = \"ivo://philae.test/site\"\ndata-dir = {data:?}\n{more}\n");
    fs::write(&file, text).unwrap();
    (folder, file)
}

fn doctor(file: &Path, more: &[&str]) -> Left {
    philae(&[&["doctor", "--config", file.to_str().unwrap()], more].concat()).unwrap()
}

/// The findings of one check, as `state: found; remedy`.
fn found(file: &Path, check: &str, more: &[&str]) -> Vec<String> {
    let left = doctor(file, &[&["--json"], more].concat());
    let told: Value = serde_json::from_str(&left.out()).unwrap();
    let checks = told.get("checks").and_then(Value::as_array).unwrap();
    let of_check = checks.iter().filter(|finding| finding.get("check").is_some_and(|name| name == check));
    let line = |finding: &Value| {
        let text = |key: &str| finding.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{}: {}; {}", text("state"), text("found"), text("remedy"))
    };
    of_check.map(line).collect()
}

fn one(file: &Path, check: &str, more: &[&str]) -> String {
    let all = found(file, check, more);
    assert_eq!(all.len(), 1, "{check}: {all:?}");
    all.into_iter().next().unwrap()
}

#[test]
fn a_sound_site_has_no_fault_with_its_broker_down_and_up() {
    let (folder, file) = site("no-admin = true");
    let ports = ["--receive", "127.0.0.1:0", "--broadcast", "127.0.0.1:0"];
    let left = doctor(&file, &ports);
    assert_eq!(left.code, Some(0), "{}{}", left.out(), left.err());
    for words in [
        "ok       version",
        "ok       broker         none runs on",
        "not there yet",
        "none yet",
        "free, and below",
    ] {
        assert!(left.out().contains(words), "{words:?} is not in\n{}", left.out());
    }
    assert!(!left.out().contains("FAULT") && !folder.path().join("data").exists(), "{}", left.out());
    let flags = [&["--config", file.to_str().unwrap()][..], &ports[..]].concat();
    let philae = Philae::start(&flags).unwrap();
    let left = doctor(&file, &ports);
    assert_eq!(left.code, Some(0), "{}{}", left.out(), left.err());
    for words in ["runs as user", "all is well", "0 events, the newest is 0", "none was kept lately"] {
        assert!(left.out().contains(words), "{words:?} is not in\n{}", left.out());
    }
    philae.stop().unwrap();
}

#[test]
fn a_running_broker_has_its_ports_itself_and_its_events_are_told_as_they_are_when_it_rests() {
    let mut site = Site::start(&[]).unwrap();
    site.submit(&[packet(1, 0), packet(2, 0)]).unwrap();
    let (receive, broadcast) = (site.philae().unwrap().receive().unwrap().to_string(), site.upstream());
    let flags = ["doctor", "--local-ivo", "ivo://philae.test/broker", "--no-admin", "--json"];
    let data = site.folder().display().to_string();
    let flags =
        [&flags[..], &["--data-dir", &data, "--receive", &receive, "--broadcast", &broadcast]].concat();
    // Its ports were chosen by the system, and are not those of its configuration: a second start names them.
    site.end_by("TERM").unwrap();
    let rested = philae(&flags).unwrap().out();
    site.start_again().unwrap();
    let told = philae(&flags).unwrap();
    assert_eq!(told.code, Some(0), "{}", told.out());
    assert_eq!(told.out().matches("in use by this broker").count(), 2, "{}", told.out());
    for out in [told.out(), rested] {
        assert!(
            out.contains("2 events, the newest is 2") && out.contains("ivo://philae.test/load, "),
            "{out}"
        );
        assert!(out.contains("no damage on record"), "{out}");
    }
    assert!(
        fs::read_dir(site.folder())
            .unwrap()
            .flatten()
            .all(|item| { !item.file_name().to_string_lossy().starts_with("reading-") })
    );
}

#[test]
fn a_port_that_somebody_else_has_is_a_fault_and_so_is_one_of_another_machine() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    let (_folder, file) = site(&format!("receive = [\"{port}\", \"192.0.2.1:8098\"]\nno-admin = true"));
    let left = doctor(&file, &[]);
    assert_eq!(left.code, Some(1));
    let all = found(&file, "port", &[]);
    assert!(
        all[0].starts_with(&format!("fault: receive on {port}: somebody else has it; find out who")),
        "{all:?}"
    );
    assert!(all[1].contains("this machine has no such address"), "{all:?}");
    let line = left.out().lines().find(|line| line.contains("somebody else")).unwrap().to_owned();
    assert!(line.starts_with("FAULT    port           receive on "), "{line}");
}

#[test]
fn ports_are_not_somebody_elses_while_the_broker_cannot_be_asked() {
    let mut site = Site::start(&[]).unwrap();
    let (receive, data) =
        (site.philae().unwrap().receive().unwrap().to_string(), site.folder().display().to_string());
    fs::remove_file(site.folder().join("control.sock")).unwrap();
    let flags = ["--local-ivo", "ivo://philae.test/broker", "--no-admin", "--data-dir", &data];
    let told = philae(&[&["doctor", "--receive", &receive], &flags[..]].concat()).unwrap().out();
    assert!(told.contains("has the store in") && told.contains("control.sock was removed"), "{told}");
    assert!(told.contains("in use, probably by this broker") && !told.contains("FAULT"), "{told}");
}

#[test]
fn a_broker_that_hangs_is_not_told_to_be_stopped_by_its_ports() {
    let (folder, file) = site("no-admin = true");
    fs::create_dir(folder.path().join("data")).unwrap();
    let _deaf = std::os::unix::net::UnixListener::bind(folder.path().join("data/control.sock")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = ["--receive", &taken.local_addr().unwrap().to_string()];
    let broker = one(&file, "broker", &ports);
    assert!(broker.starts_with("warning: it does not answer") && broker.contains("it hangs"), "{broker}");
    assert!(one(&file, "port", &ports).starts_with("warning"), "the port is probably its own");
}

#[test]
fn a_socket_that_is_left_is_free_and_one_that_somebody_listens_on_is_not() {
    let sockets = tempfile::tempdir().unwrap();
    let (left, live) = (sockets.path().join("left"), sockets.path().join("live"));
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    let _listener = std::os::unix::net::UnixListener::bind(&live).unwrap();
    let paths =
        format!("receive = [\"unix:{}\", \"unix:{}\"]\nno-admin = true", left.display(), live.display());
    let (_folder, file) = site(&paths);
    let all = found(&file, "port", &[]);
    assert!(all[0].starts_with("ok") && all[0].contains("will be replaced"), "{all:?}");
    assert!(all[1].starts_with("fault") && all[1].contains("somebody else listens"), "{all:?}");
    assert!(left.exists(), "nothing is changed by looking");
}

#[test]
fn all_faults_of_a_configuration_are_told_and_the_exit_code_is_78() {
    let (_folder, file) = site("receive = [\"nonsense:1\"]\nretention = \"-1\"");
    let left = doctor(&file, &[]);
    assert_eq!(left.code, Some(78));
    assert_eq!(left.out().matches("FAULT    configuration ").count(), 2, "{}", left.out());
    assert!(left.out().contains("philae.toml:3: receive: ") && left.out().contains(":4: retention: "));
    let told: Value = serde_json::from_str(&doctor(&file, &["--json"]).out()).unwrap();
    assert_eq!(told["state"], "fault");
}

#[test]
fn what_the_brokers_user_could_replace_is_named_with_what_to_do() {
    let (folder, file) = site("receive = [\"127.0.0.1:0\"]\nno-admin = true\nhandlers = [\"HANDLERS\"]");
    let (handlers, data) = (folder.path().join("handlers"), folder.path().join("data"));
    let text = fs::read_to_string(&file).unwrap().replace("HANDLERS", handlers.to_str().unwrap());
    fs::write(&file, text).unwrap();
    for made in [&handlers, &data] {
        fs::create_dir(made).unwrap();
        fs::set_permissions(made, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let id = NOBODY.to_string();
    let user = ["--user", id.as_str()];
    let own = one(&file, "handlers", &user);
    assert!(
        own.starts_with("ok") && own.contains("is read by user") && own.contains("and not written"),
        "{own}"
    );
    assert!(found(&file, "configuration", &user).iter().all(|line| line.starts_with("ok")));
    assert!(one(&file, "data folder", &user).starts_with("fault"), "it cannot write its data");
    fs::set_permissions(&handlers, fs::Permissions::from_mode(0o777)).unwrap();
    let open = one(&file, "handlers", &user);
    assert!(
        open.starts_with("warning") && open.contains(&format!("chmod go-w {}", handlers.display())),
        "{open}"
    );
    fs::set_permissions(&handlers, fs::Permissions::from_mode(0o755)).unwrap();
    if chown(&data, Some(NOBODY), None).is_err() || chown(&file, Some(NOBODY), None).is_err() {
        // Only root gives away what is his.
        return;
    }
    assert!(one(&file, "data folder", &[]).contains("belongs to user nobody"), "the owner is who is judged");
    let written = found(&file, "configuration", &[]);
    assert!(
        written.iter().any(|line| line.contains("let another user own it: chown -R root ")),
        "{written:?}"
    );
}

#[test]
fn each_handler_is_looked_at_with_its_settings_and_what_it_may_ask_for() {
    let (folder, file) = site("receive = [\"127.0.0.1:0\"]\nno-admin = true\nhandlers = [\"HANDLERS\"]");
    let handlers = folder.path().join("handlers");
    let text = fs::read_to_string(&file).unwrap().replace("HANDLERS", handlers.to_str().unwrap());
    fs::write(&file, text).unwrap();
    fs::create_dir(&handlers).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(handlers.join(name), bytes).unwrap();
    put("good.wasm", &fs::read(guests::module("hello").unwrap()).unwrap());
    put("fetch.wasm", &fs::read(guests::module("fetch").unwrap()).unwrap());
    put("broken.wasm", b"no module");
    put("wrong.wasm", &fs::read(guests::module("hello").unwrap()).unwrap());
    put("wrong.toml", b"tiem = 3");
    put("alone.toml", b"");
    let all = found(&file, "handler", &[]);
    let of = |name: &str| all.iter().find(|line| line.contains(&format!(": {name}: "))).unwrap();
    assert!(of("good").starts_with("ok"), "{all:?}");
    assert!(of("fetch").starts_with("fault") && of("fetch").contains("http = "), "it does not load: {all:?}");
    assert!(of("broken").starts_with("fault") && of("wrong").starts_with("fault"), "{all:?}");
    assert!(of("wrong").contains("wrong.toml:1") && of("wrong").contains("tiem"), "{all:?}");
    assert!(found(&file, "handlers", &[]).iter().any(|line| line.contains("alone.toml has no effect")));
    assert_eq!(doctor(&file, &[]).code, Some(1));
}

#[test]
fn a_folder_that_events_are_saved_in_is_looked_at_as_the_data_folder_is() {
    let (folder, file) = site("receive = [\"127.0.0.1:0\"]\nno-admin = true\nsave-event = true");
    let saved = folder.path().join("saved");
    fs::create_dir(&saved).unwrap();
    let flags = ["--save-event-directory", saved.to_str().unwrap()];
    assert!(one(&file, "saved events", &flags).starts_with("ok"));
    let user = NOBODY.to_string();
    let told = one(&file, "saved events", &[&flags[..], &["--user", &user]].concat());
    assert!(told.starts_with("fault") && told.contains("cannot read and write"), "{told}");
}

#[test]
fn a_program_that_there_is_not_is_told_as_that() {
    let (_folder, file) = site("receive = [\"127.0.0.1:0\"]\nno-admin = true");
    let told = one(&file, "program", &["--cmd", "/no/such/program"]);
    assert!(
        told.starts_with("fault") && told.contains("there is no such file; write its whole path"),
        "{told}"
    );
}

#[test]
fn a_token_that_everybody_can_read_is_a_fault() {
    let (folder, file) =
        site("receive = [\"127.0.0.1:0\"]\nadmin = \"127.0.0.1:0\"\nadmin-token-file = \"TOKEN\"");
    let token = folder.path().join("token");
    let text = fs::read_to_string(&file).unwrap().replace("TOKEN", token.to_str().unwrap());
    fs::write(&file, text).unwrap();
    assert!(one(&file, "token", &[]).starts_with("fault: cannot read the token"));
    fs::write(&token, "0123456789abcdef0123456789abcdef\n").unwrap();
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let open = one(&file, "token", &[]);
    assert!(open.starts_with("fault") && open.contains("chmod 400"), "{open}");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(one(&file, "token", &[]).starts_with("ok"));
}

#[test]
fn an_upstream_that_refuses_one_that_is_silent_and_one_that_speaks_are_told_apart() {
    let refuses = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (silent, web) = (WebPeer::silent().unwrap(), WebPeer::answering("200 OK", "x").unwrap());
    let speaks = Site::start(&[]).unwrap();
    let endpoints = [
        refuses.to_string(),
        format!("127.0.0.1:{}", silent.port),
        speaks.upstream(),
        "no-such-host.invalid:8099".to_owned(),
    ];
    let (_folder, file) = site(&format!("no-admin = true\nsubscribe = {endpoints:?}"));
    let all = found(&file, "upstream", &[]);
    assert!(all[0].starts_with("fault") && all[0].contains("it refuses: nobody listens there"), "{all:?}");
    assert!(all[1].starts_with("warning") && all[1].contains("lets us in and is silent"), "{all:?}");
    assert!(all[2].starts_with("ok") && all[2].contains("speaks VTP"), "{all:?}");
    assert!(all[3].starts_with("fault") && all[3].contains("the name cannot be looked up"), "{all:?}");
    assert!(
        found(&file, "clock", &[])
            .iter()
            .any(|line| line.starts_with("ok") && line.contains("says the same time"))
    );
    drop(web);
}

#[test]
fn what_a_running_broker_is_linked_to_is_not_knocked_at_again() {
    let upstream = Upstream::listen().unwrap();
    let address = upstream.address().unwrap().to_string();
    let (_folder, file) = site(&format!("no-admin = true\nsubscribe = [\"{address}\"]"));
    let mut philae = Philae::start(&["--config", file.to_str().unwrap()]).unwrap();
    let _linked = upstream.accept(&Cursor::new("0123456789abcdef0123456789abcdef", 0).unwrap()).unwrap();
    philae.wait_for_lines("connected to upstream", 1, system_tests::client::PATIENCE).unwrap();
    let told = one(&file, "upstream", &[]);
    assert!(told.starts_with("ok") && told.contains("the broker is linked to it since"), "{told}");
    assert!(told.contains("no sign of life yet"), "{told}");
}

#[test]
fn a_store_of_something_else_and_a_user_that_there_is_not_are_faults() {
    let (folder, file) = site("receive = [\"127.0.0.1:0\"]\nno-admin = true");
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/letters"), "").unwrap();
    let store = one(&file, "store", &[]);
    assert!(store.starts_with("fault") && store.contains("there is no store in"), "{store}");
    let user = one(&file, "user", &["--user", "no such user"]);
    assert!(user.starts_with("fault: there is no user 'no such user'"), "{user}");
}

#[test]
fn events_and_quiet_are_told_by_stream() {
    let mut site = Site::start(&["--print-event"]).unwrap();
    submit_acked(site.philae().unwrap().receive().unwrap(), &packet(7, 0)).unwrap();
    let data = site.folder().display().to_string();
    let left =
        philae(&["doctor", "--no-admin", "--subscribe", &site.upstream(), "--data-dir", &data]).unwrap();
    for words in
        ["ok       events         the newest is ", "ok       stream         ivo://philae.test/load, "]
    {
        assert!(left.out().contains(words), "{words:?} is not in\n{}", left.out());
    }
}

#[test]
fn events_that_a_store_at_rest_has_lost_are_told_before_a_broker_finds_them() {
    let mut site = Site::start(&[]).unwrap();
    site.submit(&(0..40).map(|number| packet(number, 1000)).collect::<Vec<_>>()).unwrap();
    site.end_by("KILL").unwrap();
    let journals = fs::read_dir(site.folder().join("db")).unwrap().map(|file| file.unwrap().path());
    let journal = journals.filter(|path| path.extension().is_some_and(|end| end == "jnl"));
    let journal = journal.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes.get_mut(end * 7 / 10..end * 7 / 10 + 500).unwrap().fill(0);
    fs::write(journal, bytes).unwrap();
    let data = site.folder().display().to_string();
    let flags = ["doctor", "--no-admin", "--subscribe", &site.upstream(), "--data-dir", &data];
    let at_rest = philae(&flags).unwrap();
    let line = at_rest.out().lines().find(|line| line.contains(" store ")).unwrap().to_owned();
    assert!(line.starts_with("FAULT") && line.contains(" to 40 were acknowledged and are missing"), "{line}");
    site.start_again().unwrap();
    site.end_by("TERM").unwrap();
    let known = philae(&flags).unwrap();
    let told = known.out();
    assert!(told.contains("warning  store ") && told.contains("1 stretches of events"), "{told}");
}
