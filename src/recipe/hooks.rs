//! `[hooks]`: rhai code beside the steps. This version checks how it is written, and does not run it yet.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Node, Read, Reader};
use rhai::{Engine, ParseError};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

/// How deep expressions may stand in each other, at the top of a script and in its functions.
const DEEPEST: (usize, usize) = (32, 16);

crate::shape! {
    /// Code that is called at moments of a run. This version checks how it is written, and refuses to run it.
    pub struct HooksText {
        /// When the run begins.
        optional run_start: Script,
        /// When the test of a cell begins.
        optional cell_start: Script,
        /// When a step begins.
        optional step_start: Script,
        /// At each sample.
        optional sample: Script,
        /// When a step has ended.
        optional step_end: Script,
        /// When a cycle has ended.
        optional cycle_end: Script,
        /// When the test of a cell has ended.
        optional cell_end: Script,
    }
}

/// Code that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script(pub String);

impl Read for Script {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "code", "write it in quotes, three of them for several lines");
            return None;
        };
        let mut engine = Engine::new_raw();
        engine.set_max_expr_depths(DEEPEST.0, DEEPEST.1);
        match engine.compile(text.as_ref()) {
            Ok(_) => Some(Self(text.to_string())),
            Err(error) => {
                let at = reader.part(&node.span(), text, place(text, &error));
                let ParseError(kind, _) = &error;
                reader.problems.push(
                    Problem::new("bad-hook", at, format!("this is not rhai code: {kind}"), "from here")
                        .hint("the language is told at rhai.rs/book; check brackets, quotes and semicolons before this place"),
                );
                None
            }
        }
    }
}

/// Where in the code an error is: from its character to the end of that line.
fn place(text: &str, error: &ParseError) -> Range<usize> {
    let ParseError(_, position) = error;
    let (Some(line), column) = (position.line(), position.position().unwrap_or(1)) else {
        return 0..text.len();
    };
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let content = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let from = content.char_indices().nth(column.saturating_sub(1)).map_or(content.len(), |(at, _)| at);
    start + from..start + content.len()
}

impl JsonSchema for Script {
    fn schema_name() -> Cow<'static, str> {
        "Script".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "rhai code" })
    }
}
