//! What a step keeps constant: a current, a power or a resistance.

use super::current::NUMBER;
use crate::diagnostic::read::{Node, Read, Reader, read_text};
use crate::units::{CurrentSpec, Ohms, QuantityError, Watts, split_number};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// What a step keeps constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DemandText {
    /// A current, or a C-rate.
    Current(CurrentSpec),
    /// A power.
    Power(Watts),
    /// A resistance.
    Resistance(Ohms),
}

fn parse(text: &str) -> Result<DemandText, QuantityError> {
    match split_number(text) {
        Ok((_, unit)) if Watts::UNITS.contains(&unit) => text.parse().map(DemandText::Power),
        Ok((_, unit)) if Ohms::UNITS.contains(&unit) => text.parse().map(DemandText::Resistance),
        _ => text.parse().map(DemandText::Current),
    }
}

impl Read for DemandText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        read_text(node, reader, "a current, a power or a resistance", "1.25 A\", \"C/2\" or \"5 W", |text| {
            parse(text).map_err(super::current::in_words)
        })
    }
}

impl JsonSchema for DemandText {
    fn schema_name() -> Cow<'static, str> {
        "Demand".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (watts, ohms) = (Watts::UNITS.join("|"), Ohms::UNITS.join("|"));
        json_schema!({
            "type": "string",
            "description": "a current (\"1.25 A\"), a C-rate (\"C/2\", \"0.5C\"), a power (\"5 W\") or a resistance (\"3 ohm\")",
            "pattern": format!(r"^\s*(\+?{NUMBER}\s*(A|mA|uA|C|{watts}|{ohms})|C|C/\s*\+?{NUMBER})\s*$"),
        })
    }
}
