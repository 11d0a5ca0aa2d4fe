//! Percentages, in recipes and bench files.

use crate::diagnostic::read::{Node, Read, Reader, read_text};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A fraction, written in percent: `2 %` is 0.02.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

/// A plain decimal number followed by one of these units.
pub(crate) fn number_before(text: &str, units: &[&str]) -> Result<f64, String> {
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

/// How a decimal number begins, as the schema's patterns have it.
pub(crate) const DECIMAL: &str = r"^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*";

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
            "pattern": format!(r"{DECIMAL}%\s*$"),
        })
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
