//! What other tools can say of how a step ends, and notes of all of a plan that they cannot.

use super::{Fate, Note};
use crate::plan::{Demand, EndCondition, Kind, Measure, Plan, Step, Then};
use crate::units::{Amperes, Volts, format_duration};
use std::time::Duration;

/// How a step is called in what is told of it.
pub(super) fn key(step: &Step) -> String {
    match &step.name {
        Some(name) => format!("step.{name}"),
        None => format!("step {} ({})", step.id, step.kind.word()),
    }
}

/// The ends of a step that other tools know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    pub(super) voltage: Option<Volts>,
    pub(super) current: Option<Amperes>,
    pub(super) time: Option<Duration>,
}

/// Finds the ends of a step; each end that is none of them is told of.
pub(super) fn of(step: &Step, notes: &mut Vec<Note>) -> Ends {
    let mut told = |what: String| notes.push(Note::new(Fate::NotCarried, key(step), what));
    let mut ends = Ends::default();
    if let Some(at_most) = step.kind.at_most() {
        ends.time = Some(at_most.time);
        if at_most.then != Then::Next {
            told(format!(
                "after {} the next step follows there, not {}",
                format_duration(at_most.time),
                at_most.then
            ));
        }
    }
    for condition in step.kind.until() {
        if condition.then != Then::Next {
            told(format!("after `{condition}` the next step follows there, not {}", condition.then));
        }
        if let Some(time) = time_of_charge(step, condition) {
            ends.time = Some(ends.time.map_or(time, |bound| bound.min(time)));
            told(format!("`{condition}` is said as the time that it takes, {}", format_duration(time)));
        } else if !take(&mut ends, condition) {
            told(format!("`{condition}` cannot be said there; the step ends by what else ends it"));
        }
    }
    if step.hi_res {
        told("hi_res is of this hardware".to_owned());
    }
    ends
}

/// The time after which a constant current has passed the charge that a condition asks for.
fn time_of_charge(step: &Step, condition: &EndCondition) -> Option<Duration> {
    let (Kind::Charge(drive) | Kind::Discharge(drive)) = &step.kind else { return None };
    match (drive.demand, drive.hold, condition.plain()?) {
        (Demand::Current(current), None, (Measure::Charge, _, coulombs)) => {
            Duration::try_from_secs_f64((coulombs / current.0 * 1e3).round() / 1e3).ok()
        }
        _ => None,
    }
}

/// Takes a condition in; false where it is another kind, or one like it was there.
fn take(ends: &mut Ends, condition: &EndCondition) -> bool {
    match condition.plain() {
        Some((Measure::Voltage, _, volts)) if ends.voltage.is_none() => ends.voltage = Some(Volts(volts)),
        Some((Measure::Current, comparison, amperes))
            if !comparison.is_upward() && ends.current.is_none() =>
        {
            ends.current = Some(Amperes(amperes));
        }
        Some((Measure::Time, _, seconds)) => {
            let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            ends.time = Some(ends.time.map_or(time, |bound| bound.min(time)));
        }
        _ => return false,
    }
    true
}

/// Notes of what belongs to all of a plan and no other tool here can say.
pub(super) fn of_plan(plan: &Plan, notes: &mut Vec<Note>) {
    let mut told = |key: &str, what: &str| notes.push(Note::new(Fate::NotCarried, key, what));
    told("cell.chemistry", "is not said there");
    told("recipe.description", "is not said there, and neither are the names of steps and titles of groups");
    told("limits.temperature", "temperatures are not fenced there");
    if plan.record().temperature_change.is_some() {
        told("record.on_change.temperature", "is not said there");
    }
    if plan.record().impedance_every.is_some() {
        told("record.impedance_every", "impedances inside of other steps are not said there");
    }
    if !plan.acceptance().criteria.is_empty() {
        told("accept", "criteria are not said there");
    }
    if !plan.acceptance().grades.is_empty() {
        told("grade", "grades are not said there");
    }
    if plan.hooks().is_some() {
        told("hooks", "code that is called in a run is not carried over");
    }
    if !plan.params().is_empty() {
        told("params", "parameters stand there as the values that they have now");
    }
}
