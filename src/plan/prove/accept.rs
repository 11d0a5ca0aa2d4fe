//! The proof of criteria and grades: each compares like with like, of results that there are, and can both
//! hold and not hold.

use super::header::prove_name;
use super::result::Scope;
use super::{LONGEST_STEP, Proof};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::expression::{Claim, Comparing, Comparison};
use crate::plan::{
    Acceptance, CellMetric, Criterion, CycleMetric, Drive, EndCondition, Fact, Formula, Grade, Interval,
    Kind, Measure, Recording, Reference, Repeat, ResultClaim, Statistic, Step, StepMetric, Then,
};
use crate::recipe::{ClaimText, GradeText, Recipe};
use crate::units::{Dimension, Scalar};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// So many grades may a recipe have.
const MOST_GRADES: usize = 64;
/// A cell that holds more than this many times its nominal capacity is another cell.
const MOST_OF_NOMINAL: f64 = 2.0;
/// So far beyond a voltage limit may a reading be before the limit has stopped the cell.
const VOLTAGE_SLACK: f64 = 0.02;
/// So much warmer than its limit may a cell become after its current has ended.
const TEMPERATURE_SLACK: f64 = 10.0;
/// No cell that is tested is colder, in degrees Celsius.
const COLDEST: f64 = -60.0;

/// A comparison with its place.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) condition: EndCondition,
    at: Range<usize>,
}

/// What is known of the steps of a plan, for ranges of their results.
#[derive(Default)]
struct Steps {
    longest: BTreeMap<u32, f64>,
}

impl Proof<'_> {
    /// The criteria and grades of a recipe whose steps are these.
    pub(super) fn acceptance(&mut self, recipe: &Recipe, steps: Option<&[Step]>) -> Option<Acceptance> {
        let before = self.problems.len();
        self.scope = Scope::Run;
        // After the last step.
        self.path = vec![usize::MAX];
        self.in_repeat = false;
        self.most_cycles = steps.filter(|_| !self.backward).map(|steps| count_cycles(steps, 1));
        let record = self.plan_record;
        self.measured = steps.map(|steps| measured(steps, &record));
        let accept = recipe.text.accept.get();
        self.reference = self.read_reference(recipe);
        let known = Steps::of(steps.unwrap_or_default());
        let mut acceptance = Acceptance::default();
        for (name, text) in accept.map(|accept| accept.criteria.as_slice()).unwrap_or_default() {
            if let Err(problem) = prove_name(name) {
                self.report(problem);
            }
            let Some(text) = text.get() else { continue };
            let about = text.about.get().map(|about| about.value.clone()).unwrap_or_default();
            if let Some(that) = self.claim(&text.that, &known) {
                let (name, text) = (name.value.clone(), text.that.text.trim().to_owned());
                acceptance.criteria.push(Criterion { name, that, text, about });
            }
        }
        let grades = recipe.text.grade.get().map(Vec::as_slice).unwrap_or_default();
        acceptance.grades = self.grades(grades, &known);
        let reference = std::mem::take(&mut self.reference);
        acceptance.reference = reference.into_option();
        let whole = self.problems.len() == before
            && !matches!(recipe.text.accept, Field::Broken)
            && !matches!(recipe.text.grade, Field::Broken);
        whole.then_some(acceptance)
    }

    fn read_reference(&mut self, recipe: &Recipe) -> Field<Reference> {
        let named = recipe.text.accept.get().map(|accept| &accept.reference);
        let Some(source) = &recipe.reference else {
            let absent = named.is_none_or(Field::is_absent);
            return if absent { Field::Absent } else { Field::Broken };
        };
        match Reference::parse(&source.text) {
            Ok(reference) => Field::Present(reference),
            Err(error) => {
                let hint = "name the summary.json of a run";
                let message = format!("this is not the summary of a run: {error}");
                let problem = match named.and_then(Field::get) {
                    Some(Spanned { span, .. }) => {
                        Problem::new("bad-file", span.clone(), message, "this file")
                    }
                    None => Problem::new("bad-file", 0..0, message, "this file").within(source),
                };
                self.report(problem.hint(hint));
                Field::Broken
            }
        }
    }

    fn grades(&mut self, texts: &[GradeText], known: &Steps) -> Vec<Grade> {
        let (mut grades, mut names) = (Vec::new(), BTreeSet::new());
        if let Some(text) = texts.get(MOST_GRADES) {
            let message = format!("a recipe has at most {MOST_GRADES} grades");
            let problem = Problem::new("too-large", text.span.clone(), message, "one more");
            self.report(problem.hint("sort into fewer bins"));
        }
        for (index, text) in texts.iter().take(MOST_GRADES).enumerate() {
            let Some(name) = text.name.get() else { continue };
            if let Err(problem) = prove_name(name) {
                self.report(problem);
            } else if !names.insert(name.value.as_str()) {
                let message = format!("two grades are called `{}`", name.value);
                self.report(
                    Problem::new("duplicate-name", name.span.clone(), message, "the second one")
                        .hint("give each grade a name of its own"),
                );
            }
            if text.when.is_absent() && index + 1 < texts.len() {
                self.report(
                    Problem::new(
                        "unreachable-grade",
                        text.span.clone(),
                        format!("`{}` takes every cell, so no cell comes to the grades below it", name.value),
                        "no `when` in here",
                    )
                    .hint("say which cells it takes, or make it the last one"),
                );
            }
            let when = text.when.get().map(|when| self.claim(when, known));
            let reject = text.reject.get() == Some(&true);
            if let Some(when) = when.map_or(Some(None), |when| when.map(Some)) {
                grades.push(Grade { name: name.value.clone(), when, reject });
            }
        }
        grades
    }

    /// A claim of a criterion or a grade, proved.
    fn claim(&mut self, text: &ClaimText, known: &Steps) -> Option<ResultClaim> {
        let placed = self.comparisons(text)?;
        let before = self.problems.len();
        self.can_hold(&placed, known);
        (self.problems.len() == before).then(|| placed.map(&mut |placed| placed.condition))
    }

    /// Every comparison of a claim, with its place: like with like, and of results.
    pub(super) fn comparisons(&mut self, text: &ClaimText) -> Option<Claim<Placed>> {
        text.claim.clone().try_map(&mut |comparing| self.comparison(&comparing))
    }

    fn comparison(&mut self, text: &Comparing) -> Option<Placed> {
        let (left, right) = (self.formula(&text.left), self.formula(&text.right));
        let (left, right) = (left?, right?);
        let dimensions = (left.dimension(), right.dimension());
        let at = text.left.at.start..text.right.at.end;
        let same = left == right;
        let Some(condition) = EndCondition::new(left, text.comparison, right, Then::Next) else {
            self.report(super::condition::unlike_sides(&text.left, &text.right, dimensions));
            return None;
        };
        let of_now = |fact: &Fact| matches!(fact, Fact::Now(_) | Fact::Rate(_) | Fact::Slope(_));
        if condition.facts().any(of_now) {
            self.report(
                Problem::new(
                    "no-reading",
                    at,
                    "when a cell is done, only results are known",
                    "nothing to compare",
                )
                .hint("compare results, such as step.NAME.charge, cycle.1.capacity or cell.capacity, with a value"),
            );
            return None;
        }
        if same || condition.facts().next().is_none() {
            let always = condition.outcome(&|_| Some(0.0)).unwrap_or(same);
            let word = if always { "true" } else { "false" };
            self.report(
                Problem::new(
                    "constant-criterion",
                    at,
                    format!("this is always {word}, whatever is measured"),
                    "no result decides it",
                )
                .hint("compare a result, such as step.NAME.charge or cell.capacity, with a value"),
            );
            return None;
        }
        Some(Placed { condition, at })
    }

    /// Refuses what can never be true.
    fn can_hold(&mut self, claim: &Claim<Placed>, known: &Steps) {
        match claim {
            Claim::Compare(placed) => self.can_be(placed, known),
            Claim::Any(claims) => claims.iter().for_each(|claim| self.can_hold(claim, known)),
            Claim::All(claims) => {
                claims.iter().for_each(|claim| self.can_hold(claim, known));
                self.agree(claims);
            }
            // What is never true makes its contrary always true, which `not` is seldom meant for; but the
            // claim can hold.
            Claim::Not(_) => {}
        }
    }

    fn can_be(&mut self, placed: &Placed, known: &Steps) {
        let condition = &placed.condition;
        let of = |fact: &Fact| self.range_of(fact, known);
        let (left, right) = (condition.left().range(&of), condition.right().range(&of));
        if left.can_be(condition.comparison(), right) {
            return;
        }
        let told: Vec<String> = [(condition.left(), left), (condition.right(), right)]
            .into_iter()
            .filter(|(formula, _)| formula.constant().is_none())
            .map(|(formula, range)| format!("{formula} is {}", in_words(range, formula.dimension())))
            .collect();
        let message = format!("this can never be true: {}", told.join(", and "));
        self.report(
            Problem::new("never-true", placed.at.clone(), message, "never true")
                .hint("compare with a value that the limits, the cell and the steps of the recipe allow"),
        );
    }

    /// Refuses bounds of one result that leave nothing between them.
    fn agree(&mut self, claims: &[Claim<Placed>]) {
        let mut bounds: Vec<(&Placed, &Formula, Comparison, f64)> = Vec::new();
        let mut rest: Vec<&Claim<Placed>> = claims.iter().rev().collect();
        while let Some(one) = rest.pop() {
            match one {
                Claim::All(claims) => rest.extend(claims.iter().rev()),
                Claim::Compare(placed) => bounds.extend(bound(placed)),
                Claim::Any(_) | Claim::Not(_) => {}
            }
        }
        for (index, (placed, formula, comparison, value)) in bounds.iter().enumerate() {
            let contrary = bounds.iter().take(index).find(|(_, other, opposite, limit)| {
                let (low, high) = if comparison.is_upward() { (value, limit) } else { (limit, value) };
                let both = [comparison, opposite];
                let touch =
                    both.iter().all(|it| matches!(it, Comparison::LessOrEqual | Comparison::GreaterOrEqual));
                other == formula
                    && comparison.is_upward() != opposite.is_upward()
                    && (low > high || (low == high && !touch))
            });
            if let Some((first, ..)) = contrary {
                let message =
                    format!("this contradicts `{}`, so both together are never true", first.condition);
                let problem = Problem::new("never-true", placed.at.clone(), message, "never true beside it");
                self.report(problem.hint("turn one of the comparisons round, or join them by `or`"));
            }
        }
    }

    /// From where to where a fact can lie.
    fn range_of(&self, fact: &Fact, known: &Steps) -> Interval {
        match fact {
            Fact::Step { id, metric, .. } => self.step_range(*id, *metric, known),
            // A difference of two means.
            Fact::Cycle(_, CycleMetric::VoltageHysteresis) => Interval::ALL,
            Fact::Cycle(_, metric) => self.range_by(metric.dimension(), true),
            Fact::Cell(CellMetric::Capacity | CellMetric::Energy) => self.range_by(fact.dimension(), false),
            Fact::Cell(CellMetric::Efficiency | CellMetric::EnergyEfficiency | CellMetric::Cycles) => {
                Interval::POSITIVE
            }
            // As the cell came, or rests: no limit is watched there.
            Fact::Cell(CellMetric::VoltageStart | CellMetric::VoltageEnd | CellMetric::Ocv) => {
                Interval { low: 0.0, high: 5.0 }
            }
            Fact::Cell(metric) => self.range_by(metric.dimension(), true),
            Fact::Across(Statistic::Rank, _) => Interval { low: 1.0, high: f64::INFINITY },
            Fact::Across(Statistic::Spread | Statistic::Stddev, _) => Interval::POSITIVE,
            Fact::Across(_, formula) => formula.range(&|fact| self.range_of(fact, known)),
            Fact::Reference(..) | Fact::Now(_) | Fact::Rate(_) | Fact::Slope(_) => Interval::ALL,
        }
    }

    fn step_range(&self, id: u32, metric: StepMetric, known: &Steps) -> Interval {
        match (metric, known.longest.get(&id)) {
            (StepMetric::Time, Some(seconds)) => Interval { low: 0.0, high: *seconds },
            // What went in and out is no more than the cell holds; each by itself may be.
            (StepMetric::Charge | StepMetric::Energy, _) => self.range_by(metric.dimension(), false),
            _ => self.range_by(metric.dimension(), true),
        }
    }

    /// From where to where a result of a kind can lie; `sums` may be of several steps.
    fn range_by(&self, dimension: Dimension, sums: bool) -> Interval {
        let (Some(cell), Some(limits)) = (&self.cell, &self.limits) else { return Interval::ALL };
        let most = cell.capacity.0 * MOST_OF_NOMINAL;
        let to = |high: f64| Interval { low: 0.0, high };
        match dimension {
            Dimension::VOLTAGE => Interval {
                low: limits.voltage_low.0 - VOLTAGE_SLACK,
                high: limits.voltage_high.0 + VOLTAGE_SLACK,
            },
            Dimension::CURRENT => to(limits.current_charge.0.max(limits.current_discharge.0)),
            Dimension::TEMPERATURE => Interval {
                low: COLDEST,
                high: limits.temperature_charge.0.max(limits.temperature_discharge.0) + TEMPERATURE_SLACK,
            },
            Dimension::CHARGE if !sums => to(most),
            Dimension::ENERGY if !sums => to(most * limits.voltage_high.0),
            Dimension::TIME if !sums => to(LONGEST_STEP.as_secs_f64()),
            Dimension::CHARGE | Dimension::ENERGY | Dimension::TIME | Dimension::RESISTANCE => {
                Interval::POSITIVE
            }
            _ => Interval::ALL,
        }
    }
}

/// A comparison of something with a number, the number on the right.
fn bound(placed: &Placed) -> Option<(&Placed, &Formula, Comparison, f64)> {
    let condition = &placed.condition;
    match (condition.left().constant(), condition.right().constant()) {
        (None, Some(value)) => Some((placed, condition.left(), condition.comparison(), value.value)),
        (Some(value), None) => {
            Some((placed, condition.right(), condition.comparison().turned(), value.value))
        }
        _ => None,
    }
}

fn in_words(range: Interval, dimension: Dimension) -> String {
    let value = |value| Scalar { value, dimension }.to_string();
    match (range.low.is_finite(), range.high.is_finite()) {
        (true, true) => format!("from {} to {}", value(range.low), value(range.high)),
        (true, false) => format!("at least {}", value(range.low)),
        (false, true) => format!("at most {}", value(range.high)),
        (false, false) => "any number".to_owned(),
    }
}

impl Steps {
    fn of(steps: &[Step]) -> Self {
        let (mut known, mut rest) = (Self::default(), steps.iter().collect::<Vec<_>>());
        while let Some(step) = rest.pop() {
            rest.extend(step.kind.steps().into_iter().flatten());
            let longest = match &step.kind {
                Kind::Rest { duration, .. } => Some(*duration),
                kind => kind.at_most().map(|at_most| at_most.time),
            };
            // A step ends with the first reading at or after its time, and then it is switched off.
            known.longest.extend(longest.map(|longest| (step.id, longest.as_secs_f64() + 60.0)));
        }
        known
    }
}

/// How many cycles there are at most.
fn count_cycles(steps: &[Step], times: u64) -> u64 {
    let of = |step: &Step| match &step.kind {
        Kind::Repeat(Repeat { counts_cycles: true, times: passes, .. }) => {
            times.saturating_mul((*passes).into())
        }
        Kind::Repeat(Repeat { times: passes, steps, .. }) => {
            count_cycles(steps, times.saturating_mul((*passes).into()))
        }
        Kind::Group { steps, .. } => count_cycles(steps, times),
        _ => 0,
    };
    steps.iter().map(of).fold(0, u64::saturating_add)
}

/// What of the whole cell these steps can measure.
fn measured(steps: &[Step], record: &Recording) -> BTreeSet<CellMetric> {
    let (mut found, mut rest) = (BTreeSet::new(), steps.iter().collect::<Vec<_>>());
    if record.impedance_every.is_some() {
        found.insert(CellMetric::Impedance);
    }
    while let Some(step) = rest.pop() {
        rest.extend(step.kind.steps().into_iter().flatten());
        if step.record.is_some_and(|record| record.impedance_every.is_some()) {
            found.insert(CellMetric::Impedance);
        }
        let by_voltage = |drive: &Drive| drive.until.iter().any(|it| it.watches(&[Measure::Voltage]));
        match &step.kind {
            Kind::Impedance { .. } => drop(found.insert(CellMetric::Impedance)),
            Kind::Rest { .. } | Kind::Wait(_) => drop(found.insert(CellMetric::Ocv)),
            Kind::Resistance(_) => drop(found.insert(CellMetric::Resistance)),
            Kind::Discharge(drive) if by_voltage(drive) || drive.hold.is_some() => {
                found.extend([
                    CellMetric::Capacity,
                    CellMetric::Energy,
                    CellMetric::Efficiency,
                    CellMetric::EnergyEfficiency,
                    CellMetric::Fade,
                ]);
            }
            _ => {}
        }
    }
    found
}
