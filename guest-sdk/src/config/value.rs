//! One setting as the broker gives it: a text as it is, anything else as JSON. Which of the two it was is not told, so what
//! the handler's type asks for decides.

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

pub(super) struct Value(pub(super) String);

/// Reads the text as JSON.
macro_rules! json {
    ($($method:ident($($name:ident: $kind:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $($name: $kind,)* visitor: V) -> Result<V::Value, Error> {
            // The place in the text says nothing to who wrote TOML.
            let json: serde_json::Value = serde_json::from_str(&self.0)
                .map_err(|_| Error::custom(format_args!("{:?} is not of the expected kind", self.0)))?;
            json.$method($($name,)* visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match serde_json::from_str::<serde_json::Value>(&self.0) {
            Ok(json) => json.deserialize_any(visitor),
            Err(_) => visitor.visit_string(self.0),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.starts_with('{') {
            let json: serde_json::Value = serde_json::from_str(&self.0)?;
            return json.deserialize_enum(name, variants, visitor);
        }
        let text: StrDeserializer<'_, Error> = self.0.as_str().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    json! {
        deserialize_bool() deserialize_seq() deserialize_map() deserialize_unit()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
    }

    forward_to_deserialize_any! { bytes byte_buf unit_struct identifier ignored_any }
}

impl<'de> IntoDeserializer<'de, Error> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    fn read<'de, T: Deserialize<'de>>(text: &str) -> Result<T, String> {
        T::deserialize(Value(text.to_owned())).map_err(|error| error.to_string())
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Level {
        HighUp,
        Low(u8),
    }

    #[test]
    fn texts_are_taken_as_they_are() {
        assert_eq!(read::<String>("5").as_deref(), Ok("5"));
        assert_eq!(read::<String>("\"quoted\"").as_deref(), Ok("\"quoted\""));
        assert_eq!(read::<Option<String>>("null"), Ok(Some("null".to_owned())));
        assert_eq!(read("high-up"), Ok(Level::HighUp));
    }

    #[test]
    fn anything_else_is_json() {
        assert_eq!(read("5"), Ok(5.0));
        assert_eq!(read("[1, 2]"), Ok((1_u8, 2_i64)));
        assert_eq!(read("[\"a\"]"), Ok(vec!["a".to_owned()]));
        assert_eq!(read("{\"low\": 3}"), Ok(Level::Low(3)));
        assert_eq!(read("[{\"host\": \"a\"}]"), Ok(vec![serde_json::json!({"host": "a"})]));
    }

    #[test]
    fn another_kind_is_refused_in_words() {
        assert_eq!(read::<f64>("north").unwrap_err(), "\"north\" is not of the expected kind");
        assert_eq!(read::<u8>("-1").unwrap_err(), "invalid value: integer `-1`, expected u8");
    }
}
