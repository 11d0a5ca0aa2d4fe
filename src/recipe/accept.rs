//! `[accept]` and `[[grade]]`: what a cell has to come to, as a recipe writes it.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Node, Read, Reader, Spanned};
use crate::expression::{Claim, Comparing, parse_claim};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::Range;
use toml::de::DeValue;

/// So many criteria may a recipe have, and so many grades.
const MOST: usize = 256;

/// The key in `[accept]` that is no criterion.
const REFERENCE: &str = "reference";

/// What is claimed of results: comparisons joined by `and`, `or`, `not`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimText {
    /// The comparisons, each with its place in the file.
    pub claim: Claim<Comparing>,
    /// As it is written.
    pub text: String,
    /// Where the whole of it stands.
    pub span: Range<usize>,
}

/// `[accept]`: what makes the verdict, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AcceptText {
    /// The criteria, each under its name.
    pub criteria: Vec<(Spanned<String>, Field<CriterionText>)>,
    /// The summary of another run to compare with, a file beside the recipe.
    pub reference: Field<Spanned<String>>,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionText {
    /// What has to hold.
    pub that: ClaimText,
    /// What it is for.
    pub about: Field<Spanned<String>>,
}

crate::shape! {
    /// A criterion with what it is for.
    pub struct CriterionTable {
        /// What has to hold: "step.capacity.charge >= 2.4 Ah".
        needed that: ClaimText,
        /// What it is for, one line for people.
        optional about: Spanned<String>,
    }
}

crate::shape! {
    /// A bin that cells are sorted into; the first one whose claim holds is the grade of a cell.
    pub struct GradeText {
        /// The name of the grade: 1 to 64 letters, digits, '-' and '_'.
        needed name: Spanned<String>,
        /// What has to hold: "cell.capacity >= 2.4 Ah". The last grade may have none: it takes every other cell.
        optional when: ClaimText,
        /// Whether a cell of this grade fails; false if not set.
        optional reject: bool,
    }
}

impl Read for ClaimText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::String(text) = node.get_ref() else {
            let hint = "write it in quotes, such as \"step.capacity.charge >= 2.4 Ah\"";
            reader.expected(node, "a comparison of results", hint);
            return None;
        };
        let span = node.span();
        match parse_claim(text) {
            Ok(claim) => {
                let place = |at: &Range<usize>| reader.part(&span, text, at.clone());
                let claim = claim.map(&mut |it| Comparing {
                    left: it.left.moved(&place),
                    comparison: it.comparison,
                    comparison_at: place(&it.comparison_at),
                    right: it.right.moved(&place),
                });
                Some(Self { claim, text: text.to_string(), span })
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

impl Read for CriterionText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.get_ref(), DeValue::Table(_)) {
            return ClaimText::read(node, reader).map(|that| Self { that, about: Field::Absent });
        }
        let table = CriterionTable::read(node, reader)?;
        Some(Self { that: table.that.into_option()?, about: table.about })
    }
}

impl Read for AcceptText {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let DeValue::Table(table) = node.get_ref() else {
            let hint = "write [accept] and below it such as capacity = \"step.capacity.charge >= 2.4 Ah\"";
            reader.expected(node, "a table", hint);
            return None;
        };
        if table.len() > MOST {
            let message = format!("a recipe has at most {MOST} criteria");
            let hint = "join some of them by `and`";
            reader.problems.push(Problem::new("too-large", node.span(), message, "in here").hint(hint));
            return None;
        }
        if table.is_empty() {
            let hint =
                "write one, such as capacity = \"step.capacity.charge >= 2.4 Ah\", or take [accept] out";
            let problem =
                Problem::new("empty-accept", node.span(), "no criterion stands here", "nothing to judge by");
            reader.problems.push(problem.hint(hint));
            return None;
        }
        let mut accept = Self::default();
        let mut keys: Vec<_> = table.iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            let name = Spanned { value: key.get_ref().to_string(), span: key.span() };
            if name.value == REFERENCE {
                accept.reference = Spanned::read(value, reader).map_or(Field::Broken, Field::Present);
            } else {
                let criterion = CriterionText::read(value, reader).map_or(Field::Broken, Field::Present);
                accept.criteria.push((name, criterion));
            }
        }
        Some(accept)
    }

    fn form(key: &str) -> String {
        format!("[{key}]")
    }
}

impl JsonSchema for ClaimText {
    fn schema_name() -> Cow<'static, str> {
        "Claim".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "comparisons of results, such as \"step.capacity.charge >= 2.4 Ah\" or \"cell.impedance < 60 mohm and rank(cell.capacity) <= 12\"",
            "pattern": r"[^<>=!\s][^<>=!]*[<>]=?[^<>=!]*[^<>=!\s]",
        })
    }
}

impl JsonSchema for CriterionText {
    fn schema_name() -> Cow<'static, str> {
        "Criterion".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let claim = generator.subschema_for::<ClaimText>();
        let table = generator.subschema_for::<CriterionTable>();
        json_schema!({ "anyOf": [claim, table] })
    }
}

impl JsonSchema for AcceptText {
    fn schema_name() -> Cow<'static, str> {
        "Accept".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let criterion = generator.subschema_for::<CriterionText>();
        json_schema!({
            "type": "object",
            "description": "What makes the verdict: named criteria, all of which have to hold for every cell.",
            "properties": {
                "reference": {
                    "type": "string",
                    "description": "The summary.json of another run, a file beside the recipe, that criteria compare with.",
                },
            },
            "additionalProperties": criterion,
            "minProperties": 1,
        })
    }
}
