//! The proof of criteria and grades: each compares like with like, of results that there are, and can both
//! hold and not hold.

use super::Proof;
use super::header::prove_name;
use super::range::{Steps, in_words};
use super::result::{Scope, count_cycles, measured};
use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::expression::{Claim, Comparing, Comparison};
use crate::plan::{
    Acceptance, Criterion, EndCondition, Fact, Formula, Grade, Reference, ResultClaim, Step, Then,
};
use crate::recipe::{ClaimText, GradeText, Recipe};
use std::collections::BTreeSet;
use std::ops::Range;

/// So many grades may a recipe have.
const MOST_GRADES: usize = 64;

/// A comparison with its place.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) condition: EndCondition,
    at: Range<usize>,
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
