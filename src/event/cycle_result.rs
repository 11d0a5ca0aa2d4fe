//! What a finished cycle came to.

use super::{EndReason, StepResult, Totals};
use crate::units::{Celsius, Coulombs, Volts, duration_text};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a cycle came to: one pass of a repeat that both charges and discharges. Extremes and means are
/// of the steps in it that came to their end; what stands before its first step is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CycleResult {
    /// The cycle, from 1.
    pub cycle: u32,
    /// What passed in it, from the beginning of its own first step.
    pub passed: Totals,
    /// Whether a step in it was interrupted: its sums are those of no whole cycle then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// How many steps came to their end in it.
    #[serde(default)]
    pub steps: u32,
    /// When its first step began, from the start of the cell's test.
    #[serde(default, with = "duration_text")]
    pub start: Duration,
    /// From the beginning of its first step to the end of its last.
    #[serde(default, with = "duration_text")]
    pub duration: Duration,
    /// The lowest voltage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_min: Option<Volts>,
    /// The highest voltage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_max: Option<Volts>,
    /// The temperature averaged over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_mean: Option<Celsius>,
    /// The lowest temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_min: Option<Celsius>,
    /// The highest temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_max: Option<Celsius>,
    /// Charge out of the cell in the first cycle, if that is over; this one, if it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_capacity: Option<Coulombs>,
    /// Why its last step ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
}

impl CycleResult {
    /// Takes in a step that came to its end in this cycle, but not what passed in it: that is counted from
    /// the cell's totals, so that what the counter adds between two steps is not lost.
    pub fn add(&mut self, step: &StepResult) {
        if self.steps == 0 {
            self.start = step.start;
        }
        self.steps += 1;
        let whole = step.start.saturating_add(step.duration).saturating_sub(self.start);
        let (before, now) = (self.duration.as_secs_f64(), whole.as_secs_f64());
        let warmth = match self.temperature_mean {
            Some(mean) if now > 0.0 => {
                Celsius((mean.0 * before + step.temperature_mean.0 * (now - before)) / now)
            }
            _ => step.temperature_mean,
        };
        self.duration = whole;
        self.temperature_mean = Some(warmth);
        self.temperature_min = joined(self.temperature_min, Some(step.temperature_min), Celsius::min);
        self.temperature_max = joined(self.temperature_max, Some(step.temperature_max), Celsius::max);
        self.voltage_min = joined(self.voltage_min, step.voltage_min, Volts::min);
        self.voltage_max = joined(self.voltage_max, step.voltage_max, Volts::max);
    }

    /// What passed in it, if none of its steps was interrupted.
    pub fn whole(&self) -> Option<&Totals> {
        (!self.interrupted).then_some(&self.passed)
    }

    /// How much less charge came out than in the first cycle, as a share of that; below zero where more
    /// came out. None where the first cycle gave nothing.
    pub fn capacity_fade(&self) -> Option<f64> {
        let first = self.first_capacity.filter(|first| first.0 > 0.0)?;
        Some(1.0 - self.whole()?.charge_out / first)
    }

    /// The mean voltage at which charge went in: energy over charge.
    pub fn voltage_mean_charge(&self) -> Option<Volts> {
        let passed = self.whole().filter(|passed| passed.charge_in.0 > 0.0)?;
        Some(passed.energy_in / passed.charge_in)
    }

    /// The mean voltage at which charge came out: energy over charge.
    pub fn voltage_mean_discharge(&self) -> Option<Volts> {
        let passed = self.whole().filter(|passed| passed.charge_out.0 > 0.0)?;
        Some(passed.energy_out / passed.charge_out)
    }

    /// By how much the mean voltage of charging is above that of discharging.
    pub fn voltage_hysteresis(&self) -> Option<Volts> {
        Some(self.voltage_mean_charge()? - self.voltage_mean_discharge()?)
    }
}

/// The extreme of two, where either may be absent.
fn joined<T>(one: Option<T>, other: Option<T>, extreme: fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(extreme(one, other)),
        (one, other) => one.or(other),
    }
}
