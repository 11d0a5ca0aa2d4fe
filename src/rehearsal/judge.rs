//! Whether a rehearsal came to what was expected.

use super::{CellOutcome, Expected, Outcome};
use crate::diagnostic::{Problem, sort};
use crate::plan::{EndCondition, Fact};
use crate::results::shown;
use crate::units::format_duration;
use std::ops::Range;

/// What stands for no grade in what a test expects.
pub(super) const NO_GRADE: &str = "none";

/// Compares an outcome with what a test expects. Each expectation that does not hold is a problem at
/// its place in the recipe; those that hold give nothing.
pub fn judge(expected: &Expected, outcome: &Outcome) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut differs = |span: &Range<usize>, message: String, label: String| {
        problems.push(Problem::new("not-as-expected", span.clone(), message, label));
    };
    if let Some(verdict) = expected.text.verdict.get() {
        for (key, wanted) in verdict.each() {
            for cell in cells(outcome, key, &wanted.span, &mut differs) {
                if cell.verdict != wanted.value {
                    let message = format!("{} ended as {}: {}", cell.cell, cell.verdict, cell.why);
                    differs(&wanted.span, message, format!("expected {}", wanted.value));
                }
            }
        }
    }
    if let Some(grade) = expected.text.grade.get() {
        for (key, wanted) in grade.each() {
            for cell in cells(outcome, key, &wanted.span, &mut differs) {
                let came = cell.standing.grade.as_ref().map_or(NO_GRADE, |it| it.grade.as_str());
                if came != wanted.value {
                    let message = format!("{} is of grade {came}", cell.cell);
                    differs(&wanted.span, message, format!("expected {}", wanted.value));
                }
            }
        }
    }
    for (step, ends) in expected.text.ends.get().map(|ends| ends.0.as_slice()).unwrap_or_default() {
        let Some(ends) = ends.get() else { continue };
        for (key, wanted) in ends.each() {
            for cell in cells(outcome, key, &wanted.span, &mut differs) {
                for came in ends_of(cell, &step.value, &wanted.value) {
                    let message = format!("{}: step {} {came}", cell.cell, step.value);
                    differs(&wanted.span, message, "expected this end".to_owned());
                }
            }
        }
    }
    for cell in &outcome.cells {
        let took = format!("{} took {}", cell.cell, format_duration(cell.duration));
        if let Some(most) = expected.text.at_most.get().filter(|most| cell.duration > most.value.0) {
            differs(&most.span, took.clone(), "expected no more than this".to_owned());
        }
        if let Some(least) = expected.text.at_least.get().filter(|least| cell.duration < least.value.0) {
            differs(&least.span, took, "expected no less than this".to_owned());
        }
    }
    for (claim, span) in &expected.holds {
        for cell in &outcome.cells {
            let known = |fact: &Fact| cell.findings.known(fact);
            if claim.holds(&|condition: &EndCondition| condition.outcome(&known)) == Some(true) {
                continue;
            }
            let came = format!("{}: this does not hold: {}", cell.cell, shown(claim, &known));
            differs(span, came, "expected to hold".to_owned());
        }
    }
    sort(&mut problems);
    problems
}

/// The cells that an expectation is about; one that is about none is told.
fn cells<'o>(
    outcome: &'o Outcome,
    key: Option<&str>,
    span: &Range<usize>,
    differs: &mut impl FnMut(&Range<usize>, String, String),
) -> Vec<&'o CellOutcome> {
    let is_meant = |cell: &&CellOutcome| {
        key.is_none_or(|key| cell.cell.as_str() == key || cell.place.slot.to_string() == key)
    };
    let found: Vec<_> = outcome.cells.iter().filter(is_meant).collect();
    if found.is_empty() {
        let names: Vec<String> = outcome.cells.iter().map(|cell| cell.cell.to_string()).collect();
        let message = format!("no cell of this test is `{}`", key.unwrap_or_default());
        differs(span, message, format!("the cells are {}", names.join(", ")));
    }
    found
}

/// How a step ended otherwise than wanted, in words.
fn ends_of(cell: &CellOutcome, step: &str, wanted: &str) -> Vec<String> {
    let passes: Vec<_> =
        cell.steps.values().filter(|pass| pass.first.name.as_deref() == Some(step)).collect();
    if passes.is_empty() {
        return vec!["never ended".to_owned()];
    }
    let other = passes.iter().flat_map(|pass| &pass.ends).filter(|((code, detail), _)| {
        *code != wanted && !(*code == "condition" && !wanted.is_empty() && detail.starts_with(wanted))
    });
    other
        .map(|((code, detail), times)| {
            let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
            let times = if *times > 1 { format!(" {times} times") } else { String::new() };
            format!("ended with {code}{detail}{times}")
        })
        .collect()
}
