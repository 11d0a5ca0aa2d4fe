//! The proof of what a test expects of results: comparisons that are judged when a cell is done.

use super::{Proof, header, limits};
use crate::diagnostic::Problem;
use crate::plan::{EndCondition, Fact, Then, envelope};
use crate::recipe::{Condition, Recipe};
use std::collections::{BTreeMap, BTreeSet};

/// Proves comparisons of results of the steps and cycles of a recipe: `step.capacity.charge > 2.3 Ah`.
///
/// # Errors
/// Every reason why one of them makes no sense, in the order of the text.
pub fn expectations(recipe: &Recipe, conditions: &[Condition]) -> Result<Vec<EndCondition>, Vec<Problem>> {
    // What is wrong with the recipe itself is told by its own proof.
    let mut aside = Vec::new();
    let cell = header::prove_cell(recipe, &mut aside);
    let limits = cell.as_ref().and_then(|cell| limits::prove_all(recipe, cell, &mut aside));
    let fence = limits.or_else(|| cell.as_ref().map(|cell| envelope(cell.chemistry)));
    let mut proof = Proof {
        cell,
        limits: fence,
        params: &recipe.params,
        broken_params: BTreeSet::new(),
        names: BTreeMap::new(),
        // After the last step.
        path: vec![usize::MAX],
        next_id: 1,
        in_repeat: false,
        backward: false,
        jumps: 0,
        jump_times: 0,
        hook_metrics: super::hooks::metrics(recipe, &mut aside),
        hook_targets: BTreeSet::new(),
        record: header::DEFAULT_RECORDING,
        plan_record: header::DEFAULT_RECORDING,
        problems: Vec::new(),
    };
    if let Some(steps) = recipe.text.step.get() {
        proof.collect_names(steps);
    }
    proof.problems.clear();
    let proved: Vec<Option<EndCondition>> =
        conditions.iter().map(|condition| proof.expectation(condition)).collect();
    let mut problems = proof.problems;
    crate::diagnostic::sort(&mut problems);
    match proved.into_iter().collect() {
        Some(proved) if problems.is_empty() => Ok(proved),
        _ => Err(problems),
    }
}

impl Proof<'_> {
    fn expectation(&mut self, when: &Condition) -> Option<EndCondition> {
        let (left, right) = (self.formula(&when.left), self.formula(&when.right));
        let (left, right) = (left?, right?);
        let dimensions = (left.dimension(), right.dimension());
        let Some(condition) = EndCondition::new(left, when.comparison, right, Then::Next) else {
            self.report(
                Problem::new(
                    "wrong-dimension",
                    when.right.at.clone(),
                    format!("{} is compared with {}", dimensions.0, dimensions.1),
                    "this value",
                )
                .hint("both sides have to be of one kind"),
            );
            return None;
        };
        let of_results =
            |fact: &Fact| matches!(fact, Fact::Step { .. } | Fact::Cycle(..) | Fact::Hook { .. });
        if condition.facts().next().is_none() || !condition.facts().all(of_results) {
            self.report(
                Problem::new(
                    "no-reading",
                    when.span.clone(),
                    "when a cell is done, only results are known",
                    "nothing to compare",
                )
                .hint(
                    "compare results, such as step.NAME.charge, cycle.1.capacity or hook.NAME, with a value",
                ),
            );
            return None;
        }
        Some(condition)
    }
}
