//! A condition that ends a step: `voltage < 2.8 V`, and what follows it.

use super::action::Action;
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Node, Read, Reader, Spanned};
use crate::expression::{Comparing, Comparison, Expression, parse_comparison};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

/// Two expressions compared, each with its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The left one; what is measured.
    pub left: Expression,
    /// On which side of the right one it has to be.
    pub comparison: Comparison,
    /// The right one.
    pub right: Expression,
    /// Where the whole condition stands.
    pub span: Range<usize>,
    /// Where the comparison stands.
    pub comparison_span: Range<usize>,
}

/// A condition that ends a step, with what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The condition.
    pub when: Condition,
    /// What follows; the next step if nothing is said.
    pub then: Field<Spanned<Action>>,
    /// How often a cell may go to another step by it.
    pub times: Field<Spanned<u32>>,
}

crate::shape! {
    /// A condition that ends a step, and what follows.
    pub struct EndingTable {
        /// The condition: "voltage < 2.8 V".
        needed when: Condition,
        /// What follows: "next", "pass", "fail", or "goto" and the name of a step.
        needed then: Spanned<Action>,
        /// How often a cell may go to the named step by this, in all of its test; needed where it goes back.
        optional times: Spanned<u32>,
    }
}

impl Read for Condition {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            reader.expected(node, "a condition", "write it in quotes, such as \"voltage < 2.8 V\"");
            return None;
        };
        let span = node.span();
        match parse_comparison(text) {
            Ok(Comparing { left, comparison, comparison_at, right }) => {
                let place = |at: &Range<usize>| reader.part(&span, text, at.clone());
                let comparison_span = place(&comparison_at);
                let (left, right) = (left.moved(&place), right.moved(&place));
                Some(Self { left, comparison, right, comparison_span, span })
            }
            Err(fault) => {
                let place = reader.part(&span, text, fault.at);
                let problem = Problem::new("bad-condition", place, fault.message, fault.label);
                reader.problems.push(problem.hint(fault.hint));
                None
            }
        }
    }
}

impl Read for Ending {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.get_ref(), DeValue::Table(_)) {
            return Condition::read(node, reader).map(|when| Self {
                when,
                then: Field::Absent,
                times: Field::Absent,
            });
        }
        let table = EndingTable::read(node, reader)?;
        Some(Self { when: table.when.into_option()?, then: table.then, times: table.times })
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "what ends a step, such as \"voltage < 2.8 V\", \"current < C/20\" or \"cycle.capacity < 0.8 * cycle.1.capacity\"",
            "pattern": r"^[^<>=!]*[^<>=!\s][^<>=!]*[<>]=?[^<>=!]*[^<>=!\s][^<>=!]*$",
        })
    }
}

impl JsonSchema for Ending {
    fn schema_name() -> Cow<'static, str> {
        "Ending".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let condition = generator.subschema_for::<Condition>();
        let table = generator.subschema_for::<EndingTable>();
        json_schema!({ "anyOf": [condition, table] })
    }
}
