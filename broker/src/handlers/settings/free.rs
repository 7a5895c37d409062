//! The tables whose keys are the handler's own: `[config]` and `environment`, as pairs of texts.

use serde_json::{Map, Number, Value as Json};
use toml_edit::{Item, Value};

/// One setting of `[config]` as text: a string or a date as it is, anything else as JSON.
pub(super) fn text(_name: &str, item: &Item) -> Result<String, String> {
    let json = to_json(item)?;
    Ok(json.as_str().map_or_else(|| json.to_string(), str::to_owned))
}

/// The value of a variable of the environment.
pub(super) fn variable(name: &str, item: &Item) -> Result<String, String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err("it is no name of a variable; write one without '=' and NUL".to_owned());
    }
    match item.as_str() {
        Some(text) if text.contains('\0') => Err("the value has a NUL; remove it".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err("a variable is text; write it in quotes".to_owned()),
    }
}

/// What stands in TOML, as JSON.
///
/// # Errors
/// If there is nothing, or a number that JSON does not have.
pub(crate) fn to_json(item: &Item) -> Result<Json, String> {
    json(&item.clone().into_value().map_err(|_| "there is no value; add one".to_owned())?)
}

fn json(value: &Value) -> Result<Json, String> {
    Ok(match value {
        Value::String(text) => Json::String(text.value().clone()),
        Value::Integer(number) => Json::Number((*number.value()).into()),
        Value::Float(number) => Json::Number(Number::from_f64(*number.value()).ok_or_else(|| {
            format!("JSON has no '{}', and handlers get numbers as JSON; write it in quotes", number.value())
        })?),
        Value::Boolean(switch) => Json::Bool(*switch.value()),
        Value::Datetime(moment) => Json::String(moment.value().to_string()),
        Value::Array(array) => Json::Array(array.iter().map(json).collect::<Result<_, _>>()?),
        Value::InlineTable(table) => {
            let pairs = table.iter().map(|(name, value)| Ok((name.to_owned(), json(value)?)));
            Json::Object(pairs.collect::<Result<Map<_, _>, String>>()?)
        }
    })
}
