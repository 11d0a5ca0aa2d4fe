//! What may never be crossed, as a recipe writes it.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Node, Read, Reader, Spanned};
use crate::units::{Celsius, CurrentSpec, Volts};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

crate::shape! {
    /// Limits: written to the unit and read back before any current flows, and watched by the host too.
    pub struct LimitText {
        /// The lowest and the highest terminal voltage under current: ["2.8 V", "4.25 V"].
        optional voltage: Pair<Volts>,
        /// The largest current: one value, or { charge, discharge }.
        optional current: CurrentLimits,
        /// Temperatures while charging and while discharging.
        optional temperature: TemperatureLimits,
    }
}

crate::shape! {
    /// The largest current in each direction.
    pub struct CurrentPair {
        /// While charging.
        optional charge: Spanned<CurrentSpec>,
        /// While discharging.
        optional discharge: Spanned<CurrentSpec>,
    }
}

crate::shape! {
    /// Temperatures while charging and while discharging: the highest, or [lowest, highest].
    pub struct TemperatureLimits {
        /// While charging.
        optional charge: TemperatureLimit,
        /// While discharging.
        optional discharge: TemperatureLimit,
    }
}

/// A lower and an upper bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair<T> {
    /// The lower one.
    pub low: Spanned<T>,
    /// The upper one.
    pub high: Spanned<T>,
}

/// The largest current: one for both directions, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub enum CurrentLimits {
    /// The same in both directions.
    Both(Spanned<CurrentSpec>),
    /// One for each direction.
    Each(CurrentPair),
}

/// The highest temperature, or the lowest and the highest.
#[derive(Clone, Debug, PartialEq)]
pub enum TemperatureLimit {
    /// The highest.
    High(Spanned<Celsius>),
    /// The lowest and the highest.
    Range(Pair<Celsius>),
}

impl<T: Read> Read for Pair<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let list: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => {
                reader.expected(
                    node,
                    "a list of two",
                    "write the lower and the upper one: [\"...\", \"...\"]",
                );
                return None;
            }
        };
        let [low, high] = list.as_slice() else {
            reader.problems.push(
                Problem::new(
                    "wrong-length",
                    node.span(),
                    format!("expected two values, found {}", list.len()),
                    "this list",
                )
                .hint("write the lower and the upper one: [\"...\", \"...\"]"),
            );
            return None;
        };
        let (low, high) = (Spanned::read(low, reader), Spanned::read(high, reader));
        Some(Self { low: low?, high: high? })
    }
}

impl<T: JsonSchema> JsonSchema for Pair<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Pair_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "items": one, "minItems": 2, "maxItems": 2 })
    }
}

impl Read for CurrentLimits {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Table(_) => CurrentPair::read(node, reader).map(Self::Each),
            _ => Spanned::read(node, reader).map(Self::Both),
        }
    }
}

impl JsonSchema for CurrentLimits {
    fn schema_name() -> Cow<'static, str> {
        "CurrentLimits".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<CurrentSpec>();
        let each = generator.subschema_for::<CurrentPair>();
        json_schema!({ "anyOf": [one, each] })
    }
}

impl Read for TemperatureLimit {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::Array(_) => Pair::read(node, reader).map(Self::Range),
            _ => Spanned::read(node, reader).map(Self::High),
        }
    }
}

impl JsonSchema for TemperatureLimit {
    fn schema_name() -> Cow<'static, str> {
        "TemperatureLimit".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Celsius>();
        let range = generator.subschema_for::<Pair<Celsius>>();
        json_schema!({ "anyOf": [one, range] })
    }
}
