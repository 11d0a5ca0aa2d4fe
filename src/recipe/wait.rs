//! What a wait waits for.

use super::Ending;
use crate::diagnostic::read::{Node, OneOrMany, Read, Reader};
use crate::diagnostic::{Problem, nearest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

/// What a wait waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum WaitText {
    /// The external supply of the unit.
    Supply,
    /// Any of these conditions.
    Conditions(OneOrMany<Ending>),
}

impl Read for WaitText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match node.get_ref() {
            DeValue::String(text) if text == "supply" => Some(Self::Supply),
            DeValue::String(text) if nearest(text, ["supply"]).is_some() => {
                reader.problems.push(
                    Problem::new(
                        "unknown-word",
                        node.span(),
                        format!("`{text}` is not known here"),
                        "this word",
                    )
                    .hint("did you mean \"supply\"?"),
                );
                None
            }
            _ => OneOrMany::read(node, reader).map(Self::Conditions),
        }
    }
}

impl JsonSchema for WaitText {
    fn schema_name() -> Cow<'static, str> {
        "Wait".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let conditions = generator.subschema_for::<OneOrMany<Ending>>();
        json_schema!({
            "description": "what is waited for: \"supply\", or a condition such as \"temperature < 30 degC\"",
            "anyOf": [{ "const": "supply" }, conditions],
        })
    }
}
