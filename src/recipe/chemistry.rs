//! The families of cells that a recipe can name.

use crate::diagnostic::read::{Node, Read, Reader, Word};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// A family of cells with an envelope of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chemistry {
    /// Layered oxides against graphite: NMC, NCA, LCO.
    LiIon,
    /// Iron phosphate against graphite.
    Lfp,
}

impl Chemistry {
    /// The voltage to which a cell is usually charged; what hints name.
    pub const fn usual_full(self) -> &'static str {
        match self {
            Self::LiIon => "4.2 V",
            Self::Lfp => "3.6 V",
        }
    }

    /// The voltage to which a cell is usually discharged; what hints name.
    pub const fn usual_empty(self) -> &'static str {
        match self {
            Self::LiIon => "2.8 V",
            Self::Lfp => "2.5 V",
        }
    }
}

impl Word for Chemistry {
    const WORDS: &'static [(&'static str, Self)] = &[("li-ion", Self::LiIon), ("lfp", Self::Lfp)];
    const OTHER_NAMES: &'static [(&'static str, &'static str)] = &[
        ("lifepo4", "lfp"),
        ("lifepo", "lfp"),
        ("nmc", "li-ion"),
        ("nca", "li-ion"),
        ("lco", "li-ion"),
        ("liion", "li-ion"),
        ("lithium-ion", "li-ion"),
    ];
}

impl fmt::Display for Chemistry {
    /// Prints it as a recipe has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LiIon => "li-ion",
            Self::Lfp => "lfp",
        })
    }
}

impl Read for Chemistry {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_word(node, reader)
    }
}

impl JsonSchema for Chemistry {
    fn schema_name() -> Cow<'static, str> {
        "Chemistry".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}
