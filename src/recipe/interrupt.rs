//! What becomes of the step of a cell that was interrupted: by a reset, a lost link, the end of the program.

use crate::diagnostic::read::{Node, Read, Reader, Word};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// What follows an interruption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnInterrupt {
    /// The step goes on by the law of its kind: a rest finishes its time, a charge is entered again, an
    /// impedance is repeated. What is entered again is no measurement of the whole.
    #[default]
    Resume,
    /// The step is entered again as if for the first time.
    RestartStep,
    /// The cycle begins again, or the whole plan where the step is in none, so that all of it is measured.
    RestartCycle,
    /// The cell's test ends.
    Fail,
}

impl OnInterrupt {
    /// The word for it in recipes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::RestartStep => "restart-step",
            Self::RestartCycle => "restart-cycle",
            Self::Fail => "fail",
        }
    }
}

impl Word for OnInterrupt {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("resume", Self::Resume),
        ("restart-step", Self::RestartStep),
        ("restart-cycle", Self::RestartCycle),
        ("fail", Self::Fail),
    ];
    const OTHER_NAMES: &'static [(&'static str, &'static str)] = &[
        ("continue", "resume"),
        ("repeat-step", "restart-step"),
        ("restart", "restart-cycle"),
        ("stop", "fail"),
    ];
}

impl fmt::Display for OnInterrupt {
    /// Prints it as a recipe has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Read for OnInterrupt {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        Self::read_word(node, reader)
    }
}

impl JsonSchema for OnInterrupt {
    fn schema_name() -> Cow<'static, str> {
        "OnInterrupt".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}
