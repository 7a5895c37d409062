//! What an expression comes to, as workers tell it: typed values, without nodes.

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// The largest whole number up to which a double holds all others.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// An item of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Value {
    /// An atomic value: its type, and how XPath writes it.
    #[serde(rename = "a")]
    Atom(Kind, String),
    /// An array; each member is a sequence.
    #[serde(rename = "l")]
    Array(Vec<Vec<Value>>),
    /// A map: keys, each with a sequence, in the order in which they are shown.
    #[serde(rename = "m")]
    Map(Vec<Entry>),
}

/// An entry of a map: a key and its sequence.
pub(crate) type Entry = (Kind, String, Vec<Value>);

/// The type of an atomic value. Types derived from text and integers count as those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Kind {
    String,
    /// What a node holds, before it is taken for a number or a text.
    Untyped,
    Boolean,
    Integer,
    Decimal,
    Float,
    Double,
    Duration,
    YearMonthDuration,
    DayTimeDuration,
    DateTime,
    DateTimeStamp,
    Time,
    Date,
    GYearMonth,
    GYear,
    GMonthDay,
    GDay,
    GMonth,
    HexBinary,
    Base64Binary,
    QName,
}

impl Value {
    /// The value in JSON: a map is an object, an array and a sequence of several are arrays, the empty sequence is null.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Atom(kind, text) => kind.json(text),
            Self::Array(members) => members.iter().map(|member| sequence_json(member)).collect(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(_, key, value)| (key.clone(), sequence_json(value)));
                serde_json::Value::Object(entries.collect())
            }
        }
    }
}

/// A sequence in JSON.
pub(super) fn sequence_json(values: &[Value]) -> serde_json::Value {
    match values {
        [] => serde_json::Value::Null,
        [value] => value.json(),
        several => several.iter().map(Value::json).collect(),
    }
}

impl Kind {
    /// The name of the type in XML Schema.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Untyped => "untypedAtomic",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Double => "double",
            Self::Duration => "duration",
            Self::YearMonthDuration => "yearMonthDuration",
            Self::DayTimeDuration => "dayTimeDuration",
            Self::DateTime => "dateTime",
            Self::DateTimeStamp => "dateTimeStamp",
            Self::Time => "time",
            Self::Date => "date",
            Self::GYearMonth => "gYearMonth",
            Self::GYear => "gYear",
            Self::GMonthDay => "gMonthDay",
            Self::GDay => "gDay",
            Self::GMonth => "gMonth",
            Self::HexBinary => "hexBinary",
            Self::Base64Binary => "base64Binary",
            Self::QName => "QName",
        }
    }

    /// The value in JSON: a number if it is one, of double precision unless it is whole; text if none can hold it.
    fn json(self, text: &str) -> serde_json::Value {
        let number = match self {
            Self::Boolean => return (text == "true").into(),
            Self::Integer => text.parse::<i64>().ok().map(Number::from),
            Self::Decimal | Self::Float | Self::Double => text.parse::<f64>().ok().and_then(double),
            Self::String
            | Self::Untyped
            | Self::Duration
            | Self::YearMonthDuration
            | Self::DayTimeDuration
            | Self::DateTime
            | Self::DateTimeStamp
            | Self::Time
            | Self::Date
            | Self::GYearMonth
            | Self::GYear
            | Self::GMonthDay
            | Self::GDay
            | Self::GMonth
            | Self::HexBinary
            | Self::Base64Binary
            | Self::QName => None,
        };
        number.map_or_else(|| text.into(), serde_json::Value::Number)
    }
}

/// A double as a number of JSON, whole ones without a fraction; none if it is infinite or no number.
fn double(number: f64) -> Option<Number> {
    if number.fract() == 0.0 && number.abs() <= WHOLE {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and i64 holds it")]
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_in_json_unless_none_can_hold_them() {
        for (kind, text, json) in [
            (Kind::Integer, "-5", "-5"),
            (Kind::Integer, "99999999999999999999", "\"99999999999999999999\""),
            (Kind::Decimal, "0.1", "0.1"),
            (Kind::Decimal, "0.33333333333333333333", "0.3333333333333333"),
            (Kind::Double, "1.0E2", "100"),
            (Kind::Double, "2.5E-7", "2.5e-7"),
            (Kind::Double, "NaN", "\"NaN\""),
            (Kind::Double, "-INF", "\"-INF\""),
            (Kind::Untyped, "12", "\"12\""),
            (Kind::Boolean, "true", "true"),
        ] {
            assert_eq!(kind.json(text).to_string(), json, "{kind:?} {text}");
        }
    }

    #[test]
    fn sequences_maps_and_arrays_are_what_json_has_for_them() {
        let atom = |text: &str| Value::Atom(Kind::Integer, text.to_owned());
        let map = Value::Map(vec![
            (Kind::String, "none".to_owned(), vec![]),
            (Kind::String, "one".to_owned(), vec![atom("1")]),
            (Kind::String, "two".to_owned(), vec![atom("1"), Value::Array(vec![vec![atom("2")], vec![]])]),
        ]);
        let json = serde_json::json!({ "none": null, "one": 1, "two": [1, [2, null]] });
        assert_eq!(map.json(), json);
        let sent = serde_json::to_string(&map).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&sent).unwrap(), map);
    }
}
