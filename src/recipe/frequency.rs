//! The frequencies of an impedance step: one, a list, or a range.

use crate::diagnostic::read::{Node, OneOrMany, Read, Reader, Spanned};
use crate::units::Hertz;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

crate::shape! {
    /// Every frequency that the unit can make between two.
    pub struct FrequencyRange {
        /// The lowest.
        needed from: Spanned<Hertz>,
        /// The highest.
        needed to: Spanned<Hertz>,
    }
}

/// The frequencies of an impedance step.
#[derive(Clone, Debug, PartialEq)]
pub enum Frequencies {
    /// These, in this order.
    These(OneOrMany<Spanned<Hertz>>),
    /// Every one that the unit can make within the range.
    Range(FrequencyRange),
}

impl Read for Frequencies {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Table(_) => FrequencyRange::read(node, reader).map(Self::Range),
            _ => OneOrMany::read(node, reader).map(Self::These),
        }
    }
}

impl JsonSchema for Frequencies {
    fn schema_name() -> Cow<'static, str> {
        "Frequencies".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let these = generator.subschema_for::<OneOrMany<Spanned<Hertz>>>();
        let range = generator.subschema_for::<FrequencyRange>();
        json_schema!({ "anyOf": [these, range] })
    }
}
