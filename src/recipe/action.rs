//! What follows the end of a step, and the time that ends one.

use crate::diagnostic::read::{Field, Node, Period, Read, Reader, Spanned};
use crate::diagnostic::{Problem, nearest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use toml::de::DeValue;

/// What follows the end of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The next step.
    Next,
    /// The end of the test: the cell has passed.
    Pass,
    /// The end of the test: the cell has failed.
    Fail,
    /// The step of this name.
    Goto(String),
}

impl Read for Action {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        const WORDS: &str =
            "the words here are \"next\", \"pass\", \"fail\", and \"goto\" with the name of a step";
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "what follows", WORDS);
            return None;
        };
        match text.trim() {
            "next" => return Some(Self::Next),
            "pass" => return Some(Self::Pass),
            "fail" => return Some(Self::Fail),
            other => {
                if let Some(name) = other.strip_prefix("goto ") {
                    return Some(Self::Goto(name.trim().to_owned()));
                }
            }
        }
        let span = reader.part(&node.span(), text, 0..text.len());
        let hint = match nearest(text, ["next", "pass", "fail"]) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => WORDS.to_owned(),
        };
        reader.problems.push(
            Problem::new("unknown-word", span, format!("`{text}` is not known here"), "this word").hint(hint),
        );
        None
    }
}

impl JsonSchema for Action {
    fn schema_name() -> Cow<'static, str> {
        "Action".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "what follows: \"next\", \"pass\", \"fail\", or \"goto\" and the name of a step",
            "pattern": r"^\s*(next|pass|fail|goto\s.*)\s*$",
        })
    }
}

/// The time after which a step ends in any case, and what follows then.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeoutText {
    /// The time.
    pub time: Spanned<Period>,
    /// What follows.
    pub then: Field<Spanned<Action>>,
    /// How often a cell may go to another step by it.
    pub times: Field<Spanned<u32>>,
}

crate::shape! {
    /// The time after which a step ends in any case, and what follows then.
    pub struct TimeoutTable {
        /// The time.
        needed time: Spanned<Period>,
        /// What follows: "next", "pass", "fail", or "goto" and the name of a step.
        needed then: Spanned<Action>,
        /// How often a cell may go to the named step by this, in all of its test; needed where it goes back.
        optional times: Spanned<u32>,
    }
}

impl Read for TimeoutText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.get_ref(), DeValue::Table(_)) {
            return Spanned::read(node, reader).map(|time| Self {
                time,
                then: Field::Absent,
                times: Field::Absent,
            });
        }
        let table = TimeoutTable::read(node, reader)?;
        Some(Self { time: table.time.into_option()?, then: table.then, times: table.times })
    }
}

impl JsonSchema for TimeoutText {
    fn schema_name() -> Cow<'static, str> {
        "Timeout".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = generator.subschema_for::<Period>();
        let table = generator.subschema_for::<TimeoutTable>();
        json_schema!({ "anyOf": [time, table] })
    }
}
