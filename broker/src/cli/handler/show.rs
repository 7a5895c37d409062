//! Answers of a broker, for people.

use std::io::{self, Write};

use serde_json::Value;

use super::super::told::{amount, each, number, per_call, text};
use crate::control::Request;
use crate::plain::{json_line, plain};

/// Shows the answer to a request; that an order is done is only said beside it.
pub(super) fn answer(request: &Request, answer: &Value, out: &mut impl Write) -> io::Result<()> {
    match request {
        Request::List => list(answer, out)?,
        Request::Handler { .. } => handler(answer, out)?,
        Request::Logs { .. } => each(answer, "lines").try_for_each(|line_of| line(line_of, false, out))?,
        Request::Quarantine { .. } => cases(answer, out)?,
        Request::Show { .. } => case(answer, out)?,
        Request::Retry { .. } | Request::Drop { .. } => {
            for failed in each(answer, "failed") {
                tell!("{}: {}", number(failed, "seq"), text(failed, "reason"));
            }
            let left_out = number(answer, "left_out");
            if left_out > 0 {
                tell!("({left_out} more failed for reasons that are left out)");
            }
            say!("{} done", number(answer, "done"));
        }
        Request::Pause { name } => say!("{} is paused; its events wait", plain(name)),
        Request::Resume { name } => say!("{} goes on", plain(name)),
        // They are made elsewhere, as what they are.
        Request::Status
        | Request::Events { .. }
        | Request::Pick { .. }
        | Request::Latest { .. }
        | Request::Import { .. }
        | Request::Replay { .. }
        | Request::Reindex => {}
        Request::Reload => say!("the handlers' folders are looked at; see philae handler list"),
    }
    Ok(())
}

/// Shows a line that a handler logged.
pub(super) fn line(line: &Value, as_json: bool, out: &mut impl Write) -> io::Result<()> {
    if as_json {
        return writeln!(out, "{}", json_line(line));
    }
    if let Some(left_out) = line.get("left_out") {
        return writeln!(out, "({left_out} lines were left out)");
    }
    let seq = line.get("seq").and_then(Value::as_u64).map_or_else(String::new, |seq| format!(" #{seq}"));
    writeln!(out, "{} {:<5}{seq} {}", text(line, "at"), text(line, "level"), text(line, "text"))
}

fn list(answer: &Value, out: &mut impl Write) -> io::Result<()> {
    let handlers = answer.get("handlers").and_then(Value::as_array).cloned().unwrap_or_default();
    if handlers.is_empty() {
        return writeln!(out, "there are no handlers; give the broker a folder of them with --handlers DIR");
    }
    writeln!(
        out,
        "{:<24} {:<8} {:>8} {:>9} {:>8} {:>11} {:>9}  REVISION",
        "NAME", "STATE", "LAG", "CALLS", "FAILED", "QUARANTINED", "PER CALL"
    )?;
    for handler in &handlers {
        let counts = handler.get("counts").cloned().unwrap_or_default();
        writeln!(
            out,
            "{:<24} {:<8} {:>8} {:>9} {:>8} {:>11} {:>9}  {} {}",
            text(handler, "name"),
            text(handler, "state"),
            amount(handler, "lag"),
            number(&counts, "calls"),
            number(&counts, "failures"),
            held(answer, &text(handler, "name")),
            per_call(&counts),
            text(handler, "shape"),
            text(handler, "revision").chars().take(12).collect::<String>(),
        )?;
        for trouble in [text(handler, "trouble"), text(&counts, "last_error")] {
            if !trouble.is_empty() {
                writeln!(out, "    {trouble}")?;
            }
        }
    }
    Ok(())
}

/// How many events of a handler are in quarantine now.
fn held(answer: &Value, name: &str) -> String {
    let held = answer.get("quarantined").and_then(Value::as_object);
    let held = held.map(|held| held.get(name).and_then(Value::as_u64).unwrap_or_default());
    held.map_or_else(|| "-".to_owned(), |held| held.to_string())
}

/// All that is known of one handler.
fn handler(answer: &Value, out: &mut impl Write) -> io::Result<()> {
    let handler = answer.get("handler").cloned().unwrap_or_default();
    let counts = handler.get("counts").cloned().unwrap_or_default();
    for key in ["name", "state", "shape", "revision", "lag", "trouble"] {
        field(&handler, key, out)?;
    }
    for key in ["place", "calls", "handled", "failures", "published", "busy_micros", "last_error"] {
        field(&counts, key, out)?;
    }
    field(answer, "quarantined", out)?;
    let denied = super::denied::lines(&handler);
    if !denied.is_empty() {
        writeln!(out, "\ndenied calls")?;
    }
    denied.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    let metrics = handler.get("metrics").cloned().unwrap_or_default();
    let values = |kind: &str| metrics.get(kind).and_then(Value::as_object).cloned().unwrap_or_default();
    let values: Vec<_> = values("counters").into_iter().chain(values("gauges")).collect();
    if !values.is_empty() {
        writeln!(out, "\nnumbers that it reports")?;
    }
    for (name, value) in &values {
        writeln!(out, "{:<24} {value}", plain(name))?;
    }
    let left_out = number(&metrics, "left_out");
    if left_out > 0 {
        writeln!(
            out,
            "({left_out} reports under further names were left out; {} names are kept)",
            values.len()
        )?;
    }
    Ok(())
}

/// A line for a value, unless there is none.
fn field(of: &Value, key: &str, out: &mut impl Write) -> io::Result<()> {
    let value = match of.get(key) {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(text)) if text.is_empty() => return Ok(()),
        Some(Value::String(text)) => plain(text),
        Some(value) => json_line(value),
    };
    writeln!(out, "{:<11} {value}", key.replace('_', " "))
}

fn cases(answer: &Value, out: &mut impl Write) -> io::Result<()> {
    let mut count = 0;
    for case in each(answer, "cases") {
        count += 1;
        let (handler, seq) = (text(case, "handler"), number(case, "seq"));
        writeln!(out, "{handler} {seq}  {}  {}", text(case, "ivoid"), text(case, "reason"))?;
    }
    if count == 0 {
        writeln!(out, "nothing is in quarantine")?;
    }
    if answer.get("has_more").and_then(Value::as_bool) == Some(true) {
        writeln!(out, "(these are the oldest {count}; there are more)")?;
    }
    Ok(())
}

fn case(answer: &Value, out: &mut impl Write) -> io::Result<()> {
    let case = answer.get("case").cloned().unwrap_or_default();
    for key in
        ["handler", "revision", "seq", "ivoid", "role", "source", "received", "since", "attempts", "reason"]
    {
        let value = match case.get(key) {
            Some(Value::String(text)) => plain(text),
            Some(value) => json_line(value),
            None => continue,
        };
        writeln!(out, "{key:<9} {value}")?;
    }
    for line in each(&case, "log") {
        writeln!(out, "log       {}", plain(line.as_str().unwrap_or_default()))?;
    }
    // A packet may order a terminal about; line breaks are meant.
    let packet: Vec<String> =
        answer.get("packet").and_then(Value::as_str).unwrap_or_default().lines().map(plain).collect();
    writeln!(out, "\n{}", packet.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_quarantine_now_is_what_is_told() {
        let answer = json!({ "handlers": [{ "name": "a", "counts": { "quarantined": 9 } }], "quarantined": { "a": 2 } });
        assert_eq!((held(&answer, "a"), held(&answer, "b")), ("2".to_owned(), "0".to_owned()));
        assert_eq!(held(&json!({ "quarantined": null }), "a"), "-", "the store could not be read");
    }
}
