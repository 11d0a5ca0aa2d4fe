//! Reading of single values: text, numbers, words of a list, quantities with their units.

use super::fields::list;
use super::{Node, Read, Reader, Spanned};
use crate::diagnostic::{Problem, nearest};
use crate::units::{
    self, Amperes, Celsius, Coulombs, Hertz, Joules, Ohms, QuantityError, TIME_UNITS, Volts, Watts,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;
use toml::de::DeValue;

impl<T: Read> Read for Spanned<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(|value| Self { value, span: node.span() })
    }

    fn form(key: &str) -> String {
        T::form(key)
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: Read> Read for Vec<T> {
    /// Reads a list. Broken items are reported and left out.
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Array(items) = node.get_ref() else {
            reader.expected(node, "a list", "write it in brackets: [..., ...]");
            return None;
        };
        Some(items.iter().filter_map(|item| T::read(item, reader)).collect())
    }

    fn form(key: &str) -> String {
        let one = T::form(key);
        if one.starts_with('[') { format!("[{one}]") } else { format!("{key} = [...]") }
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMany<T> {
    /// The good ones, in the order of the text.
    pub items: Vec<T>,
    /// Whether all of them were good; the problems of the others have been reported.
    pub complete: bool,
}

impl<T: Read> Read for OneOrMany<T> {
    /// Reads either; an empty list is a problem, broken items are reported and left out.
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Array(list) = node.get_ref() else {
            return T::read(node, reader).map(|one| Self { items: vec![one], complete: true });
        };
        if list.is_empty() {
            reader.problems.push(
                Problem::new("empty-list", node.span(), "this list is empty", "nothing in here")
                    .hint("put a value in it, or take the key out"),
            );
            return None;
        }
        let items: Vec<T> = list.iter().filter_map(|item| T::read(item, reader)).collect();
        let complete = items.len() == list.len();
        Some(Self { items, complete })
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

/// Reads a string value and parses it. `example` is shown where something else stands.
pub fn read_text<T, E: std::fmt::Display>(
    node: &Node<'_>,
    reader: &mut Reader<'_>,
    what: &str,
    example: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let text = match node.get_ref() {
        DeValue::String(text) => text,
        DeValue::Integer(_) | DeValue::Float(_) => {
            let span = node.span();
            reader.problems.push(
                Problem::new("bare-number", span, format!("expected {what}, found a bare number"), "no unit")
                    .hint(format!("units are always written, in quotes, such as \"{example}\"")),
            );
            return None;
        }
        _ => {
            reader.expected(node, what, format!("write it in quotes, such as \"{example}\""));
            return None;
        }
    };
    let computed = match reader.computed(node, text) {
        Some(Ok(scalar)) => Some(scalar.to_string()),
        Some(Err(())) => return None,
        None => None,
    };
    match parse(computed.as_deref().unwrap_or(text)) {
        Ok(value) => Some(value),
        Err(error) => {
            let problem = Problem::new(
                "bad-quantity",
                node.span(),
                format!("this is not {what}: {error}"),
                format!("expected {what}"),
            );
            reader.problems.push(problem.hint(format!("write it such as \"{example}\"")));
            None
        }
    }
}

/// Gives quantities their reading: text with a unit.
macro_rules! quantities {
    ($($name:ident, $what:literal, $example:literal;)+) => {
        $(impl Read for $name {
            fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
                read_text(node, reader, $what, $example, |text| text.parse::<Self>())
            }
        })+
    };
}

quantities! {
    Volts, "a voltage", "4.2 V";
    Amperes, "a current", "1.25 A";
    Ohms, "a resistance", "80 mohm";
    Watts, "a power", "5 W";
    Coulombs, "a charge", "2.5 Ah";
    Joules, "an energy", "9 Wh";
    Celsius, "a temperature", "45 degC";
    Hertz, "a frequency", "1 kHz";
}

/// A duration, written such as `1 h 30 min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

impl FromStr for Period {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        units::parse_duration(text).map(Self)
    }
}

impl Read for Period {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let parse = |text: &str| {
            text.parse().map_err(|error| match error {
                // A duration below zero is the only other way to come here.
                QuantityError::NotFinite => "it is below zero or too large to hold".to_owned(),
                other => other.to_string(),
            })
        };
        read_text(node, reader, "a duration", "1 h 30 min", parse)
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let number = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?";
        let units = TIME_UNITS.join("|");
        json_schema!({
            "type": "string",
            "description": "a duration with its unit, such as \"5 h\" or \"1 h 30 min\"",
            "pattern": format!(r"^(\s*[+-]?{number}\s*({units}))+\s*$"),
        })
    }
}

impl Read for String {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                reader.expected(node, "a string", "put it in double quotes");
                None
            }
        }
    }
}

impl Read for bool {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = node.get_ref().as_bool();
        if value.is_none() {
            reader.expected(node, "true or false", "write true or false, without quotes");
        }
        value
    }
}

/// Reads a whole number from zero to the largest that the type holds.
fn read_whole<T: TryFrom<u64> + std::fmt::Display>(
    node: &Node<'_>,
    reader: &mut Reader<'_>,
    largest: T,
) -> Option<T> {
    let wide = match node.get_ref() {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        DeValue::String(text) => match reader.computed(node, text) {
            Some(Ok(scalar)) => scalar.to_string().parse().ok(),
            Some(Err(())) => return None,
            None => {
                reader.expected(node, "a whole number", "write a number without quotes, such as 3");
                return None;
            }
        },
        _ => {
            reader.expected(node, "a whole number", "write a number without quotes, such as 3");
            return None;
        }
    };
    let value = wide.and_then(|wide| T::try_from(wide).ok());
    if value.is_none() {
        reader.problems.push(
            Problem::new(
                "out-of-range",
                node.span(),
                match node.get_ref() {
                    DeValue::Integer(_) => "this number is negative or too large",
                    _ => "this comes to no whole number, to a negative or too large one",
                },
                "this number",
            )
            .hint(format!("write a whole number from 0 to {largest}")),
        );
    }
    value
}

impl Read for u64 {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_whole(node, reader, Self::MAX)
    }
}

impl Read for u32 {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_whole(node, reader, Self::MAX)
    }
}

impl Read for f64 {
    /// Reads a number without a unit: a ratio, a factor.
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let computed = match node.get_ref() {
            DeValue::String(text) => reader.computed(node, text),
            _ => None,
        };
        let value = match (node.get_ref(), computed) {
            (_, Some(Err(()))) => return None,
            (_, Some(Ok(scalar))) => scalar.is_number().then_some(scalar.value),
            (DeValue::Float(number), _) => number.as_str().parse::<Self>().ok(),
            (DeValue::Integer(number), _) if number.radix() == 10 => number.as_str().parse::<Self>().ok(),
            _ => None,
        };
        let value = value.filter(|number| number.is_finite());
        if value.is_none() {
            reader.expected(node, "a finite number", "write it without quotes, such as 0.5");
        }
        value
    }
}

/// A value that is one word of a short list.
pub trait Word: Copy + 'static {
    /// The words and what they mean.
    const WORDS: &'static [(&'static str, Self)];
    /// Other names that people may try, in small letters, each with the word that is meant.
    const OTHER_NAMES: &'static [(&'static str, &'static str)] = &[];

    /// Reads one of the words, for the type's own [`Read`].
    fn read_word(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "a word in quotes", format!("one of {}", list(&words)));
            return None;
        };
        if let Some((_, value)) = Self::WORDS.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let span = reader.part(&node.span(), text, 0..text.len());
        let problem = Problem::new("unknown-word", span, format!("`{text}` is not known here"), "this word");
        let small = text.to_ascii_lowercase();
        let mut names = words.iter().map(|word| (*word, *word)).chain(Self::OTHER_NAMES.iter().copied());
        let meant = names.find(|(name, _)| *name == small).map(|(_, word)| word);
        reader.problems.push(problem.hint(match meant.or(nearest(text, words.iter().copied())) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("the words here are {}", list(&words)),
        }));
        None
    }
}
