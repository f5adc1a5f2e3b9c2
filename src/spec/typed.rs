//! Values of our types from JSON values, with the place of a mistake; and the field names of a type, asked of the type itself.
//!
//! One deserializer does both, and it does nothing else, so that the code which reads each type is in the bundle once.

use std::fmt;

use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::locate::{Path, Step};

/// One value of a type.
///
/// # Errors
/// The path of the mistake below `value`, and serde's message.
pub(super) fn from_value<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, (Path, String)> {
    let mut state = State::default();
    T::deserialize(Typed { value, state: &mut state }).map_err(|mistake| (Path(state.steps), mistake.0))
}

/// The names that `T` has in JSON; empty if it is no struct.
pub(super) fn fields_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut state = State { asks_fields: true, ..State::default() };
    // Always ends with an error or a stand-in; what was seen on the way is what is wanted.
    let _ = T::deserialize(Typed { value: &Value::Null, state: &mut state });
    state.fields
}

#[derive(Default)]
struct State {
    /// Where the reading is; it stays where a mistake ends it.
    steps: Vec<Step>,
    asks_fields: bool,
    fields: &'static [&'static str],
}

/// serde's message about a mistake, in `serde_json`'s words.
#[derive(Debug)]
struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

impl Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unit => Self(format!("invalid type: null, expected {expected}")),
            found => Self(format!("invalid type: {found}, expected {expected}")),
        }
    }
}

struct Typed<'de, 's> {
    value: &'de Value,
    state: &'s mut State,
}

impl<'de> Deserializer<'de> for Typed<'de, '_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::Array(elements) => {
                let mut rest = Elements { rest: elements, n_read: 0, state: self.state };
                let value = visitor.visit_seq(&mut rest)?;
                let is_whole = rest.rest.is_empty();
                let fewer: &dyn Expected = &"fewer elements in array";
                if is_whole { Ok(value) } else { Err(Error::invalid_length(elements.len(), fewer)) }
            }
            Value::Object(members) => {
                visitor.visit_map(Members { rest: members.iter(), current: None, state: self.state })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        if self.state.asks_fields {
            self.state.fields = fields;
            return Err(Mistake(String::new()));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let single = |members: &'de Map<String, Value>| members.iter().next().filter(|_| members.len() == 1);
        let (name, content) = match self.value {
            Value::String(name) => (name.as_str(), None),
            Value::Object(members) => match single(members) {
                Some((name, content)) => (name.as_str(), Some(content)),
                None => return Err(Error::invalid_value(Unexpected::Map, &"map with a single key")),
            },
            _ => return Err(Error::invalid_type(found(self.value), &"string or map")),
        };
        visitor.visit_enum(Variant { name, content, state: self.state })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier
    }
}

fn found(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null | Value::Object(_) => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::String(text) => Unexpected::Str(text),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Unexpected::Unsigned(number),
            (None, Some(number)) => Unexpected::Signed(number),
            (None, None) => Unexpected::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::Array(_) => Unexpected::Seq,
    }
}

impl State {
    /// Reads one value a step further. After a mistake the steps stay; a reader that goes on after one starts from its own.
    fn below<'de, S: DeserializeSeed<'de>>(
        &mut self,
        step: Step,
        seed: S,
        value: &'de Value,
    ) -> Result<S::Value, Mistake> {
        let depth = self.steps.len();
        self.steps.push(step);
        let read = seed.deserialize(Typed { value, state: &mut *self })?;
        self.steps.truncate(depth);
        Ok(read)
    }
}

struct Elements<'de, 's> {
    rest: &'de [Value],
    n_read: usize,
    state: &'s mut State,
}

impl<'de> SeqAccess<'de> for Elements<'de, '_> {
    type Error = Mistake;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        let Some((value, rest)) = self.rest.split_first() else { return Ok(None) };
        let step = Step::Index(self.n_read);
        (self.rest, self.n_read) = (rest, self.n_read + 1);
        self.state.below(step, seed, value).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Members<'de, 's> {
    rest: serde_json::map::Iter<'de>,
    current: Option<(&'de String, &'de Value)>,
    state: &'s mut State,
}

impl<'de> MapAccess<'de> for Members<'de, '_> {
    type Error = Mistake;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        self.current = self.rest.next();
        let Some((name, _)) = self.current else { return Ok(None) };
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mistake> {
        let (name, value) = self.current.take().ok_or_else(|| Mistake::custom("a value without its name"))?;
        self.state.below(Step::Key(name.clone()), seed, value)
    }
}

/// The name of a member: a text, also under a newtype.
struct Name<'de>(&'de str);

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant: its name alone, or its name with its content.
struct Variant<'de, 's> {
    name: &'de str,
    content: Option<&'de Value>,
    state: &'s mut State,
}

impl<'de, 's> EnumAccess<'de> for Variant<'de, 's> {
    type Error = Mistake;
    type Variant = Content<'de, 's>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'de, 's>), Mistake> {
        let variant = seed.deserialize(BorrowedStrDeserializer::<Mistake>::new(self.name))?;
        Ok((variant, Content { value: self.content, state: self.state }))
    }
}

struct Content<'de, 's> {
    value: Option<&'de Value>,
    state: &'s mut State,
}

impl<'de, 's> Content<'de, 's> {
    fn typed(self, expected: &str) -> Result<Typed<'de, 's>, Mistake> {
        let value = self.value.ok_or_else(|| Error::invalid_type(Unexpected::UnitVariant, &expected))?;
        Ok(Typed { value, state: self.state })
    }
}

impl<'de> VariantAccess<'de> for Content<'de, '_> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        match self.value {
            None | Some(Value::Null) => Ok(()),
            Some(value) => Err(Error::invalid_type(found(value), &"unit variant")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mistake> {
        seed.deserialize(self.typed("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.typed("tuple variant")?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        self.typed("struct variant")?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Sample {
        name: String,
        #[serde(default)]
        share_low: Option<f64>,
        #[serde(default)]
        parts: Vec<Part>,
        #[serde(default)]
        by_name: BTreeMap<String, Part>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Part {
        Plain,
        Count(u8),
        Span { from: i64 },
        Pair(f64, f64),
    }

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let shown = match from_value::<Sample>(value) {
            Ok(sample) => format!("{sample:?}"),
            Err((path, message)) => format!("{path}: {message}"),
        };
        assert_eq!(shown, expected);
        // serde_json's own reader agrees on what is right, and on the message.
        match serde_json::from_value::<Sample>(value.clone()) {
            Ok(sample) => assert_eq!(shown, format!("{sample:?}")),
            Err(error) => assert!(shown.ends_with(&format!(": {error}")), "{shown} but serde_json says {error}"),
        }
    }

    #[test]
    fn values_are_read_as_serde_json_reads_them() {
        check(&json!({ "name": "a" }), r#"Sample { name: "a", share_low: None, parts: [], by_name: {} }"#);
        check(
            &json!({ "name": "a", "shareLow": 1, "parts": ["plain", { "count": 3 }], "byName": { "x": { "span": { "from": -2 } }, "y": { "pair": [1, 2.5] } } }),
            r#"Sample { name: "a", share_low: Some(1.0), parts: [Plain, Count(3)], by_name: {"x": Span { from: -2 }, "y": Pair(1.0, 2.5)} }"#,
        );
    }

    #[test]
    fn mistakes_have_their_path_and_serde_jsons_message() {
        check(&json!(null), ": invalid type: null, expected struct Sample");
        check(&json!({}), ": missing field `name`");
        check(&json!({ "name": 7 }), "name: invalid type: integer `7`, expected a string");
        check(&json!({ "name": "a", "shareLow": "x" }), "shareLow: invalid type: string \"x\", expected f64");
        check(
            &json!({ "name": "a", "parts": ["plain", { "count": 300 }] }),
            "parts[1]: invalid value: integer `300`, expected u8",
        );
        check(
            &json!({ "name": "a", "byName": { "x": { "span": { "from": 1.5 } } } }),
            "byName.x.from: invalid type: floating point `1.5`, expected i64",
        );
        check(
            &json!({ "name": "a", "parts": [{ "pair": [1.0, 2.0, 3.0] }] }),
            "parts[0]: invalid length 3, expected fewer elements in array",
        );
        check(&json!({ "name": "a", "parts": [7] }), "parts[0]: invalid type: integer `7`, expected string or map");
        check(
            &json!({ "name": "a", "parts": ["curved"] }),
            "parts[0]: unknown variant `curved`, expected one of `plain`, `count`, `span`, `pair`",
        );
    }

    #[test]
    fn fields_are_the_names_in_json() {
        assert_eq!(fields_of::<crate::spec::Threshold>(), ["value", "title"]);
        assert!(fields_of::<crate::spec::SourceSpec>().contains(&"scrapeIntervalSeconds"));
        assert!(fields_of::<String>().is_empty());
    }
}
