//! The proof: a recipe that makes sense, stays inside the envelope, and ends.

mod condition;
mod drive;
mod header;
mod impedance;
mod limits;
mod reach;
mod repeat;
mod steps;

use super::{CellKind, Limits, Plan, envelope};
use crate::diagnostic::{Problem, Source};
use crate::recipe::{self, Recipe};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// The longest that one step may be allowed: 400 days.
pub const LONGEST_STEP: Duration = Duration::from_secs(400 * 86400);
/// How deep repeats may stand in each other.
pub const DEEPEST_REPEAT: usize = 8;
/// How many steps a cell may go through with all loops unrolled.
pub const MOST_STEPS: u64 = 1_000_000;

/// What the proof of steps has at hand.
struct Proof {
    cell: Option<CellKind>,
    limits: Option<Limits>,
    names: BTreeMap<String, Range<usize>>,
    next_id: u32,
    problems: Vec<Problem>,
}

impl Proof {
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Proves a recipe safe, and resolves everything in it.
///
/// # Errors
/// Every reason why it is not safe or makes no sense, in the order of the text.
pub fn prove(recipe: &Recipe) -> Result<Plan, Vec<Problem>> {
    let (plan, mut problems) = examine(recipe);
    if let (Some(plan), true) = (plan, problems.is_empty()) {
        return Ok(plan);
    }
    if problems.is_empty() {
        problems.push(
            Problem::new(
                "not-read",
                recipe.span.clone(),
                "this recipe was not read without problems",
                "in here",
            )
            .hint("read it again and mend what is told"),
        );
    }
    crate::diagnostic::sort(&mut problems);
    Err(problems)
}

/// Reads and proves a recipe, and tells the problems of both at once.
///
/// # Errors
/// Every problem of shape or meaning, in the order of the text.
pub fn check(source: &Source) -> Result<Plan, Vec<Problem>> {
    let (recipe, mut problems) = recipe::read_what_is_good(source);
    match recipe {
        Some(recipe) if problems.is_empty() => prove(&recipe),
        Some(recipe) => {
            problems.extend(examine(&recipe).1);
            crate::diagnostic::sort(&mut problems);
            Err(problems)
        }
        None => Err(problems),
    }
}

/// Examines all that is there. The plan is whole only if there are no problems, neither here nor
/// from reading.
fn examine(recipe: &Recipe) -> (Option<Plan>, Vec<Problem>) {
    let mut problems = Vec::new();
    let header = recipe.recipe.get().and_then(|text| header::prove(text, &mut problems));
    let cell = recipe.cell.get().and_then(|text| header::prove_cell(text, &mut problems));
    let limits = cell.as_ref().and_then(|cell| limits::prove(recipe.limits.get(), cell, &mut problems));
    // Steps are checked against the envelope where the limits are bad: it is wider, so it finds
    // nothing that is not there.
    let fence = limits.or_else(|| cell.as_ref().map(|cell| envelope(cell.chemistry)));
    let record = header::prove_record(recipe.record.get(), &mut problems);
    let mut proof = Proof { cell, limits: fence, names: BTreeMap::new(), next_id: 1, problems };
    if let Some(every) = recipe.record.get().and_then(|record| record.impedance_every.get()) {
        proof.has_sine(&every.span);
    }
    let steps = recipe.step.get().and_then(|steps| proof.steps(steps, &recipe.span, 0));
    if let (Some(texts), Some(steps)) = (recipe.step.get(), &steps) {
        proof.count(texts, steps);
    }
    let Proof { cell, problems, .. } = proof;
    let plan = (|| {
        let (name, description) = header?;
        Some(Plan { name, description, cell: cell?, limits: limits?, record: record?, steps: steps? })
    })();
    (plan, problems)
}
