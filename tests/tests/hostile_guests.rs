//! Hostile handlers in one folder with an honest one: events flow as if they were not there.
//!
//! ```text
//!  author ──> broker ──┬──> subscriber                                each event
//!                      ├──> honest handler ──> publishes ──> subscriber   so it is seen when it was called
//!                      └──> all of `system_tests::hostile_guests`, each busy with every event
//! ```
//! What becomes of each alone is tested in `broker/src/host/tests/`; here what their operator reads and what their neighbours
//! notice. How long events take with them and without them is printed, not asserted: other tests run beside this one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails in a helper fails the test")]

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use system_tests::client::{Listener, PATIENCE, Wire, framed, packet};
use system_tests::guests;
use system_tests::handler_site::{HandlerSite, install};
use system_tests::hostile_guests::{self, BRIEF, Fate, Hostile, ONCE, slow_to_compile};
use system_tests::wait::wait_until;
use system_tests::web_peer::WebPeer;
use tempfile::TempDir;

/// Settings of the honest handler, `tally`: for each event of an author's it publishes a packet of its own.
const HONEST: &str = "streams = ['ivo://philae.test/load']\n[config]\nstream = 'ivo://philae.test/honest'\n\
                      [grants]\npublish = true\n";
const EVENTS: usize = 40;
/// What a hostile handler may cost: 16 MiB of memory, once, since it is called for one event at a time, and beside that its
/// lines, state and packets of one call, and what it takes to compile it.
const MOST_KIB_EACH: u64 = 20 << 10;

fn honest(folder: &Path) -> Result<()> {
    install(folder, "honest", HONEST, &fs::read(guests::module("tally")?)?)
}

/// How long events took to the subscriber, and the honest handler's answers to it.
#[derive(Default)]
struct Delays {
    delivery: Vec<Duration>,
    handling: Vec<Duration>,
}

impl Delays {
    /// Submits events one after the other, each when the subscriber has had the honest handler's answer to the one before.
    fn watch(site: &HandlerSite, numbers: Range<usize>) -> Self {
        let mut listener = Listener::start(site.philae.broadcast().unwrap()).unwrap();
        let mut wait_for =
            |is_it: &dyn Fn(&[u8]) -> bool| while !is_it(&listener.next(PATIENCE).unwrap().unwrap()) {};
        let mut delays = Self::default();
        for number in numbers {
            let (event, answer) = (packet(number, 0), format!("ivo://philae.test/honest#{number}\""));
            let mut author = Wire::connect(site.philae.receive().unwrap()).unwrap();
            let start = Instant::now();
            author.send(&framed(&event)).unwrap();
            wait_for(&|packet| packet == event);
            delays.delivery.push(start.elapsed());
            wait_for(&|packet| String::from_utf8_lossy(packet).contains(&answer));
            delays.handling.push(start.elapsed());
            assert!(author.next_frame().unwrap().is_some(), "no receipt");
        }
        delays
    }

    fn tell(mut self, where_to: &str) {
        for (what, delays) in [("subscriber", &mut self.delivery), ("honest handler", &mut self.handling)] {
            delays.sort();
            let at = |percent: usize| delays[(delays.len() - 1) * percent / 100].as_secs_f64() * 1e3;
            eprintln!("{where_to}, {what}: p50 {:.2}, p90 {:.2}, most {:.2} ms", at(50), at(90), at(100));
        }
    }
}

/// The most memory that the broker has had, in KiB.
fn peak_kib(site: &HandlerSite) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", site.philae.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A folder to be granted, `granted`, with links that lead out of it, beside `outside.txt`.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let granted = folder.path().join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("inside.txt"), "in").unwrap();
    fs::write(folder.path().join("outside.txt"), "out").unwrap();
    symlink("../outside.txt", granted.join("link")).unwrap();
    symlink(folder.path(), granted.join("up")).unwrap();
    symlink("/etc/passwd", granted.join("absolute")).unwrap();
    folder
}

/// Those that talk to peers, to each other, or are only large.
fn more(redirecting: &WebPeer, silent: &WebPeer) -> Vec<Hostile> {
    let guest = |name: &str| fs::read(guests::module(name).unwrap()).unwrap();
    let http = |limits: &str, peer: &WebPeer| {
        let url = format!("http://127.0.0.1:{}", peer.port);
        format!("{limits}[config]\nurl = '{url}/'\n[grants]\nhttp = ['{url}']\n")
    };
    let wants = |streams: &str, own: &str| {
        format!("streams = [{streams}]\n{ONCE}[config]\nstream = '{own}'\n[grants]\npublish = true\n")
    };
    let (load, ping, pong) = ("'ivo://philae.test/load'", "ivo://philae.test/ping", "ivo://philae.test/pong");
    let one = |name, settings, module, fate| Hostile { name, settings, module, fate };
    vec![
        one(
            "redirected",
            http(ONCE, redirecting),
            guest("fetch"),
            Fate::Fails("it is not granted: [grants] http"),
        ),
        one("slow-peer", http(BRIEF, silent), guest("fetch"), Fate::Fails("it took longer than 300ms")),
        one(
            "ping",
            wants(&format!("{load}, '{pong}'"), ping),
            guest("tally"),
            Fate::Fails("looks like a loop"),
        ),
        one("pong", wants(&format!("'{ping}'"), pong), guest("tally"), Fate::Runs),
        one("slow-to-compile", ONCE.to_owned(), slow_to_compile(4), Fate::Runs),
    ]
}

/// Waits until the operator can read what became of a guest.
fn wait_for_fate(site: &HandlerSite, Hostile { name, fate, .. }: &Hostile) {
    let has = |what: &serde_json::Value, words: &str| what.as_str().is_some_and(|text| text.contains(words));
    let reached = |known: &serde_json::Value| match fate {
        Fate::Refused(words) => has(&known["trouble"], words),
        Fate::Fails(words) => has(&known["counts"]["last_error"], words),
        Fate::Runs => known["counts"]["handled"].as_u64() > Some(0),
    };
    let known = site.wait_for(name, name, reached).unwrap();
    if matches!(fate, Fate::Runs) && *name != "pong" {
        assert_eq!(known["counts"]["last_error"], serde_json::Value::Null, "{name}");
    }
}

#[test]
fn events_flow_among_hostile_handlers() {
    let quiet = HandlerSite::prepared(honest).unwrap();
    Delays::watch(&quiet, 0..EVENTS).tell("alone");
    let quiet_kib = peak_kib(&quiet);
    drop(quiet);

    let (folders, unknown, silent) =
        (folders(), WebPeer::answering("200 OK", "").unwrap(), WebPeer::silent().unwrap());
    let redirecting =
        WebPeer::answering("302 Found", &format!("http://127.0.0.1:{}/", unknown.port)).unwrap();
    let mut hostile = hostile_guests::all(&folders.path().join("granted")).unwrap();
    hostile.extend(more(&redirecting, &silent));
    let site = HandlerSite::prepared(|folder| {
        hostile.iter().try_for_each(|one| install(folder, one.name, &one.settings, &one.module))?;
        File::create(folder.join("huge.wasm"))?.set_len(200_000_000)?;
        honest(folder)
    });
    let site = site.unwrap();
    Delays::watch(&site, 0..EVENTS).tell("among hostile handlers");
    let endless = site.standing("endless-loop").unwrap();
    assert!(endless["lag"].as_u64() > Some(0), "the honest handler was not done before it: {endless}");

    hostile.iter().for_each(|one| wait_for_fate(&site, one));
    let huge = site.standing("huge").unwrap();
    assert!(huge["trouble"].as_str().unwrap().contains("at most 64MiB are taken"), "{huge}");
    assert_eq!((redirecting.asked() > 0, unknown.asked()), (true, 0), "it went where it was redirected to");
    assert_eq!(fs::read_to_string(folders.path().join("outside.txt")).unwrap(), "out");
    assert!(!folders.path().join("granted/new.txt").exists());
    let (kib, most_kib) = (peak_kib(&site), quiet_kib + MOST_KIB_EACH * hostile.len() as u64);
    eprintln!("at most {quiet_kib} KiB alone, {kib} KiB among {} hostile handlers", hostile.len());
    assert!(kib < most_kib, "{kib} KiB");
    Delays::watch(&site, EVENTS..EVENTS + 10).tell("in the end");
}

#[test]
fn a_module_that_takes_long_to_compile_keeps_nobody_waiting() {
    let fill = |folder: &Path| {
        honest(folder)?;
        install(folder, "a-slow-one", "", &slow_to_compile(40))
    };
    let mut site = HandlerSite::prepared(fill).unwrap();
    Delays::watch(&site, 0..10).tell("while a module is compiled");
    site.install_guest("z-late-one", "", "hello").unwrap();
    site.philae.wait_for_lines("the handler runs handler=z-late-one", 1, PATIENCE).unwrap();
    assert!(!site.philae.log().contains("handler=a-slow-one"), "it did not take long: {}", site.philae.log());
    eprintln!("{} KiB at most", peak_kib(&site));
}

#[test]
fn a_handler_that_takes_every_turn_leaves_others_theirs() {
    let silent = WebPeer::silent().unwrap();
    let url = format!("http://127.0.0.1:{}", silent.port);
    let greedy = format!(
        "concurrency = 64\n[limits]\ntime = '5m'\n[config]\nurl = '{url}/'\n[grants]\nhttp = ['{url}']\n"
    );
    let fill = |folder: &Path| {
        honest(folder)?;
        install(folder, "greedy", &greedy, &fs::read(guests::module("fetch")?)?)
    };
    let site = HandlerSite::prepared(fill).unwrap();
    site.submit(0..50).unwrap();
    // Its own, and all 32 of those for all.
    wait_until(PATIENCE, "every turn to be taken", || silent.asked() == 33).unwrap();
    site.submit(50..51).unwrap();
    site.wait_for("honest", "the honest handler", |honest| honest["counts"]["handled"] == 51).unwrap();
    let greedy = site.standing("greedy").unwrap();
    assert_eq!(
        (silent.asked(), &greedy["counts"]["calls"]),
        (33, &0.into()),
        "its calls have ended: {greedy}"
    );
}
