//! What a broker told: how the parts of its answers are read, and how times and amounts in them are written for people.
//!
//! Answers are JSON from a broker that may be older or newer than the command that asks, so that what is missing reads as
//! nothing, and never as a fault. Every text is made plain on its way out: strangers wrote much of it.

use jiff::Timestamp;
use serde_json::Value;

use crate::plain::plain;

/// A part of an answer; null if there is none.
pub(super) fn part<'a>(of: &'a Value, key: &str) -> &'a Value {
    of.get(key).unwrap_or(&Value::Null)
}

/// The items of a list; none if there is no list.
pub(super) fn each<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A text, fit for a terminal.
pub(super) fn text(of: &Value, key: &str) -> String {
    plain(of.get(key).and_then(Value::as_str).unwrap_or_default())
}

/// A number that counts something.
pub(super) fn number(of: &Value, key: &str) -> u64 {
    of.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// A number that counts something, for a column; `-` where it is not known.
pub(super) fn amount(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_u64).map_or_else(|| "-".to_owned(), |number| number.to_string())
}

/// A time.
pub(super) fn time(of: &Value, key: &str) -> Option<Timestamp> {
    of.get(key)?.as_str()?.parse().ok()
}

/// How long ago a time was, in the unit that says most.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(then.as_second());
    span(u64::try_from(seconds).unwrap_or_default())
}

/// So many seconds, in the unit that says most.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// An amount of bytes that may not be known yet.
pub(super) fn bytes(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_u64).map_or_else(|| "?".to_owned(), size)
}

/// An amount of bytes.
pub(super) fn size(bytes: u64) -> String {
    let units = [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{:.1} {name}", bytes as f64 / unit as f64),
    )
}

/// How many events a log keeps, from how its store stands.
pub(super) fn kept(store: &Value) -> u64 {
    (number(store, "head") + 1).saturating_sub(number(store, "oldest").max(1))
}

/// The events of each of the last minutes, the one that has not ended last.
pub(super) fn minutes(status: &Value) -> Vec<u64> {
    each(part(status, "per_minute"), "counts").filter_map(Value::as_u64).collect()
}

/// The time that a handler takes for a call, once it was called.
pub(super) fn per_call(counts: &Value) -> String {
    let micros = number(counts, "busy_micros").checked_div(number(counts, "calls"));
    micros.map_or_else(
        || "-".to_owned(),
        |micros| match micros {
            0..10_000 => format!("{micros} us"),
            10_000..1_000_000 => format!("{} ms", micros / 1_000),
            _ => format!("{:.1} s", micros as f64 / 1e6),
        },
    )
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
    fn what_was_not_told_reads_as_nothing() {
        let told = json!({ "a": "x\u{1b}[2J", "n": "no number" });
        assert_eq!((text(&told, "a").as_str(), text(&told, "b").as_str()), ("x\u{fffd}[2J", ""));
        assert_eq!((amount(&told, "n").as_str(), amount(&json!({ "n": 0 }), "n").as_str()), ("-", "0"));
        assert_eq!((number(&told, "n"), bytes(&told, "n").as_str(), time(&told, "a")), (0, "?", None));
        assert_eq!((each(&told, "a").count(), part(&told, "b"), kept(&told)), (0, &Value::Null, 0));
        assert_eq!(per_call(&json!({ "calls": 0, "busy_micros": 7 })), "-");
    }

    #[test]
    fn the_time_of_a_call_is_told_in_the_unit_that_says_most() {
        let of = |micros: u64| per_call(&json!({ "calls": 1, "busy_micros": micros }));
        assert_eq!([of(9_999), of(59_999), of(1_240_000)], ["9999 us", "59 ms", "1.2 s"]);
    }
}
