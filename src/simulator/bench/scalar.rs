//! Values that only bench files have: percentages, differences of temperature, names of chemistries.

use crate::diagnostic::read::{Node, Read, Reader, Word, read_text};
use crate::recipe::Chemistry;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A fraction, written in percent: `2 %` is 0.02.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Percent(pub f64);

/// A difference of temperature, written `0.05 degC` or `0.05 K`, which are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kelvins(pub f64);

/// A chemistry by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChemistryName(pub Chemistry);

/// A plain decimal number followed by one of these units.
fn number_before(text: &str, units: &[&str]) -> Result<f64, String> {
    let unit = units.join(" or ");
    let number = units
        .iter()
        .find_map(|unit| text.trim().strip_suffix(unit))
        .ok_or_else(|| format!("it does not end with {unit}"))?
        .trim_end();
    // The standard parser also takes "inf" and "nan", which no file may hold.
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite() && number.chars().all(plain));
    value.ok_or_else(|| format!("`{number}` is not a number"))
}

const NUMBER: &str = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*";

impl Read for Percent {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let parse = |text: &str| number_before(text, &["%"]).map(|percent| Self(percent / 100.0));
        read_text(node, reader, "a percentage", "2 %", parse)
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a fraction in percent, such as \"2 %\"",
            "pattern": format!(r"{NUMBER}%\s*$"),
        })
    }
}

impl Read for Kelvins {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let parse = |text: &str| number_before(text, &["degC", "\u{b0}C", "K"]).map(Self);
        read_text(node, reader, "a difference of temperature", "0.05 degC", parse)
    }
}

impl JsonSchema for Kelvins {
    fn schema_name() -> Cow<'static, str> {
        "Kelvins".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a difference of temperature, such as \"0.05 degC\"",
            "pattern": format!(r"{NUMBER}(degC|°C|K)\s*$"),
        })
    }
}

impl Word for ChemistryName {
    const WORDS: &'static [(&'static str, Self)] =
        &[("li-ion", Self(Chemistry::LiIon)), ("lfp", Self(Chemistry::Lfp))];
}

impl Read for ChemistryName {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_word(node, reader)
    }
}

impl JsonSchema for ChemistryName {
    fn schema_name() -> Cow<'static, str> {
        "Chemistry".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

#[cfg(test)]
mod tests {
    use super::number_before;

    #[test]
    fn numbers_need_their_unit_and_are_finite() {
        assert_eq!(number_before(" 2.5 % ", &["%"]), Ok(2.5));
        assert_eq!(number_before("-1e-3K", &["degC", "K"]), Ok(-0.001));
        for bad in ["", "%", "inf %", "nan%", "1e999 %", "2", "2 % x", "two %"] {
            assert!(number_before(bad, &["%"]).is_err(), "{bad:?}");
        }
    }
}
