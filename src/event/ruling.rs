//! What was made of a cell's results: how a criterion was ruled, and its grade.

use crate::verdict::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a criterion was ruled for a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionResult {
    /// The name of the criterion in the recipe.
    pub criterion: String,
    /// Whether it held: incomplete where a value is missing that it needs.
    pub outcome: Outcome,
    /// What has to hold, in the words of recipes.
    pub that: String,
    /// The same with values in the place of names: `2.4920 Ah >= 2.4 Ah`.
    pub shown: String,
    /// The values that went into it, each with its unit under its name; `unknown` where there is none.
    pub values: BTreeMap<String, String>,
}

/// The grade of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Graded {
    /// The name of the grade in the recipe.
    pub grade: String,
    /// The place of the grade among those of the recipe, from 1.
    pub bin: u32,
    /// Whether a cell of this grade fails.
    pub reject: bool,
    /// What held, with values in the place of names; empty where the grade takes every other cell.
    pub shown: String,
}
