//! The status in words, for a terminal.

use jiff::Timestamp;
use serde_json::Value;

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
        let (head, oldest) = (number(store, "head"), number(store, "oldest"));
        let mut lines = vec![
            format!(
                "philae {}  {}  up {}",
                text(self.status, "version"),
                text(self.status, "local_ivo"),
                self.age(self.status, "started"),
            ),
            format!(
                "store      {} events kept, the newest is {head}; {} on disk, {} free",
                (head + 1).saturating_sub(oldest.max(1)),
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
        let counts = part(self.status, "per_minute").get("counts").and_then(Value::as_array);
        let counts: Vec<u64> = counts.into_iter().flatten().filter_map(Value::as_u64).collect();
        let hour: u64 = counts.iter().rev().take(60).sum();
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
                number(handler, "lag"),
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

/// How long ago, in the unit that says most.
fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second()).max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn size(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{:.1} {name}", bytes as f64 / unit as f64),
    )
}

/// An amount that may not be known yet.
fn bytes(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_u64).map_or_else(|| "?".to_owned(), size)
}

fn titled(title: &str, rows: impl Iterator<Item = String>) -> Vec<String> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() { rows } else { std::iter::once(title.to_owned()).chain(rows).collect() }
}

fn part<'a>(of: &'a Value, key: &str) -> &'a Value {
    of.get(key).unwrap_or(&Value::Null)
}

fn each<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(of: &Value, key: &str) -> String {
    plain(of.get(key).and_then(Value::as_str).unwrap_or_default())
}

fn number(of: &Value, key: &str) -> u64 {
    of.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn time(of: &Value, key: &str) -> Option<Timestamp> {
    of.get(key)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ages_and_sizes_are_told_in_the_unit_that_says_most() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ago = |seconds: i64| age(now, Timestamp::from_second(1_000_000 - seconds).unwrap());
        assert_eq!(
            [ago(-5), ago(119), ago(120), ago(7_200), ago(172_800)],
            ["0 s", "119 s", "2 min", "2 h", "2 d"]
        );
        assert_eq!([size(1_023), size(1_536), size(3 << 30)], ["1023 B", "1.5 KiB", "3.0 GiB"]);
    }

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
