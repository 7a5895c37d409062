//! What came of one packet, as an object: `file`, `ivoid`, `role`, `verdict`, `reason`, and if the handler was called `log`,
//! `left_out_bytes`, `state`, `published`, `requests`, `refused`, `denied`, `metrics`, `micros`, `memory_bytes`.

use serde_json::{Value, json};

use super::{Called, Ended, Trace, level, unwanted};
use crate::host::{CallFailure, MetricChange, Outcome};
use crate::workbench::mock::Request;

impl Called {
    /// All of it, for scripts.
    pub(crate) fn json(&self) -> Value {
        let (verdict, reason) = match &self.ended {
            Ended::Unreadable(why) => ("unreadable", Some(why.clone())),
            Ended::Unwanted(why) => ("not-called", Some(unwanted(*why).to_owned())),
            Ended::Called(trace) => match &trace.outcome.verdict {
                Ok(()) => ("handled", None),
                Err(failure) => (word(failure), Some(failure.to_string())),
            },
        };
        let mut object = json!({
            "file": self.name,
            "ivoid": self.ivoid,
            "role": self.role,
            "verdict": verdict,
            "reason": reason,
        });
        if let (Ended::Called(trace), Some(object)) = (&self.ended, object.as_object_mut())
            && let Value::Object(more) = trace.json()
        {
            object.extend(more);
        }
        object
    }
}

impl Trace {
    fn json(&self) -> Value {
        let Outcome { log, state, published, metrics, denied, left_out_bytes, took, memory_bytes, .. } =
            &self.outcome;
        json!({
            "log": log.iter().map(|line| json!({ "level": level(line.level), "text": line.text })).collect::<Vec<_>>(),
            "left_out_bytes": left_out_bytes,
            "state": state.iter().map(|change| json!({
                "key": change.key,
                "value": change.value.as_ref().map(|value| String::from_utf8_lossy(&value.bytes)),
                "expires": change.value.as_ref().and_then(|value| value.expires).map(|time| time.to_string()),
            })).collect::<Vec<_>>(),
            "published": published.iter().map(|packet| String::from_utf8_lossy(packet)).collect::<Vec<_>>(),
            "requests": self.requests.iter().map(|Request { asked, status }| json!({
                "method": asked.method.as_str(),
                "url": asked.uri.to_string(),
                "body": String::from_utf8_lossy(&asked.body),
                "granted": asked.is_granted,
                "status": status,
            })).collect::<Vec<_>>(),
            "refused": self.refused,
            "denied": denied
                .iter()
                .map(|denied| json!({ "asked": denied.asked(), "grant": denied.grant_line() }))
                .collect::<Vec<_>>(),
            "metrics": metrics.iter().map(|metric| match metric.change {
                MetricChange::Count(by) => json!({ "name": metric.name, "count": by }),
                MetricChange::Gauge(value) => json!({ "name": metric.name, "gauge": value }),
            }).collect::<Vec<_>>(),
            "micros": took.as_micros(),
            "memory_bytes": memory_bytes,
        })
    }
}

fn word(failure: &CallFailure) -> &'static str {
    match failure {
        CallFailure::Retry(_) => "retry",
        CallFailure::Permanent(_) => "permanent",
        CallFailure::Trapped(_) => "crashed",
        CallFailure::Limit(_) => "stopped",
        CallFailure::Host(_) => "not-callable",
    }
}
