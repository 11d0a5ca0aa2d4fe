//! The hooks of a plan: a script that was checked, and what it may use.

use super::Jump;
use crate::hooks::{Script, Vocabulary};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Code that is called at moments of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hooks {
    /// The code.
    #[serde(skip)]
    pub script: Arc<Script>,
    /// The names that it may use.
    #[serde(skip)]
    pub words: Arc<Vocabulary>,
    /// The file that it stands in; none where it stands in the recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The metrics that it may define, with their units.
    pub metrics: BTreeMap<String, String>,
    /// The steps that it may go to.
    pub goto: Vec<Jump>,
}

impl Hooks {
    /// The way to a step, if it may be gone.
    pub fn way_to(&self, step: &str) -> Option<&Jump> {
        self.goto.iter().find(|jump| jump.name == step)
    }
}
