//! Reading of currents that may be C-rates, and of temperature differences.

use super::TemperatureChange;
use crate::diagnostic::read::{Node, Read, Reader, read_text};
use crate::units::{Celsius, CurrentSpec, QuantityError, split_number};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A decimal number, as the schema's patterns have it.
pub(super) const NUMBER: &str = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?";

impl Read for CurrentSpec {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_text(node, reader, "a current", "1.25 A\" or \"C/2", |text| {
            text.parse::<Self>().map_err(in_words)
        })
    }
}

/// What is wrong with a current, in words that know of C-rates.
pub(super) fn in_words(error: QuantityError) -> String {
    match error {
        QuantityError::NotFinite => "it is too large, or divides by zero".to_owned(),
        error @ (QuantityError::NoUnit(_) | QuantityError::WrongUnit(..)) => {
            format!("{error}; C-rates are written with a capital C: C/2, 0.5C, 2C")
        }
        other => other.to_string(),
    }
}

impl JsonSchema for CurrentSpec {
    fn schema_name() -> Cow<'static, str> {
        "Current".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a current with its unit, such as \"1.25 A\", or a C-rate, such as \"C/2\" or \"0.5C\"",
            "pattern": format!(r"^\s*(\+?{NUMBER}\s*(A|mA|uA|C)|C|C/\s*\+?{NUMBER})\s*$"),
        })
    }
}

impl Read for TemperatureChange {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        const UNITS: &[&str] = &["degC", "\u{b0}C", "K"];
        read_text(node, reader, "a temperature difference", "0.5 degC", |text| match split_number(text)? {
            (_, "") => Err(QuantityError::NoUnit(UNITS)),
            (number, unit) if UNITS.contains(&unit) => Ok(Self(Celsius(number))),
            (_, unit) => Err(QuantityError::WrongUnit(unit.to_owned(), UNITS)),
        })
    }
}

impl JsonSchema for TemperatureChange {
    fn schema_name() -> Cow<'static, str> {
        "TemperatureChange".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "a temperature difference with its unit, such as \"0.5 degC\"",
            "pattern": format!(r"^\s*\+?{NUMBER}\s*(degC|°C|K)\s*$"),
        })
    }
}
