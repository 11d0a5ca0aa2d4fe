//! What a finished step or cycle is asked for, by conditions and by tests of recipes.

use super::{ImpedancePoint, StepResult, Totals};
use crate::plan::{CycleMetric, StepMetric};

impl StepResult {
    /// A metric of the step in base units: coulombs, joules, seconds, volts, amperes, degrees Celsius,
    /// ohms. None if the step measured no such thing.
    pub fn metric(&self, metric: StepMetric) -> Option<f64> {
        let passed = &self.passed;
        match metric {
            StepMetric::Charge => Some((passed.charge_in - passed.charge_out).abs().0),
            StepMetric::Energy => Some((passed.energy_in - passed.energy_out).abs().0),
            StepMetric::Time => Some(self.duration.as_secs_f64()),
            StepMetric::Voltage => Some(self.voltage_end.0),
            StepMetric::Current => Some(self.current_mean.abs().0),
            StepMetric::Temperature => Some(self.temperature_max.0),
            StepMetric::Resistance => self.resistance.last().map(|point| point.resistance.0),
            StepMetric::Impedance => {
                ImpedancePoint::nearest_to_1_khz(&self.impedance).map(|point| point.magnitude.0)
            }
        }
    }
}

impl Totals {
    /// A metric of a cycle in which this passed, in base units. None where nothing went in and the
    /// metric is a share of it.
    pub fn metric(&self, metric: CycleMetric) -> Option<f64> {
        match metric {
            CycleMetric::Capacity => Some(self.charge_out.0),
            CycleMetric::ChargeIn => Some(self.charge_in.0),
            CycleMetric::EnergyOut => Some(self.energy_out.0),
            CycleMetric::EnergyIn => Some(self.energy_in.0),
            CycleMetric::Efficiency => (self.charge_in.0 > 0.0).then(|| self.charge_out / self.charge_in),
        }
    }
}
