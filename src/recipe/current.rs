//! Reading of currents that may be C-rates, and of temperature differences.

use super::TemperatureChange;
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Node, Read, Reader, read_text};
use crate::units::{Celsius, CurrentSpec, QuantityError, split_number};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

/// A decimal number, as the schema's patterns have it.
pub(super) const NUMBER: &str = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?";

impl Read for CurrentSpec {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        // Professional cyclers take a power or a resistance here, so people will try.
        if let DeValue::String(text) = node.get_ref()
            && let Ok((_, unit)) = split_number(text)
            && let Some(mode) = later_mode(unit)
        {
            reader.problems.push(
                Problem::new("not-yet", node.span(), format!("{mode} is not possible yet"), "expected a current")
                    .hint("this version drives constant current and, with `hold`, constant voltage; write such as \"1.25 A\" or \"C/2\""),
            );
            return None;
        }
        read_text(node, reader, "a current", "1.25 A\" or \"C/2", |text| {
            text.parse::<Self>().map_err(|error| match error {
                QuantityError::NotFinite => "it is too large, or divides by zero".to_owned(),
                QuantityError::NoUnit(units) | QuantityError::WrongUnit(_, units) => {
                    format!(
                        "{error}; C-rates are written with a capital C: C/2, 0.5C, 2C",
                        error = match error {
                            QuantityError::NoUnit(_) => QuantityError::NoUnit(units),
                            other => other,
                        }
                    )
                }
                other => other.to_string(),
            })
        })
    }
}

fn later_mode(unit: &str) -> Option<&'static str> {
    match unit {
        "W" | "mW" => Some("constant power"),
        "ohm" | "mohm" | "\u{3a9}" | "m\u{3a9}" | "\u{2126}" | "m\u{2126}" => Some("constant resistance"),
        _ => None,
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
