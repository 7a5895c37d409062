//! The status in words, for a terminal.

use jiff::Timestamp;
use serde_json::Value;

use super::super::told::{age, amount, bytes, each, kept, minutes, number, part, text, time};
use crate::plain::plain;

/// Streams that are told.
const STREAMS: usize = 20;

/// The lines.
pub(super) fn lines(status: &Value) -> Vec<String> {
    let page = Page { status, now: time(status, "now").unwrap_or_default() };
    let mut lines = page.head();
    for section in [page.upstreams(), page.streams(), page.subscribers(), page.handlers()] {
        if !section.is_empty() {
            lines.push(String::new());
            lines.extend(section);
        }
    }
    lines
}

struct Page<'a> {
    status: &'a Value,
    now: Timestamp,
}

impl Page<'_> {
    fn head(&self) -> Vec<String> {
        let (store, intake) = (part(self.status, "store"), part(self.status, "intake"));
        let mut lines = vec![
            format!(
                "philae {}  {}  up {}",
                text(self.status, "version"),
                text(self.status, "local_ivo"),
                self.age(self.status, "started"),
            ),
            format!(
                "store      {} events kept, the newest is {}; {} on disk, {} free",
                kept(store),
                number(store, "head"),
                bytes(store, "disk_bytes"),
                bytes(store, "free_bytes"),
            ),
            format!(
                "intake     {} accepted, {} duplicates, {} refused, {} kept out by rules, {} not kept; {}",
                number(intake, "accepted"),
                number(intake, "duplicates"),
                number(intake, "refused"),
                number(intake, "kept_out"),
                number(intake, "not_kept"),
                self.rate(),
            ),
        ];
        let stages = self.status.get("health").and_then(Value::as_object);
        for (name, stage) in stages.into_iter().flatten() {
            let (state, reason) = (text(stage, "state"), text(stage, "reason"));
            if state != "well" {
                lines.push(format!("{:<10} {state}: {reason}", plain(name)));
            }
        }
        lines
    }

    fn rate(&self) -> String {
        let hour: u64 = minutes(self.status).iter().rev().take(60).sum();
        format!("{hour} events in the last hour")
    }

    fn upstreams(&self) -> Vec<String> {
        let rows = each(self.status, "upstreams").map(|link| {
            let trouble = text(link, "trouble");
            let trouble = if trouble.is_empty() { trouble } else { format!("  {trouble}") };
            format!(
                "{:<11} {:>7} {:>10} {:>9} {:>8}  {}{trouble}",
                text(link, "state"),
                self.age(link, "since"),
                self.age(link, "last_event"),
                self.age(link, "last_heartbeat"),
                number(link, "events"),
                text(link, "upstream"),
            )
        });
        titled("STATE         SINCE LAST EVENT HEARTBEAT   EVENTS  UPSTREAM", rows)
    }

    fn streams(&self) -> Vec<String> {
        let rows = each(self.status, "streams").take(STREAMS).map(|stream| {
            let (events, last) = (number(stream, "events"), self.age(stream, "last"));
            format!("{last:>10} {events:>8}  {:<11} {}", text(stream, "last_role"), text(stream, "stream"))
        });
        titled("LAST EVENT   EVENTS  ROLE        STREAM", rows)
    }

    fn subscribers(&self) -> Vec<String> {
        let rows = each(self.status, "subscribers").map(|seat| {
            let filters = each(seat, "filters").map(|filter| {
                let over = number(filter, "over_budget");
                let told = if over > 0 { format!(" (too costly on {over} events)") } else { String::new() };
                format!("  {}{told}", text(filter, "xpath"))
            });
            format!(
                "{:>9} {:>7} {:>9} {:>6}  {}{}",
                self.age(seat, "since"),
                number(seat, "lag"),
                number(seat, "delivered"),
                number(seat, "naks"),
                text(seat, "peer"),
                filters.collect::<String>(),
            )
        });
        titled("    SINCE     LAG DELIVERED REFUSED  SUBSCRIBER AND FILTERS", rows)
    }

    fn handlers(&self) -> Vec<String> {
        let held = part(self.status, "quarantined");
        let rows = each(self.status, "handlers").map(|handler| {
            let (name, counts) = (text(handler, "name"), part(handler, "counts"));
            let trouble = [text(handler, "trouble"), text(counts, "last_error")];
            let trouble = trouble.into_iter().find(|text| !text.is_empty());
            format!(
                "{:<8} {:>8} {:>9} {:>8} {:>11}  {name}{}",
                text(handler, "state"),
                amount(handler, "lag"),
                number(counts, "calls"),
                number(counts, "failures"),
                held.get(&name).and_then(Value::as_u64).unwrap_or_default(),
                trouble.map(|text| format!("  {text}")).unwrap_or_default(),
            )
        });
        titled("STATE         LAG     CALLS   FAILED QUARANTINED  HANDLER", rows)
    }

    fn age(&self, of: &Value, key: &str) -> String {
        time(of, key).map_or_else(|| "never".to_owned(), |at| age(self.now, at))
    }
}

fn titled(title: &str, rows: impl Iterator<Item = String>) -> Vec<String> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() { rows } else { std::iter::once(title.to_owned()).chain(rows).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_stands_at_the_top_and_orders_to_a_terminal_are_none() {
        let status = json!({
            "version": "1", "now": "2026-01-01T00:01:00Z", "started": "2026-01-01T00:00:00Z",
            "health": { "store": { "state": "failing", "reason": "the disk is full" }, "process": { "state": "well" } },
            "store": { "head": 7, "oldest": 3 },
            "upstreams": [{ "state": "waiting", "upstream": "a\u{1b}[2J", "trouble": "it closed", "since": "2026-01-01T00:00:00Z" }],
        });
        let lines = lines(&status).join("\n");
        assert!(
            lines.contains("store      failing: the disk is full") && !lines.contains("process"),
            "{lines}"
        );
        assert!(lines.contains("5 events kept") && lines.contains("a\u{fffd}[2J  it closed"), "{lines}");
        assert!(!lines.contains("SUBSCRIBER"), "what is not there has no title: {lines}");
    }
}
