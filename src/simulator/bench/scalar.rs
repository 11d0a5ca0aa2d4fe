//! Values that only bench files have: differences of temperature, names of chemistries and of lines.

use crate::diagnostic::read::{Node, Read, Reader, Word, read_text};
use crate::recipe::{Chemistry, DECIMAL, number_before};
use crate::simulator::bench::LineKind;

pub(super) use crate::recipe::Percent;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A difference of temperature, written `0.05 degC` or `0.05 K`, which are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kelvins(pub f64);

/// A chemistry by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChemistryName(pub Chemistry);

/// How lines behave, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineName(pub LineKind);

impl Word for LineName {
    const WORDS: &'static [(&'static str, Self)] =
        &[("simple", Self(LineKind::Simple)), ("modelled", Self(LineKind::Modelled))];
}

impl Read for LineName {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_word(node, reader)
    }
}

impl JsonSchema for LineName {
    fn schema_name() -> Cow<'static, str> {
        "Line".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
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
            "pattern": format!(r"{DECIMAL}(degC|°C|K)\s*$"),
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
