//! Tells a web service of each event: a line of text, as Slack, Mattermost and the like take it, or all that is known as JSON.

use philae_guest::http::Request;
use philae_guest::prelude::*;
use serde_json::{Value, json};

philae_guest::handler!(tell, init = check, roles = &[Role::Observation, Role::Prediction]);

fn check() -> Outcome {
    let url: String = config::get("url")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Error::permanent("setting \"url\" in [config] is no http URL"));
    }
    config::optional::<Vec<String>>("params")?;
    body_of(|_| Value::Null).map(|_| ())
}

/// Tells of one event.
pub fn tell(event: &Event) -> Outcome {
    let url: String = config::get("url")?;
    let body = body_of(|format| match format {
        Format::Text => json!({ "text": text(event) }),
        Format::Full => full(event),
    })?;
    // The service may see the same event again, after a lost answer: this is how it can tell.
    let request = Request::post_json(&url, &body)?.header("idempotency-key", event.ivoid());
    let answer = request.send()?.accepted()?;
    log::info!("told of {}: {}", event.ivoid(), answer.status);
    Ok(())
}

enum Format {
    Text,
    Full,
}

fn body_of(make: impl Fn(Format) -> Value) -> Result<Value> {
    match config::optional::<String>("format")?.as_deref() {
        None | Some("text") => Ok(make(Format::Text)),
        Some("full") => Ok(make(Format::Full)),
        Some(other) => Err(Error::permanent(format_args!(
            "setting \"format\" in [config]: {other:?} is neither text nor full"
        ))),
    }
}

fn text(event: &Event) -> String {
    let place = event.position().map_or_else(String::new, |position| format!(" at {position}"));
    let retraction = if event.is_retraction() { "RETRACTION " } else { "" };
    format!(
        "{retraction}{}{place}{}",
        event.ivoid(),
        params(event).map_or_else(String::new, |all| format!(" {all}"))
    )
}

/// The parameters that the settings name, if any of them is there.
fn params(event: &Event) -> Option<Value> {
    let names: Vec<String> = config::get("params").unwrap_or_default();
    let found: serde_json::Map<String, Value> = names
        .into_iter()
        .filter_map(|name| event.find_param(None, &name).map(|param| (name, Value::String(param.value))))
        .collect();
    (!found.is_empty()).then_some(Value::Object(found))
}

fn full(event: &Event) -> Value {
    json!({
        "text": text(event),
        "ivoid": event.ivoid(),
        "role": event.role().as_str(),
        "authored": event.authored().map(|time| time.to_string()),
        "received": event.received().to_string(),
        "position": event.position().map(|position| json!({
            "longitude": position.longitude,
            "latitude": position.latitude,
            "error_radius": position.error_radius,
            "system": position.system,
            "time": position.time.map(|time| time.to_string()),
        })),
        "citations": event.citations().iter().map(|citation| &citation.ivoid).collect::<Vec<_>>(),
        "params": params(event),
    })
}

#[cfg(test)]
mod tests;
