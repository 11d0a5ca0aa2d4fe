//! The proof: a recipe that makes sense, stays inside the envelope, and ends.

mod accept;
mod condition;
mod drive;
mod expectation;
mod formula;
mod header;
mod hi_res;
mod hooks;
mod impedance;
mod jump;
mod kinds;
mod limits;
mod names;
mod profile;
mod pulse;
mod range;
mod reach;
mod repeat;
mod result;
mod steps;
mod wait;

pub use expectation::expectations;
pub use header::{SHORTEST_EVERY, SHORTEST_IMPEDANCE_EVERY};

use super::{CellKind, Limits, Plan, Recording, envelope};
use crate::diagnostic::read::Field;
use crate::diagnostic::{Problem, Source};
use crate::plan::{CellMetric, Reference};
use crate::recipe::{self, Context, Param, Recipe};
use crate::units::Dimension;
use names::Named;
use result::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The longest that one step may be allowed: 400 days.
pub const LONGEST_STEP: Duration = Duration::from_secs(400 * 86400);
/// How deep repeats may stand in each other.
pub const DEEPEST_REPEAT: usize = 8;
/// How many steps a cell may go through with all loops unrolled.
pub const MOST_STEPS: u64 = 1_000_000;

/// What the proof of steps has at hand.
struct Proof<'r> {
    cell: Option<CellKind>,
    limits: Option<Limits>,
    params: &'r [Param],
    /// Parameters whose own values are broken, which has been reported.
    broken_params: BTreeSet<String>,
    names: BTreeMap<String, Named>,
    /// Where the step under proof stands.
    path: Vec<usize>,
    next_id: u32,
    /// Whether the step under proof is in a repeat.
    in_repeat: bool,
    /// Whether some jump leads back.
    backward: bool,
    jumps: u32,
    /// How often all jumps together may be gone.
    jump_times: u64,
    /// What the metrics of hooks measure; none where that is broken, which has been reported.
    hook_metrics: BTreeMap<String, Option<Dimension>>,
    /// Numbers of steps that hooks may go to.
    hook_targets: BTreeSet<u32>,
    /// When rows are written around the step under proof.
    record: Recording,
    /// When rows are written in most of the plan.
    plan_record: Recording,
    /// What formulas may ask for.
    scope: Scope,
    /// The other run that results are compared with.
    reference: Field<Reference>,
    /// How many cycles there are at most, once that is known.
    most_cycles: Option<u64>,
    /// What of the whole cell the steps can measure, once they are known.
    measured: Option<BTreeSet<CellMetric>>,
    problems: Vec<Problem>,
}

impl Proof<'_> {
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether there are more problems than are told: looking for hints takes time, and a hostile text
    /// could ask for very many.
    fn has_told_enough(&self) -> bool {
        self.problems.len() > crate::diagnostic::MAX_PROBLEMS
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
                recipe.text.span.clone(),
                "this recipe was not read without problems",
                "in here",
            )
            .hint("read it again and mend what is told"),
        );
    }
    crate::diagnostic::sort(&mut problems);
    Err(problems)
}

/// Reads and proves a recipe that stands alone, and tells the problems of both at once.
///
/// # Errors
/// Every problem of shape or meaning, in the order of the text.
pub fn check(source: &Source) -> Result<Plan, Vec<Problem>> {
    check_with(source, &Context::ALONE)
}

/// Reads and proves a recipe with the files that it names and what is set from outside, and tells the
/// problems of both at once.
///
/// # Errors
/// Every problem of shape or meaning, in the order of the text.
pub fn check_with(source: &Source, context: &Context<'_>) -> Result<Plan, Vec<Problem>> {
    let (recipe, mut problems) = recipe::read_what_is_good(source, context);
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
    let text = &recipe.text;
    let header = text.recipe.get().and_then(|text| header::prove(text, &mut problems));
    let on_interrupt = header::on_interrupt(text.recipe.get());
    let cell = header::prove_cell(recipe, &mut problems);
    let limits = cell.as_ref().and_then(|cell| limits::prove_all(recipe, cell, &mut problems));
    // Steps are checked against the envelope where the limits are bad: it is wider, so it finds
    // nothing that is not there.
    let fence = limits.or_else(|| cell.as_ref().map(|cell| envelope(cell.chemistry)));
    let record = header::prove_records(recipe, &mut problems);
    let hook_metrics = hooks::metrics(recipe, &mut problems);
    let mut proof = Proof {
        cell,
        limits: fence,
        params: &recipe.params,
        broken_params: header::broken_params(recipe),
        names: BTreeMap::new(),
        path: Vec::new(),
        next_id: 1,
        in_repeat: false,
        backward: false,
        jumps: 0,
        jump_times: 0,
        hook_metrics,
        hook_targets: BTreeSet::new(),
        record: record.unwrap_or(header::DEFAULT_RECORDING),
        plan_record: record.unwrap_or(header::DEFAULT_RECORDING),
        scope: Scope::Step,
        reference: Field::Absent,
        most_cycles: None,
        measured: None,
        problems,
    };
    if let Some(every) = text.record.get().and_then(|record| record.impedance_every.get()) {
        proof.has_sine(&every.span);
    }
    if let Some(steps) = text.step.get() {
        proof.collect_names(steps);
    }
    // Before the steps: their conditions may ask for metrics, and hooks may lead back to them.
    let hooks = proof.hooks(recipe);
    let steps = text.step.get().and_then(|steps| proof.steps(steps, &text.span, 0));
    if let (Some(texts), Some(steps)) = (text.step.get(), &steps) {
        proof.count(texts, steps);
        proof.unreachable_steps(texts, steps);
        proof.cycles_are_counted(texts, steps);
    }
    let acceptance = proof.acceptance(recipe, steps.as_deref());
    let Proof { cell, problems, jumps, .. } = proof;
    let params = recipe.params.iter().map(|param| (param.name.clone(), param.value.to_string())).collect();
    let plan = (|| {
        let (name, description) = header?;
        let (cell, limits, record, steps, acceptance, hooks) =
            (cell?, limits?, record?, steps?, acceptance?, hooks?);
        Some(Plan {
            name,
            description,
            on_interrupt,
            cell,
            limits,
            record,
            params,
            steps,
            acceptance,
            hooks,
            jumps,
            files: recipe.files.clone(),
        })
    })();
    (plan, problems)
}
