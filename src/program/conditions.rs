//! Judging the end conditions and the limits of a step on a reading.

use super::reading::{Direction, Reading};
use crate::clock::Instant;
use crate::event::Totals;
use crate::plan::{Comparison, EndCondition, Limits};
use crate::units::Volts;

/// What a condition is judged on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'r> {
    pub(super) reading: &'r Reading,
    pub(super) step_start: Instant,
    /// What passed in this step so far.
    pub(super) passed: Totals,
    /// Whether far less current flows than the driver is set to. A lost supply looks so before the
    /// unit has noticed it; that the current is small then means nothing.
    pub(super) starved: bool,
}

/// Whether a condition is met on a measured value: one damaged packet would do.
pub(super) fn met_by_value(until: &[EndCondition], now: &Situation<'_>) -> bool {
    until.iter().any(|condition| {
        let of_value = matches!(
            condition,
            EndCondition::Voltage(..)
                | EndCondition::Current(..)
                | EndCondition::Power(..)
                | EndCondition::Temperature(..)
        );
        of_value && is_met(condition, now)
    })
}

/// The first condition that is met.
pub(super) fn met<'c>(until: &'c [EndCondition], now: &Situation<'_>) -> Option<&'c EndCondition> {
    until.iter().find(|condition| is_met(condition, now))
}

fn is_met(condition: &EndCondition, now: &Situation<'_>) -> bool {
    let Situation { reading, passed, .. } = now;
    match condition {
        EndCondition::Voltage(side, value) => side.holds(reading.voltage, *value),
        EndCondition::Current(Comparison::Less | Comparison::LessOrEqual, _)
        | EndCondition::Power(Comparison::Less | Comparison::LessOrEqual, _)
            if now.starved =>
        {
            false
        }
        EndCondition::Current(side, value) => side.holds(reading.current, *value),
        EndCondition::Power(side, value) => side.holds(reading.voltage * reading.current, *value),
        EndCondition::Temperature(side, value) => side.holds(reading.temperature, *value),
        EndCondition::Time(side, value) => side.holds(reading.at - now.step_start, *value),
        EndCondition::Charge(side, value) => side.holds((passed.charge_in - passed.charge_out).abs(), *value),
        EndCondition::Energy(side, value) => side.holds((passed.energy_in - passed.energy_out).abs(), *value),
    }
}

/// The condition on voltage that is met before any current flows: driving on in this direction
/// can only carry the voltage further past it.
pub(super) fn met_already(
    until: &[EndCondition],
    direction: Direction,
    voltage: Volts,
) -> Option<&EndCondition> {
    until.iter().find(|condition| match (direction, condition) {
        (
            Direction::Charge,
            EndCondition::Voltage(side @ (Comparison::Greater | Comparison::GreaterOrEqual), value),
        )
        | (
            Direction::Discharge,
            EndCondition::Voltage(side @ (Comparison::Less | Comparison::LessOrEqual), value),
        ) => side.holds(voltage, *value),
        _ => false,
    })
}

/// The condition on voltage that a unit's own voltage limit has met: the recipe asked for an end
/// at the limit or inside it, and the unit, which looks more often, was the first to see it.
pub(super) fn met_by_limit<'c>(
    until: &'c [EndCondition],
    direction: Direction,
    limits: &Limits,
) -> Option<&'c EndCondition> {
    until.iter().find(|condition| match (direction, condition) {
        (
            Direction::Charge,
            EndCondition::Voltage(Comparison::Greater | Comparison::GreaterOrEqual, value),
        ) => *value <= limits.voltage_high,
        (Direction::Discharge, EndCondition::Voltage(Comparison::Less | Comparison::LessOrEqual, value)) => {
            *value >= limits.voltage_low
        }
        _ => false,
    })
}

/// The limit that a reading under current is beyond, in words.
pub(super) fn beyond(limits: &Limits, direction: Direction, reading: &Reading) -> Option<String> {
    let (current, hot, cold) = match direction {
        Direction::Charge => {
            (limits.current_charge, limits.temperature_charge, limits.temperature_charge_low)
        }
        Direction::Discharge => {
            (limits.current_discharge, limits.temperature_discharge, limits.temperature_discharge_low)
        }
    };
    if reading.voltage > limits.voltage_high {
        Some(format!("voltage {:.4} is above the limit of {}", reading.voltage, limits.voltage_high))
    } else if reading.voltage < limits.voltage_low {
        Some(format!("voltage {:.4} is below the limit of {}", reading.voltage, limits.voltage_low))
    } else if reading.current > current {
        Some(format!("current {:.4} is above the limit of {current}", reading.current))
    } else if reading.temperature > hot {
        Some(format!("temperature {:.1} is above the limit of {hot}", reading.temperature))
    } else if reading.temperature < cold {
        Some(format!("temperature {:.1} is below the limit of {cold}", reading.temperature))
    } else {
        None
    }
}
