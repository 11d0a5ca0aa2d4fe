//! JSON as others write it: with doubled keys, and with Python's bare `NaN` and `Infinity`.

use super::ImportError;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value; a table keeps every pair in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// It may be `NaN` or infinite, which JSON has no words for and Python writes all the same.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Table(Vec<(String, Value)>),
}

impl Value {
    /// What kind it is, in words.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The value of a key of a table; the last one, where it stands several times.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(pairs) => pairs.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Reads a text.
///
/// # Errors
/// Where it is no JSON, and why.
pub(super) fn read(text: &str) -> Result<Value, ImportError> {
    serde_json::from_str(&masked(text)).map_err(|error| {
        let told = error.to_string();
        // Line and column are told by themselves.
        let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what).to_owned();
        ImportError::Json { line: error.line(), column: error.column(), what }
    })
}

/// The words for numbers that Python writes and JSON does not have.
const WORDS: [(&str, f64); 3] =
    [("-Infinity", f64::NEG_INFINITY), ("Infinity", f64::INFINITY), ("NaN", f64::NAN)];

/// A character that nobody writes; texts of it alone stand for [`WORDS`].
const MARK: char = '\u{7f}';

/// The text with each of [`WORDS`] outside of quotes made a text of marks in quotes that is as long, so that the places
/// of everything else stay.
fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let (mut quoted, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let word = (!quoted).then(|| WORDS.iter().find(|(word, _)| rest.starts_with(word))).flatten();
        if let Some((word, _)) = word {
            masked.push('"');
            masked.extend(std::iter::repeat_n(MARK, word.len() - 2));
            masked.push('"');
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
        masked.push(next);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    masked
}

/// The number that a text of marks stands for.
fn unmasked(text: &str) -> Option<f64> {
    let marks = text.chars().all(|c| c == MARK).then_some(text.len())?;
    WORDS.iter().find(|(word, _)| word.len() - 2 == marks).map(|(_, number)| *number)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(unmasked(value).map_or_else(|| Value::Text(value.to_owned()), Value::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = items.next_entry()? {
            pairs.push(pair);
        }
        Ok(Value::Table(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_numbers_are_read_and_places_stay() {
        let value = read(r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN"}"#).unwrap();
        assert!(matches!(value.get("a"), Some(Value::Number(number)) if number.is_nan()));
        let both = vec![Value::Number(f64::NEG_INFINITY), Value::Number(f64::INFINITY)];
        assert_eq!(value.get("b"), Some(&Value::List(both)));
        assert_eq!(value.get("c"), Some(&Value::Text("NaN \" NaN".to_owned())));
        let error = read("{\"a\": NaN,\n \"b\": Infinity, oops}").unwrap_err();
        assert_eq!(error.to_string(), "2:17: this is no JSON: key must be a string");
    }

    #[test]
    fn doubled_keys_are_kept_and_the_last_counts() {
        let value = read(r#"{"a": 1, "a": 2}"#).unwrap();
        assert_eq!(value.get("a"), Some(&Value::Number(2.0)));
        assert!(matches!(value, Value::Table(pairs) if pairs.len() == 2));
    }
}
