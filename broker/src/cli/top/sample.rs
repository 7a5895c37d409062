//! A broker's picture to draw in tests.

use std::time::Duration;

use serde_json::{Value, json};

use super::picture::{Picture, Told};

/// A broker with two links, one of them lost, three subscribers, two handlers and events up to this number.
pub(super) fn picture(newest: u64) -> Picture {
    Picture::of(Told { status: status(newest), latest: latest(newest) }, Duration::from_secs(1))
}

fn status(newest: u64) -> Value {
    json!({
        "version": "0.1.0", "local_ivo": "ivo://your.site/broker", "retention_s": 2_592_000, "min_free_bytes": 64 << 20,
        "now": "2026-04-06T12:00:00Z", "started": "2026-04-06T09:00:00Z",
        "health": {
            "process": { "state": "well", "reason": null }, "store": { "state": "well", "reason": null },
            "upstreams": { "state": "degraded", "reason": "no link to b.example:8099: Connection refused" },
            "handlers": { "state": "well", "reason": null },
        },
        "store": { "id": "0", "head": newest, "oldest": 1, "disk_bytes": 3 << 20, "free_bytes": 5_u64 << 30, "damages": 0 },
        "intake": { "accepted": newest, "duplicates": 2, "refused": 1, "kept_out": 0, "not_kept": 0 },
        "per_minute": { "from": "2026-04-06T09:00:00Z", "counts": [0, 1, 4, 2] },
        "streams": [{ "stream": "ivo://a.test/stream", "events": 7, "last": "2026-04-06T11:59:00Z",
            "last_ivoid": "ivo://a.test/stream#7", "last_role": "test" }],
        "upstreams": [
            link("a.example:8099", "connected", Value::Null), link("b.example:8099", "waiting", "Connection refused".into()),
        ],
        "subscribers": [seat("192.0.2.1:1", 0), seat("192.0.2.2:2", 70), seat("unix", 0)], "connected": 3,
        "handlers": [handler("grb-latest", Value::Null), handler("mail", "it trapped".into())],
        "quarantined": { "mail": 4 },
    })
}

fn link(upstream: &str, state: &str, trouble: Value) -> Value {
    json!({ "upstream": upstream, "state": state, "since": "2026-04-06T10:00:00Z", "last_event": "2026-04-06T11:59:30Z",
        "last_heartbeat": null, "events": 12, "duplicates": 3, "refused": 0, "trouble": trouble })
}

fn seat(peer: &str, lag: u64) -> Value {
    let filters =
        if lag > 0 { json!([{ "xpath": "//Param[@name='a']", "over_budget": 9 }]) } else { json!([]) };
    json!({ "peer": peer, "since": "2026-04-06T10:00:00Z", "place": 1, "lag": lag, "delivered": 5, "naks": 0,
        "filters": filters, "more_filters": 0 })
}

fn handler(name: &str, last_error: Value) -> Value {
    json!({ "name": name, "state": "running", "shape": "component", "revision": "0123456789abcdef", "lag": 0,
        "counts": { "place": 1, "calls": 10, "handled": 9, "failures": 1, "quarantined": 0, "published": 0,
            "busy_micros": 5_000, "last_error": last_error },
        "denied": [{ "asked": "TCP to a.example:1", "grant": "tcp = [\"a.example:1\"]", "count": 1,
            "last": "2026-04-06T11:00:00Z" }],
        "trouble": null })
}

fn latest(newest: u64) -> Value {
    let event = |seq: u64| {
        let position = if seq.is_multiple_of(2) {
            json!({ "ra": 211.8, "dec": -5.25, "error": 0.05 })
        } else {
            Value::Null
        };
        json!({ "seq": seq, "ivoid": format!("ivo://a.test/stream#{seq}"), "role": "observation",
            "author": "ivo://a.test/author", "source": "author 192.0.2.7", "received": "2026-04-06T11:59:30Z",
            "authored": null, "bytes": 3_700, "position": position, "citations": 0, "is_flagged": false,
            "conflict": false })
    };
    json!({ "events": (1..=newest).rev().take(200).map(event).collect::<Vec<_>>() })
}
