//! Weighing a claim: whether it holds, with the values that went into it in words.

use crate::event::CriterionResult;
use crate::plan::{EndCondition, Fact, Formula, ResultClaim};
use crate::units::Scalar;
use crate::verdict::Outcome;
use std::collections::BTreeMap;

/// What stands for a value that there is none of.
const UNKNOWN: &str = "unknown";

/// So many more digits may a value be shown with, so that it is seen to stand on its side of the other.
const MORE_DIGITS: usize = 6;

/// Whether a claim holds, that is written so under this name, and what went into it.
pub(super) fn weigh(
    name: &str,
    text: &str,
    claim: &ResultClaim,
    known: &dyn Fn(&Fact) -> Option<f64>,
) -> CriterionResult {
    let outcome = match claim.holds(&|condition: &EndCondition| condition.outcome(known)) {
        Some(true) => Outcome::Pass,
        Some(false) => Outcome::Fail,
        None => Outcome::Incomplete,
    };
    let mut values = BTreeMap::new();
    for fact in claim.comparisons().into_iter().flat_map(EndCondition::facts) {
        let value = known(fact).map(|value| Scalar { value, dimension: fact.dimension() }.rounded(0));
        values.insert(fact.to_string(), value.unwrap_or_else(|| UNKNOWN.to_owned()));
    }
    CriterionResult {
        criterion: name.to_owned(),
        outcome,
        that: text.to_owned(),
        shown: shown(claim, known),
        values,
    }
}

/// A claim with values in the place of names: `2.4920 Ah >= 2.4 Ah`.
pub fn shown(claim: &ResultClaim, known: &dyn Fn(&Fact) -> Option<f64>) -> String {
    claim.words(&|condition| {
        let (left, right) = (condition.left(), condition.right());
        let pair = left.value(known).zip(right.value(known));
        let holds = condition.outcome(known);
        // So many digits that what is shown says the same as what was compared.
        let more = (0..MORE_DIGITS).find(|more| {
            pair.is_none_or(|(one, other)| {
                let as_shown = |formula: &Formula, value| match formula.constant() {
                    Some(_) => value,
                    None => Scalar { value, dimension: formula.dimension() }.rounded_value(*more),
                };
                Some(condition.comparison().holds(as_shown(left, one), as_shown(right, other))) == holds
            })
        });
        let side = |formula: &Formula| match (formula.constant(), formula.value(known)) {
            (Some(number), _) => number.to_string(),
            (None, Some(value)) => {
                Scalar { value, dimension: formula.dimension() }.rounded(more.unwrap_or(MORE_DIGITS))
            }
            (None, None) => UNKNOWN.to_owned(),
        };
        format!("{} {} {}", side(left), condition.comparison(), side(right))
    })
}
