//! The proof of the limits: inside the envelope, the right way round, able to trip.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::plan::envelope::{HIGHEST_CURRENT_LIMIT, envelope};
use crate::plan::{CellKind, Limits};
use crate::recipe::{CurrentLimits, LimitText, Recipe, TemperatureLimit};
use crate::units::{Amperes, Celsius, CurrentSpec};
use std::fmt::Display;

/// The limits of a recipe: the envelope of the chemistry, tightened by each file that it extends, the
/// farthest first, and by itself.
pub(super) fn prove_all(recipe: &Recipe, cell: &CellKind, problems: &mut Vec<Problem>) -> Option<Limits> {
    let mut limits = Some(envelope(cell.chemistry));
    let mut whose = format!("the envelope of {}", cell.chemistry);
    for base in recipe.bases.iter().rev() {
        let mut found = Vec::new();
        let outer = limits.unwrap_or(envelope(cell.chemistry));
        let next = prove(base.text.limits.get(), cell, outer, &whose, &mut found);
        limits = limits.and(next);
        problems.extend(found.into_iter().map(|problem| problem.within(&base.source)));
        if !base.text.limits.is_absent() {
            whose = format!("the limits of {}", base.source.path);
        }
    }
    let outer = limits.unwrap_or(envelope(cell.chemistry));
    limits.and(prove(recipe.text.limits.get(), cell, outer, &whose, problems))
}

/// The limits of one file: where it says nothing, those that it has to stay inside.
fn prove(
    text: Option<&LimitText>,
    cell: &CellKind,
    envelope: Limits,
    whose: &str,
    problems: &mut Vec<Problem>,
) -> Option<Limits> {
    let Some(text) = text else { return Some(envelope) };
    let before = problems.len();
    let mut limits = envelope;
    if let Some(pair) = text.voltage.get() {
        let (low, high) = (envelope.voltage_low, envelope.voltage_high);
        inside(&pair.low, low, high, whose, problems);
        inside(&pair.high, low, high, whose, problems);
        in_order(&pair.low, &pair.high, problems);
        (limits.voltage_low, limits.voltage_high) = (pair.low.value, pair.high.value);
    }
    match text.current.get() {
        Some(CurrentLimits::Both(both)) => {
            let lower = envelope.current_charge.min(envelope.current_discharge);
            let current = current_limit(both, cell, lower, whose, problems);
            (limits.current_charge, limits.current_discharge) = (current, current);
        }
        Some(CurrentLimits::Each(pair)) => {
            if let Some(charge) = pair.charge.get() {
                limits.current_charge = current_limit(charge, cell, envelope.current_charge, whose, problems);
            }
            if let Some(discharge) = pair.discharge.get() {
                limits.current_discharge =
                    current_limit(discharge, cell, envelope.current_discharge, whose, problems);
            }
        }
        None => {}
    }
    if let Some(temperatures) = text.temperature.get() {
        let bounds = (envelope.temperature_charge_low, envelope.temperature_charge);
        (limits.temperature_charge_low, limits.temperature_charge) =
            temperature(&temperatures.charge, bounds, &format!("{whose} in charge"), problems);
        let bounds = (envelope.temperature_discharge_low, envelope.temperature_discharge);
        (limits.temperature_discharge_low, limits.temperature_discharge) =
            temperature(&temperatures.discharge, bounds, &format!("{whose} in discharge"), problems);
    }
    (problems.len() == before).then_some(limits)
}

/// A limit may only tighten the envelope.
fn inside<T: PartialOrd + Copy + Display>(
    limit: &Spanned<T>,
    low: T,
    high: T,
    whose: &str,
    problems: &mut Vec<Problem>,
) {
    if limit.value < low || limit.value > high {
        problems.push(
            Problem::new(
                "outside-envelope",
                limit.span.clone(),
                format!("{} is outside {whose}", limit.value),
                format!("allowed: {low} to {high}"),
            )
            .hint("limits can tighten the envelope but not widen it; check [cell] chemistry too"),
        );
    }
}

fn in_order<T: PartialOrd>(low: &Spanned<T>, high: &Spanned<T>, problems: &mut Vec<Problem>) {
    if low.value >= high.value {
        problems.push(
            Problem::new(
                "inverted-limits",
                low.span.start..high.span.end,
                "the lower limit is not below the upper one",
                "in this order nothing is allowed",
            )
            .hint("write the lower one first: [lowest, highest]"),
        );
    }
}

fn current_limit(
    limit: &Spanned<CurrentSpec>,
    cell: &CellKind,
    highest: Amperes,
    whose: &str,
    problems: &mut Vec<Problem>,
) -> Amperes {
    let current = limit.value.resolve(cell.capacity);
    if current > HIGHEST_CURRENT_LIMIT {
        problems.push(
            Problem::new(
                "blind-limit",
                limit.span.clone(),
                format!("a current limit of {current} cannot trip"),
                format!("at most {HIGHEST_CURRENT_LIMIT}"),
            )
            .hint("the unit's current reading ends at 4.092 A, so a limit there or above is no limit; write \"4.09 A\" or less"),
        );
    } else if current > highest {
        problems.push(
            Problem::new(
                "outside-envelope",
                limit.span.clone(),
                format!("{current} is outside {whose}"),
                format!("allowed: up to {highest}"),
            )
            .hint("what is extended can be tightened but not widened"),
        );
    } else if current <= Amperes(0.0) {
        problems.push(
            Problem::new("bad-limit", limit.span.clone(), "a current limit is above zero", "this limit")
                .hint("limits are magnitudes in both directions; take the steps out to forbid a direction"),
        );
    }
    current
}

fn temperature(
    field: &Field<TemperatureLimit>,
    (low, high): (Celsius, Celsius),
    whose: &str,
    problems: &mut Vec<Problem>,
) -> (Celsius, Celsius) {
    match field.get() {
        None => (low, high),
        Some(TemperatureLimit::High(limit)) => {
            inside(limit, low, high, whose, problems);
            (low, limit.value)
        }
        Some(TemperatureLimit::Range(pair)) => {
            inside(&pair.low, low, high, whose, problems);
            inside(&pair.high, low, high, whose, problems);
            in_order(&pair.low, &pair.high, problems);
            (pair.low.value, pair.high.value)
        }
    }
}
