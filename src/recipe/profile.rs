//! A profile of current or power over time, from a CSV file beside the recipe.

use crate::diagnostic::read::{Node, Read, Reader, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::sync::Arc;
use toml::de::DeValue;

use crate::diagnostic::Source;
use crate::diagnostic::read::Field;
use std::ops::Range;
use std::time::Duration;

/// What the value column of a profile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileColumn {
    /// Amperes, above zero into the cell.
    Current,
    /// Watts, above zero into the cell.
    Power,
}

/// One row of a profile, with its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileRow {
    /// From when on the value holds, until the time of the next row.
    pub at: Duration,
    /// Amperes or watts.
    pub value: f64,
    /// Where the row's time stands in the file.
    pub at_span: Range<usize>,
    /// Where the row's value stands in the file.
    pub value_span: Range<usize>,
}

/// A profile as its file has it: times rise from zero, and there are at least two rows. The last row
/// tells when the profile ends; its value is not driven.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileTable {
    /// The file.
    pub source: Arc<Source>,
    /// What its values are.
    pub column: ProfileColumn,
    /// Its rows.
    pub rows: Vec<ProfileRow>,
}

/// A file that was named, and what was read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileFile {
    /// The name in the recipe.
    pub name: String,
    /// What is in it.
    pub table: Arc<ProfileTable>,
}

/// A profile as a recipe asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileText {
    /// The file.
    pub file: Spanned<ProfileFile>,
    /// What every value is multiplied with; 1 if nothing is said.
    pub scale: Field<Spanned<f64>>,
    /// How many times the profile is done; once if nothing is said.
    pub times: Field<Spanned<u32>>,
}

crate::shape! {
    /// A profile of current or power over time.
    pub struct ProfileWords {
        /// A CSV file beside the recipe, with a header such as time [s],current [A] or time [s],power [W].
        needed file: Spanned<ProfileFile>,
        /// What every value is multiplied with, such as 0.5.
        optional scale: Spanned<f64>,
        /// How many times the profile is done.
        optional times: Spanned<u32>,
    }
}

impl Read for ProfileText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.get_ref(), DeValue::Table(_)) {
            let words = ProfileWords::read(node, reader)?;
            return Some(Self { file: words.file.into_option()?, scale: words.scale, times: words.times });
        }
        Spanned::read(node, reader).map(|file| Self { file, scale: Field::Absent, times: Field::Absent })
    }
}

impl JsonSchema for ProfileFile {
    fn schema_name() -> Cow<'static, str> {
        "ProfileFile".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "the name of a CSV file beside the recipe" })
    }
}

impl JsonSchema for ProfileText {
    fn schema_name() -> Cow<'static, str> {
        "Profile".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let file = generator.subschema_for::<ProfileFile>();
        let table = generator.subschema_for::<ProfileWords>();
        json_schema!({ "anyOf": [file, table] })
    }
}

impl Read for ProfileFile {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(name) = node.get_ref() else {
            reader.expected(node, "the name of a file", "write it in quotes, such as \"drive.csv\"");
            return None;
        };
        let source = reader.open(name, &node.span())?;
        let table = super::profile_file::read(&source, reader)?;
        Some(Self { name: name.to_string(), table: Arc::new(table) })
    }
}
