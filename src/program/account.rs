//! What a running step comes to: its times, extremes and means.

use super::course::{Course, Sine, keep};
use super::reading::Reading;
use super::relaxation::Relaxation;
use crate::clock::Instant;
use crate::event::{Circumstances, EndReason, ImpedancePoint, ResistancePoint, StepResult, Totals};
use crate::plan::{Kind, Step};
use crate::units::{Amperes, Celsius, Volts};

/// Keeps the account of one step from its start to its end. Its size does not grow with the step.
#[derive(Clone, Debug)]
pub(super) struct StepAccount {
    pub(super) step_count: u32,
    pub(super) cycle: u32,
    /// When the step began: when its current was switched on, if it has one.
    pub(super) start: Instant,
    pub(super) totals_at_start: Totals,
    pub(super) resistance: Vec<ResistancePoint>,
    impedance: Vec<ImpedancePoint>,
    last: Instant,
    voltage_start: Volts,
    course: Course,
    /// Only of a step without current.
    relaxation: Option<Relaxation>,
    /// What the sine under way is like.
    sine: Sine,
    temperature_start: Celsius,
    temperature_seconds: f64,
    temperature: (Celsius, Celsius, Celsius),
}

impl StepAccount {
    /// Opens the account of a step with the last reading before it.
    pub(super) fn open(step: &Step, step_count: u32, cycle: u32, before: &Reading, totals: Totals) -> Self {
        let idle = matches!(step.kind, Kind::Rest { .. } | Kind::Wait(_));
        let mut account = Self {
            step_count,
            cycle,
            start: before.at,
            totals_at_start: totals,
            resistance: Vec::new(),
            impedance: Vec::new(),
            last: before.at,
            voltage_start: before.voltage,
            course: Course::begin(&step.kind, before),
            relaxation: idle.then(Relaxation::default),
            sine: Sine::default(),
            temperature_start: before.temperature,
            temperature_seconds: 0.0,
            temperature: (before.temperature, before.temperature, before.temperature),
        };
        if idle {
            // Nothing changes as it begins: the reading before it is its own first.
            account.course.take(before);
            account.relaxation.iter_mut().for_each(|relaxation| relaxation.take(before));
        }
        account
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
        self.course.take(reading);
        self.sine.take(reading);
        if let Some(relaxation) = &mut self.relaxation {
            relaxation.take(reading);
        }
    }

    /// Takes in an impedance that was measured at this moment, and tells where that was in the test.
    pub(super) fn take_impedance(
        &mut self,
        step: &Step,
        point: ImpedancePoint,
        at: Instant,
        test_start: Instant,
    ) -> Circumstances {
        keep(&step.kind, &mut self.impedance, point);
        let means = std::mem::take(&mut self.sine).means();
        Circumstances {
            step_id: step.id,
            step_count: self.step_count,
            cycle: self.cycle,
            time: at.since(test_start),
            voltage: means.map(|(voltage, ..)| voltage),
            current: means.map(|(_, current, _)| current),
            temperature: means.map(|(.., temperature)| temperature),
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
        let Course { voltage, current, .. } = self.course;
        StepResult {
            step_id: step.id,
            step_count: self.step_count,
            cycle: self.cycle,
            name: step.name.clone(),
            kind: step.kind.word().to_owned(),
            reason,
            continued: false,
            start: self.start.since(test_start),
            duration,
            passed,
            voltage_start: self.voltage_start,
            voltage_end: self.course.voltage_end(),
            voltage_mean: (charge.0 > 0.0).then(|| energy / charge),
            voltage_min: voltage.map(|range| range.low),
            voltage_max: voltage.map(|range| range.high),
            current_start: current.map(|range| range.first),
            current_end: current.map(|range| range.last),
            current_mean: Amperes(over_time((passed.charge_in - passed.charge_out).0, 0.0)),
            current_min: current.map(|range| range.low),
            current_max: current.map(|range| range.high),
            temperature_start: Some(self.temperature_start),
            temperature_end: Some(self.temperature.2),
            temperature_mean: Celsius(over_time(self.temperature_seconds, self.temperature.2.0)),
            temperature_min: self.temperature.0,
            temperature_max: self.temperature.1,
            open_circuit: self.relaxation.as_ref().and_then(Relaxation::open_circuit),
            impedance: self.impedance,
            resistance: self.resistance,
        }
    }
}
