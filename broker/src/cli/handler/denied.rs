//! What a broker knows of calls that were denied to a handler, in lines.

use serde_json::Value;

use super::super::told::{each, number, text};

/// A line for each thing that was denied, from how a handler stands.
pub(in crate::cli) fn lines(handler: &Value) -> Vec<String> {
    each(handler, "denied").map(line).collect()
}

/// The line for one of them.
pub(super) fn line(denied: &Value) -> String {
    let (asked, grant, count) = (text(denied, "asked"), text(denied, "grant"), number(denied, "count"));
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times, last") };
    let last: String = text(denied, "last").chars().take(19).collect();
    format!("it asked for {asked}; grant it with {grant}  ({times} at {last}Z)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_line_with_how_often_and_when() {
        let one = |count: u64| {
            serde_json::json!({ "asked": "TCP to a", "grant": "tcp = []", "count": count,
                "last": "2026-04-06T12:00:00.123456Z" })
        };
        let words = "it asked for TCP to a; grant it with tcp = []  ";
        assert_eq!(
            lines(&serde_json::json!({ "denied": [one(1), one(3)] })),
            [
                format!("{words}(once at 2026-04-06T12:00:00Z)"),
                format!("{words}(3 times, last at 2026-04-06T12:00:00Z)")
            ]
        );
        assert!(lines(&serde_json::json!({})).is_empty());
    }
}
