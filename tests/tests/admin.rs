//! The status page's endpoint over HTTP: what is told, to whom, and what is not taken from strangers.
#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use system_tests::client::{Listener, PATIENCE, submit_acked};
use system_tests::fixtures;
use system_tests::http::{self, Follower, ask, get};
use system_tests::philae::Philae;
use system_tests::tool::philae as command;
use system_tests::wait::wait_until;
use tempfile::TempDir;

const TOKEN: &str = "a token of the tests, long enough";

/// A broker with a status page, a folder of its own and further flags.
fn broker(flags: &[&str]) -> (TempDir, Philae) {
    let folder = tempfile::tempdir().unwrap();
    let flags = [&["--admin", "127.0.0.1:0"], flags].concat();
    let philae = Philae::start_in(folder.path(), &flags).unwrap();
    (folder, philae)
}

#[test]
fn the_status_tells_of_events_streams_and_subscribers() {
    let (folder, philae) = broker(&[]);
    let admin = philae.admin().unwrap();
    let empty = get(admin, "/api/status").unwrap().json().unwrap();
    assert_eq!((&empty["store"]["head"], &empty["streams"]), (&Value::from(0), &Value::Array(vec![])));
    let _listener = Listener::filtering(philae.broadcast().unwrap(), &["//Param[@name='nothing']"]).unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    let status = || get(admin, "/api/status").unwrap().json().unwrap();
    wait_until(PATIENCE, "the subscriber to be up to date", || {
        status()["subscribers"][0]["lag"] == 0 && status()["streams"][0]["events"] == 1
    })
    .unwrap();
    let now = status();
    assert_eq!(now["subscribers"][0]["filters"][0]["xpath"], "//Param[@name='nothing']");
    assert_eq!(
        (&now["intake"]["accepted"], &now["intake"]["duplicates"]),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(
        now["per_minute"]["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(),
        1
    );
    assert_eq!(now["health"]["store"]["state"], "well");
    let latest = get(admin, "/api/events?limit=1").unwrap().json().unwrap();
    let event = &latest["events"][0];
    assert!(
        event["position"]["ra"].as_f64().is_some() && event["ivoid"].as_str().unwrap().starts_with("ivo://")
    );
    let told = command(&["status", "--data-dir", folder.path().to_str().unwrap()]).unwrap();
    assert_eq!(told.code, Some(0), "{}", told.err());
    assert!(told.out().contains("1 events kept, the newest is 1"), "{}", told.out());
    assert!(told.out().contains("//Param[@name='nothing']"), "{}", told.out());
}

#[test]
fn a_packet_is_handed_out_as_text_whatever_it_holds() {
    let (_folder, philae) = broker(&[]);
    let admin = philae.admin().unwrap();
    let packet = String::from_utf8(fixtures::GRB.to_vec()).unwrap();
    let script = "<Description><![CDATA[<script>alert(1)</script>]]></Description></What>";
    let hostile = packet.replacen("</What>", script, 1);
    assert_ne!(hostile, packet);
    submit_acked(philae.receive().unwrap(), hostile.as_bytes()).unwrap();
    let text = get(admin, "/api/events/1/packet").unwrap();
    assert!(text.head.contains("content-type: text/plain; charset=utf-8"), "{}", text.head);
    assert!(
        text.head.contains("x-content-type-options: nosniff") && text.head.contains("default-src 'none'")
    );
    assert_eq!(text.body, hostile);
    for gone in ["/api/events/0", "/api/events/99", "/api/events/99/packet"] {
        assert_eq!(get(admin, gone).unwrap().code, 404, "{gone}");
    }
    assert_eq!(get(admin, "/api/events/x").unwrap().code, 400);
}

#[test]
fn events_are_told_as_they_pass_and_the_stream_ends_with_the_broker() {
    let (_folder, philae) = broker(&[]);
    let mut follower = Follower::start(philae.admin().unwrap(), "/api/stream").unwrap();
    assert_eq!(follower.next("status").unwrap()["store"]["head"], 0);
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    assert_eq!(follower.next("events").unwrap()[0]["seq"], 1);
    let start = std::time::Instant::now();
    philae.stop().unwrap();
    follower.end().unwrap();
    assert!(start.elapsed() < Duration::from_secs(8), "an open page does not hold up the end");
}

#[test]
fn the_latest_events_outlast_a_restart() {
    let (folder, philae) = broker(&[]);
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    philae.kill().unwrap();
    let philae = Philae::start_in(folder.path(), &["--admin", "127.0.0.1:0"]).unwrap();
    let admin = philae.admin().unwrap();
    wait_until(PATIENCE, "the log to be recalled", || {
        get(admin, "/api/events").unwrap().json().unwrap()["events"][0]["seq"] == 1
    })
    .unwrap();
}

#[test]
fn another_name_and_another_site_are_turned_away() {
    let (_folder, philae) = broker(&["--admin-name", "broker.test"]);
    let admin = philae.admin().unwrap();
    for (headers, code) in [
        (&[("host", "broker.test:8100")][..], 200),
        (&[("host", "localhost")], 200),
        (&[("host", "evil.test")], 421),
        (&[("host", "localhost"), ("origin", "http://evil.test")], 403),
        (&[("host", "localhost"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], 403),
    ] {
        assert_eq!(ask(admin, "GET", "/api/status", headers).unwrap().code, code, "{headers:?}");
    }
    let page = get(admin, "/").unwrap();
    assert_eq!(page.code, 200);
    assert!(page.head.contains("text/html") && page.head.contains("frame-ancestors 'none'"), "{}", page.head);
}

#[test]
fn nothing_is_ordered_without_the_token() {
    let (_folder, philae) = broker(&[]);
    let refused = ask(philae.admin().unwrap(), "POST", "/api/reload", &[]).unwrap();
    assert!(refused.code == 403 && refused.body.contains("--admin-token-file"), "{refused:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let (_folder, philae) = broker(&["--print-event", "--admin-token-file", file.to_str().unwrap()]);
    let admin = philae.admin().unwrap();
    let order = |path: &str, shown: &str| ask(admin, "POST", path, &[("authorization", shown)]).unwrap();
    assert_eq!(order("/api/reload", "Bearer something else").code, 401);
    assert_eq!(order("/api/reload", &format!("Bearer {TOKEN}")).code, 200);
    assert_eq!(order("/api/handlers/print-event/pause", &format!("Bearer {TOKEN}")).code, 200);
    let standing = get(admin, "/api/handlers/print-event").unwrap().json().unwrap();
    assert_eq!(standing["handler"]["state"], "paused");
    assert_eq!(order("/api/handlers/nobody/pause", &format!("Bearer {TOKEN}")).code, 404);
    assert_eq!(order("/api/handlers/print-event/fly", &format!("Bearer {TOKEN}")).code, 404);
}

#[test]
fn a_token_that_is_no_secret_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let start = || {
        let data = folder.path().join("data");
        let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
        let flags = ["--receive", "127.0.0.1:0", "--local-ivo", "ivo://a.b/c", "--data-dir", data];
        command(&[&["run", "--admin", "127.0.0.1:0", "--admin-token-file", file], &flags[..]].concat())
            .unwrap()
    };
    let left = start();
    assert!(left.code == Some(78) && left.err().contains("cannot read the token"), "{}", left.err());
    fs::write(&file, "short").unwrap();
    let left = start();
    assert!(left.code == Some(78) && left.err().contains("openssl rand -hex 16"), "{}", left.err());
}

#[test]
fn metrics_are_open_metrics_and_health_tells_of_each_stage() {
    let (_folder, philae) = broker(&["--subscribe", "127.0.0.1:1"]);
    let admin = philae.admin().unwrap();
    submit_acked(philae.receive().unwrap(), fixtures::GRB).unwrap();
    let metrics = get(admin, "/metrics").unwrap();
    assert!(metrics.head.contains("application/openmetrics-text"), "{}", metrics.head);
    for line in [
        "philae_packets_total{verdict=\"accepted\"} 1\n",
        "philae_log_head 1.0\n",
        "philae_upstream_connected{upstream=\"127.0.0.1:1\"} 0.0\n",
        "# EOF\n",
    ] {
        assert!(metrics.body.contains(line), "{line}{}", metrics.body);
    }
    let health = || get(admin, "/healthz").unwrap();
    let is_told =
        || health().json().unwrap()["upstreams"]["reason"].as_str().is_some_and(|it| it.contains("refused"));
    wait_until(PATIENCE, "the upstream to be found missing", is_told).unwrap();
    assert_eq!(health().code, 200, "to restart the broker would bring back no link");
    let told = health().json().unwrap();
    assert_eq!((&told["store"]["state"], &told["upstreams"]["state"]), (&"well".into(), &"degraded".into()));
    for (stage, code) in
        [("process", 200), ("store", 200), ("upstreams", 200), ("handlers", 200), ("weather", 404)]
    {
        assert_eq!(get(admin, &format!("/healthz/{stage}")).unwrap().code, code, "{stage}");
    }
}

#[test]
fn a_port_in_use_is_told_and_stops_only_whoever_named_it() {
    let (_folder, first) = broker(&[]);
    let taken = first.admin().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let error = Philae::start_in(folder.path(), &["--admin", &taken]).unwrap_err().to_string();
    assert!(error.contains("another process has the port"), "{error}");
}

#[test]
fn crowds_and_floods_cost_the_broker_nothing() {
    let (_folder, philae) = broker(&[]);
    let admin = philae.admin().unwrap();
    let before = philae.resident_kib().unwrap();
    // Who connects and says nothing, who never ends its head, and who does not read.
    let mut crowd = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(admin).unwrap();
        let words = match number % 3 {
            0 => String::new(),
            1 => format!("GET / HTTP/1.1\r\nhost: {admin}\r\nx: {}", "y".repeat(60_000)),
            _ => format!("GET /api/stream HTTP/1.1\r\nhost: {admin}\r\n\r\n"),
        };
        // Those that found no place are closed already.
        let _ = stream.write_all(words.as_bytes());
        crowd.push(stream);
    }
    for number in 0..200 {
        submit_acked(philae.receive().unwrap(), &system_tests::client::packet(number, 2_000)).unwrap();
    }
    let after = philae.resident_kib().unwrap();
    assert!(after < before + 64 * 1024, "{before} KiB, then {after}");
    drop(crowd);
    wait_until(PATIENCE, "a place to be free", || {
        get(admin, "/healthz/process").is_ok_and(|answer| answer.code == 200)
    })
    .unwrap();
    let long = http::ask(admin, "GET", "/", &[("x", &"y".repeat(100_000))]);
    assert!(
        long.is_err() || long.is_ok_and(|answer| answer.code == 431),
        "a head that is too long is refused"
    );
    let mut raw = TcpStream::connect(admin).unwrap();
    raw.write_all(b"\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = raw.read_to_end(&mut answer);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
}
