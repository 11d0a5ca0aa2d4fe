//! `[hooks]`: code beside the steps, and what it may use.

use super::Named;
use crate::diagnostic::read::{Node, Read, Reader, Spanned};
use crate::hooks::{self, Script};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::sync::Arc;
use toml::de::DeValue;

crate::shape! {
    /// Code that is called at moments of a run; it may narrow, end or fail, and never widen.
    pub struct HooksText {
        /// A file of rhai code beside the recipe.
        optional file: ScriptFile,
        /// The code itself, in rhai.
        optional code: ScriptText,
        /// The metrics that it defines, each with its unit: { dqdv_peak = "Ah/V" }.
        optional metrics: Named<Spanned<String>>,
        /// The steps that it may go to, each with how often in all of a cell's test: { slow = 3 }.
        optional goto: Named<Spanned<u32>>,
    }
}

/// Code in a recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptText(pub Arc<Script>);

/// Code in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptFile(pub Arc<Script>);

impl Read for ScriptText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "code", "write it in quotes, three of them for several lines");
            return None;
        };
        let span = reader.part(&node.span(), text, 0..text.len());
        let source = Arc::new(reader.source().clone());
        let script = Script { code: text.to_string(), source, span, inline: true };
        good(script, reader).map(Self)
    }
}

impl Read for ScriptFile {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(name) = node.get_ref() else {
            reader.expected(node, "the name of a file", "write it in quotes, such as \"hooks/drop.rhai\"");
            return None;
        };
        let source = reader.open(name, &node.span())?;
        good(Script::file(source), reader).map(Self)
    }
}

fn good(script: Script, reader: &mut Reader<'_>) -> Option<Arc<Script>> {
    match hooks::read(&script) {
        Ok(()) => Some(Arc::new(script)),
        Err(problem) => {
            reader.problems.push(problem);
            None
        }
    }
}

impl JsonSchema for ScriptText {
    fn schema_name() -> Cow<'static, str> {
        "Script".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "rhai code" })
    }
}

impl JsonSchema for ScriptFile {
    fn schema_name() -> Cow<'static, str> {
        "ScriptFile".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "the name of a file of rhai code beside the recipe" })
    }
}
