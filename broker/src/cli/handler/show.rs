//! Answers of a broker, for people.

use serde_json::Value;

use super::super::told::{each, number, per_call, text};
use crate::control::Request;
use crate::plain::plain;

/// Shows the answer to a request.
pub(super) fn answer(request: &Request, answer: &Value) {
    match request {
        // It has a command of its own.
        Request::Status => println!("{answer}"),
        Request::List => list(answer),
        Request::Handler { .. } => handler(answer),
        Request::Logs { .. } => each(answer, "lines").for_each(|line_of| line(line_of, false)),
        Request::Quarantine { .. } => cases(answer),
        Request::Show { .. } => case(answer),
        Request::Retry { .. } | Request::Drop { .. } => {
            for failed in each(answer, "failed") {
                eprintln!("{}: {}", number(failed, "seq"), text(failed, "reason"));
            }
            println!("{} done", number(answer, "done"));
        }
        Request::Pause { name } => println!("{} is paused; its events wait", plain(name)),
        Request::Resume { name } => println!("{} goes on", plain(name)),
        // They are made elsewhere, as what they are.
        Request::Events { .. }
        | Request::Pick { .. }
        | Request::Latest { .. }
        | Request::Import { .. }
        | Request::Replay { .. }
        | Request::Reindex => {}
        Request::Reload => println!("the handlers' folders are looked at; see philae handler list"),
    }
}

/// Shows a line that a handler logged.
pub(super) fn line(line: &Value, as_json: bool) {
    if as_json {
        return println!("{line}");
    }
    if let Some(left_out) = line.get("left_out") {
        return println!("({left_out} lines were left out)");
    }
    let seq = line.get("seq").and_then(Value::as_u64).map_or_else(String::new, |seq| format!(" #{seq}"));
    println!("{} {:<5}{seq} {}", text(line, "at"), text(line, "level"), text(line, "text"));
}

fn list(answer: &Value) {
    let handlers = answer.get("handlers").and_then(Value::as_array).cloned().unwrap_or_default();
    if handlers.is_empty() {
        return println!("there are no handlers; give the broker a folder of them with --handlers DIR");
    }
    println!(
        "{:<24} {:<8} {:>8} {:>9} {:>8} {:>11} {:>9}  REVISION",
        "NAME", "STATE", "LAG", "CALLS", "FAILED", "QUARANTINED", "PER CALL"
    );
    for handler in &handlers {
        let counts = handler.get("counts").cloned().unwrap_or_default();
        println!(
            "{:<24} {:<8} {:>8} {:>9} {:>8} {:>11} {:>9}  {} {}",
            text(handler, "name"),
            text(handler, "state"),
            number(handler, "lag"),
            number(&counts, "calls"),
            number(&counts, "failures"),
            number(&counts, "quarantined"),
            per_call(&counts),
            text(handler, "shape"),
            text(handler, "revision").chars().take(12).collect::<String>(),
        );
        for trouble in [text(handler, "trouble"), text(&counts, "last_error")] {
            if !trouble.is_empty() {
                println!("    {trouble}");
            }
        }
    }
}

/// All that is known of one handler.
fn handler(answer: &Value) {
    let handler = answer.get("handler").cloned().unwrap_or_default();
    let counts = handler.get("counts").cloned().unwrap_or_default();
    for key in ["name", "state", "shape", "revision", "lag", "trouble"] {
        field(&handler, key);
    }
    for key in
        ["place", "calls", "handled", "failures", "quarantined", "published", "busy_micros", "last_error"]
    {
        field(&counts, key);
    }
    let denied = super::denied::lines(&handler);
    if !denied.is_empty() {
        println!("\ndenied calls");
    }
    denied.iter().for_each(|line| println!("{line}"));
    let metrics = handler.get("metrics").cloned().unwrap_or_default();
    let values = |kind: &str| metrics.get(kind).and_then(Value::as_object).cloned().unwrap_or_default();
    let values: Vec<_> = values("counters").into_iter().chain(values("gauges")).collect();
    if !values.is_empty() {
        println!("\nnumbers that it reports");
    }
    for (name, value) in &values {
        println!("{:<24} {value}", plain(name));
    }
    let left_out = number(&metrics, "left_out");
    if left_out > 0 {
        println!("({left_out} reports under further names were left out; {} names are kept)", values.len());
    }
}

/// A line for a value, unless there is none.
fn field(of: &Value, key: &str) {
    let value = match of.get(key) {
        None | Some(Value::Null) => return,
        Some(Value::String(text)) if text.is_empty() => return,
        Some(Value::String(text)) => plain(text),
        Some(value) => value.to_string(),
    };
    println!("{:<11} {value}", key.replace('_', " "));
}

fn cases(answer: &Value) {
    let mut count = 0;
    for case in each(answer, "cases") {
        count += 1;
        let (handler, seq) = (text(case, "handler"), number(case, "seq"));
        println!("{handler} {seq}  {}  {}", text(case, "ivoid"), text(case, "reason"));
    }
    if count == 0 {
        println!("nothing is in quarantine");
    }
}

fn case(answer: &Value) {
    let case = answer.get("case").cloned().unwrap_or_default();
    for key in
        ["handler", "revision", "seq", "ivoid", "role", "source", "received", "since", "attempts", "reason"]
    {
        let value = match case.get(key) {
            Some(Value::String(text)) => plain(text),
            Some(value) => value.to_string(),
            None => continue,
        };
        println!("{key:<9} {value}");
    }
    each(&case, "log").for_each(|line| println!("log       {}", plain(line.as_str().unwrap_or_default())));
    // A packet may order a terminal about; line breaks are meant.
    let packet: Vec<String> =
        answer.get("packet").and_then(Value::as_str).unwrap_or_default().lines().map(plain).collect();
    println!("\n{}", packet.join("\n"));
}
