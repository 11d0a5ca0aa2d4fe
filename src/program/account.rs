//! What a running step comes to: its times, extremes and means.

use super::reading::{Activity, Reading};
use crate::clock::Instant;
use crate::event::{EndReason, ImpedancePoint, ResistancePoint, StepResult, Totals};
use crate::plan::Step;
use crate::units::{Amperes, Celsius, Volts};

/// Keeps the account of one step from its start to its end.
#[derive(Clone, Debug)]
pub(super) struct StepAccount {
    pub(super) step_count: u32,
    pub(super) cycle: u32,
    /// When the step began: when its current was switched on, if it has one.
    pub(super) start: Instant,
    pub(super) totals_at_start: Totals,
    pub(super) impedance: Vec<ImpedancePoint>,
    pub(super) resistance: Vec<ResistancePoint>,
    last: Instant,
    voltage_start: Volts,
    voltage_end: Volts,
    temperature_seconds: f64,
    temperature: (Celsius, Celsius, Celsius),
}

impl StepAccount {
    /// Opens the account with the last reading before the step.
    pub(super) fn open(step_count: u32, cycle: u32, before: &Reading, totals: Totals) -> Self {
        Self {
            step_count,
            cycle,
            start: before.at,
            totals_at_start: totals,
            impedance: Vec::new(),
            resistance: Vec::new(),
            last: before.at,
            voltage_start: before.voltage,
            voltage_end: before.voltage,
            temperature_seconds: 0.0,
            temperature: (before.temperature, before.temperature, before.temperature),
        }
    }

    /// Sets the start to the moment at which the step's current was switched on.
    pub(super) fn switched_on(&mut self, at: Instant) {
        self.start = at;
        self.last = at;
    }

    /// Takes in a reading of the step itself.
    pub(super) fn take(&mut self, reading: &Reading) {
        let (low, high, previous) = self.temperature;
        let mean = (previous + reading.temperature) * 0.5;
        self.temperature_seconds += mean.0 * (reading.at - self.last).as_secs_f64();
        self.temperature = (low.min(reading.temperature), high.max(reading.temperature), reading.temperature);
        self.last = self.last.max(reading.at);
        if reading.activity != Activity::Sine {
            self.voltage_end = reading.voltage;
        }
    }

    /// Notes when the step's current was switched off, or its time was over.
    pub(super) fn switched_off(&mut self, at: Instant) {
        self.temperature_seconds += self.temperature.2.0 * (at - self.last).as_secs_f64();
        self.last = self.last.max(at);
    }

    /// Closes the account.
    pub(super) fn close(
        self,
        step: &Step,
        reason: EndReason,
        totals: Totals,
        test_start: Instant,
    ) -> StepResult {
        let passed = totals - self.totals_at_start;
        let duration = self.last - self.start;
        let seconds = duration.as_secs_f64();
        let (charge, energy) = if passed.charge_in > passed.charge_out {
            (passed.charge_in, passed.energy_in)
        } else {
            (passed.charge_out, passed.energy_out)
        };
        let over_time = |sum: f64, otherwise: f64| if seconds > 0.0 { sum / seconds } else { otherwise };
        StepResult {
            step_id: step.id,
            step_count: self.step_count,
            cycle: self.cycle,
            name: step.name.clone(),
            kind: step.kind.word().to_owned(),
            reason,
            start: self.start.since(test_start),
            duration,
            passed,
            voltage_start: self.voltage_start,
            voltage_end: self.voltage_end,
            voltage_mean: (charge.0 > 0.0).then(|| Volts(energy.0 / charge.0)),
            current_mean: Amperes(over_time((passed.charge_in - passed.charge_out).0, 0.0)),
            temperature_mean: Celsius(over_time(self.temperature_seconds, self.temperature.2.0)),
            temperature_min: self.temperature.0,
            temperature_max: self.temperature.1,
            impedance: self.impedance,
            resistance: self.resistance,
        }
    }
}
