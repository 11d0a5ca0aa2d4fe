//! Judging the end conditions and the limits of a step on a reading.

use super::law::Judged;
use super::memory::Memory;
use super::rates::Rates;
use super::reading::Reading;
use crate::clock::Instant;
use crate::event::Totals;
use crate::plan::{Direction, EndCondition, Fact, Limits, Measure};
use crate::units::Volts;
use std::time::Duration;

/// What a condition is judged on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'r> {
    pub(super) reading: &'r Reading,
    pub(super) step_start: Instant,
    /// How long the step was under way before it was interrupted.
    pub(super) before: Duration,
    /// What passed in this step so far.
    pub(super) passed: Totals,
    /// What passed since the beginning of the test.
    pub(super) totals: Totals,
    pub(super) rates: &'r Rates,
    pub(super) memory: &'r Memory,
    pub(super) judged: Judged,
}

/// Measured values that one damaged packet can change.
const VALUES: [Measure; 4] = [Measure::Voltage, Measure::Current, Measure::Power, Measure::Temperature];

/// Measures that mean nothing while the current is not what it is to be.
const OF_CURRENT: [Measure; 2] = [Measure::Current, Measure::Power];

impl Situation<'_> {
    fn known(&self, fact: &Fact) -> Option<f64> {
        match fact {
            Fact::Now(measure) => {
                let before = if *measure == Measure::Time { self.before.as_secs_f64() } else { 0.0 };
                Some(now(*measure, self.reading, self.step_start, self.passed) + before)
            }
            Fact::Rate(measure) => self.rates.slope(*measure).map(f64::abs),
            Fact::Slope(measure) => self.rates.slope(*measure),
            Fact::Step { .. } | Fact::Cycle(..) | Fact::Hook { .. } => self.memory.known(fact, self.totals),
            // Known when the test is over, and asked by no condition.
            Fact::Cell(_) | Fact::Reference(..) | Fact::Across(..) => None,
        }
    }

    fn meets(&self, condition: &EndCondition) -> bool {
        let counts = match self.judged {
            Judged::Nothing => false,
            Judged::AllButCurrent => !condition.watches(&OF_CURRENT),
            Judged::Everything => true,
        };
        counts && condition.is_met(&|fact| self.known(fact))
    }
}

/// A measure in base units.
pub(super) fn now(measure: Measure, reading: &Reading, step_start: Instant, passed: Totals) -> f64 {
    match measure {
        Measure::Voltage => reading.voltage.0,
        Measure::Current => reading.current.0,
        Measure::Power => (reading.voltage * reading.current).0,
        Measure::Temperature => reading.temperature.0,
        Measure::Time => (reading.at - step_start).as_secs_f64(),
        Measure::Charge => (passed.charge_in - passed.charge_out).abs().0,
        Measure::Energy => (passed.energy_in - passed.energy_out).abs().0,
    }
}

/// Whether a condition is met on a measured value: one damaged packet would do.
pub(super) fn met_by_value(until: &[EndCondition], now: &Situation<'_>) -> bool {
    until.iter().any(|condition| condition.watches(&VALUES) && now.meets(condition))
}

/// The first condition that is met.
pub(super) fn met<'c>(until: &'c [EndCondition], now: &Situation<'_>) -> Option<&'c EndCondition> {
    until.iter().find(|condition| now.meets(condition))
}

/// The threshold of a condition on the voltage that driving on in this direction carries the voltage
/// towards and past.
fn threshold(condition: &EndCondition, direction: Direction) -> Option<Volts> {
    match condition.plain()? {
        (Measure::Voltage, side, value) if side.is_upward() == (direction == Direction::Charge) => {
            Some(Volts(value))
        }
        _ => None,
    }
}

/// The condition on voltage that is met before any current flows: driving on in this direction
/// can only carry the voltage further past it.
pub(super) fn met_already(
    until: &[EndCondition],
    direction: Direction,
    voltage: Volts,
) -> Option<&EndCondition> {
    until.iter().find(|condition| {
        threshold(condition, direction).is_some_and(|value| condition.comparison().holds(voltage, value))
    })
}

/// The condition on voltage that a unit's own voltage limit has met: the recipe asked for an end
/// at the limit or inside it, and the unit, which looks more often, was the first to see it.
pub(super) fn met_by_limit<'c>(
    until: &'c [EndCondition],
    direction: Direction,
    limits: &Limits,
) -> Option<&'c EndCondition> {
    until.iter().find(|condition| {
        threshold(condition, direction).is_some_and(|value| match direction {
            Direction::Charge => value <= limits.voltage_high,
            Direction::Discharge => value >= limits.voltage_low,
        })
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
