//! The proof of what a test expects of results: claims that are judged when a cell is done.

use super::result::Scope;
use super::{Proof, header, limits};
use crate::diagnostic::Problem;
use crate::diagnostic::read::Field;
use crate::plan::{ResultClaim, envelope};
use crate::recipe::{ClaimText, Recipe};
use std::collections::{BTreeMap, BTreeSet};

/// Proves claims about results of the steps and cycles of a recipe: `step.capacity.charge > 2.3 Ah`.
///
/// # Errors
/// Every reason why one of them makes no sense, in the order of the text.
pub fn expectations(recipe: &Recipe, claims: &[ClaimText]) -> Result<Vec<ResultClaim>, Vec<Problem>> {
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
        scope: Scope::Cell,
        reference: Field::Absent,
        most_cycles: None,
        measured: None,
        problems: Vec::new(),
    };
    if let Some(steps) = recipe.text.step.get() {
        proof.collect_names(steps);
    }
    proof.problems.clear();
    let proved: Vec<Option<ResultClaim>> = claims
        .iter()
        .map(|claim| proof.comparisons(claim).map(|claim| claim.map(&mut |placed| placed.condition)))
        .collect();
    let mut problems = proof.problems;
    crate::diagnostic::sort(&mut problems);
    match proved.into_iter().collect() {
        Some(proved) if problems.is_empty() => Ok(proved),
        _ => Err(problems),
    }
}
