//! The proof of the limits: inside the envelope, the right way round, able to trip.

use crate::diagnostic::Problem;
use crate::diagnostic::read::{Field, Spanned};
use crate::plan::envelope::{HIGHEST_CURRENT_LIMIT, envelope};
use crate::plan::{CellKind, Limits};
use crate::recipe::{CurrentLimits, LimitText, TemperatureLimit};
use crate::units::{Amperes, Celsius, CurrentSpec};
use std::fmt::Display;

/// The limits of a recipe: where it says nothing, those of the envelope.
pub(super) fn prove(
    text: Option<&LimitText>,
    cell: &CellKind,
    problems: &mut Vec<Problem>,
) -> Option<Limits> {
    let envelope = envelope(cell.chemistry);
    let Some(text) = text else { return Some(envelope) };
    let before = problems.len();
    let mut limits = envelope;
    let whose = cell.chemistry.to_string();
    if let Some(pair) = text.voltage.get() {
        let (low, high) = (envelope.voltage_low, envelope.voltage_high);
        inside(&pair.low, low, high, &whose, problems);
        inside(&pair.high, low, high, &whose, problems);
        in_order(&pair.low, &pair.high, problems);
        (limits.voltage_low, limits.voltage_high) = (pair.low.value, pair.high.value);
    }
    match text.current.get() {
        Some(CurrentLimits::Both(both)) => {
            let current = current_limit(both, cell, problems);
            (limits.current_charge, limits.current_discharge) = (current, current);
        }
        Some(CurrentLimits::Each(pair)) => {
            if let Some(charge) = pair.charge.get() {
                limits.current_charge = current_limit(charge, cell, problems);
            }
            if let Some(discharge) = pair.discharge.get() {
                limits.current_discharge = current_limit(discharge, cell, problems);
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
                format!("{} is outside the envelope of {whose}", limit.value),
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

fn current_limit(limit: &Spanned<CurrentSpec>, cell: &CellKind, problems: &mut Vec<Problem>) -> Amperes {
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
