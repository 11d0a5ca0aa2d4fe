//! What a finished step or cycle is asked for, by conditions, criteria and tests of recipes.

use super::{CycleResult, ImpedancePoint, StepResult};
use crate::plan::{CycleMetric, StepMetric};
use crate::units::Amperes;

impl StepResult {
    /// A metric of the step in base units: coulombs, joules, seconds, volts, amperes, degrees Celsius,
    /// ohms, volts per second. None if the step measured no such thing, or was entered again after an
    /// interruption and only its parts are known.
    pub fn metric(&self, metric: StepMetric) -> Option<f64> {
        if self.continued && !metric.is_of_end() {
            return None;
        }
        let passed = &self.passed;
        match metric {
            StepMetric::Charge => Some((passed.charge_in - passed.charge_out).abs().0),
            StepMetric::ChargeIn => Some(passed.charge_in.0),
            StepMetric::ChargeOut => Some(passed.charge_out.0),
            StepMetric::Energy => Some((passed.energy_in - passed.energy_out).abs().0),
            StepMetric::EnergyIn => Some(passed.energy_in.0),
            StepMetric::EnergyOut => Some(passed.energy_out.0),
            StepMetric::Time => Some(self.duration.as_secs_f64()),
            StepMetric::Voltage => Some(self.voltage_end.0),
            StepMetric::VoltageStart => Some(self.voltage_start.0),
            StepMetric::VoltageMean => self.voltage_mean.map(|it| it.0),
            StepMetric::VoltageMin => self.voltage_min.map(|it| it.0),
            StepMetric::VoltageMax => self.voltage_max.map(|it| it.0),
            StepMetric::Current => Some(self.current_mean.abs().0),
            StepMetric::CurrentStart => self.current_start.map(|it| it.abs().0),
            StepMetric::CurrentEnd => self.current_end.map(|it| it.abs().0),
            StepMetric::CurrentMin => {
                let (low, high) = (self.current_min?, self.current_max?);
                // A current turns by way of none.
                let both = low < Amperes(0.0) && high > Amperes(0.0);
                Some(if both { 0.0 } else { low.abs().min(high.abs()).0 })
            }
            StepMetric::CurrentMax => Some(self.current_min?.abs().max(self.current_max?.abs()).0),
            StepMetric::Temperature => Some(self.temperature_max.0),
            StepMetric::TemperatureStart => self.temperature_start.map(|it| it.0),
            StepMetric::TemperatureEnd => self.temperature_end.map(|it| it.0),
            StepMetric::TemperatureMean => Some(self.temperature_mean.0),
            StepMetric::TemperatureMin => Some(self.temperature_min.0),
            StepMetric::Resistance => self.resistance.last().map(|point| point.resistance.0),
            StepMetric::Impedance => {
                ImpedancePoint::nearest_to_1_khz(&self.impedance).map(|point| point.magnitude.0)
            }
            StepMetric::ResistanceAt(after) => {
                self.resistance.iter().find(|point| point.after == after).map(|point| point.resistance.0)
            }
            StepMetric::ImpedanceAt(frequency) => {
                let at = |point: &&ImpedancePoint| point.frequency == frequency.hertz();
                self.impedance.iter().find(at).map(|point| point.magnitude.0)
            }
            StepMetric::Ocv => self.open_circuit.map(|it| it.voltage.0),
            StepMetric::OcvDrift => self.open_circuit.map(|it| it.drift.0),
        }
    }
}

impl CycleResult {
    /// A metric of the cycle in base units. None where nothing went in or out and the metric is a share
    /// of it, where no reading told it, and for what is no metric of a whole cycle, because a step of it was
    /// interrupted.
    pub fn metric(&self, metric: CycleMetric) -> Option<f64> {
        if self.interrupted && !metric.is_extreme() {
            return None;
        }
        let passed = &self.passed;
        match metric {
            CycleMetric::Capacity => Some(passed.charge_out.0),
            CycleMetric::ChargeIn => Some(passed.charge_in.0),
            CycleMetric::EnergyOut => Some(passed.energy_out.0),
            CycleMetric::EnergyIn => Some(passed.energy_in.0),
            CycleMetric::Efficiency => passed.coulombic_efficiency(),
            CycleMetric::EnergyEfficiency => passed.energy_efficiency(),
            CycleMetric::CapacityFade => self.capacity_fade(),
            CycleMetric::Time => Some(self.duration.as_secs_f64()),
            CycleMetric::VoltageMin => self.voltage_min.map(|it| it.0),
            CycleMetric::VoltageMax => self.voltage_max.map(|it| it.0),
            CycleMetric::VoltageMeanCharge => self.voltage_mean_charge().map(|it| it.0),
            CycleMetric::VoltageMeanDischarge => self.voltage_mean_discharge().map(|it| it.0),
            CycleMetric::VoltageHysteresis => self.voltage_hysteresis().map(|it| it.0),
            CycleMetric::Temperature => self.temperature_max.map(|it| it.0),
            CycleMetric::TemperatureMean => self.temperature_mean.map(|it| it.0),
            CycleMetric::TemperatureMin => self.temperature_min.map(|it| it.0),
        }
    }
}

impl StepMetric {
    /// Whether it tells how a step ended, or what it measured by itself, however often it was entered.
    const fn is_of_end(self) -> bool {
        matches!(
            self,
            Self::Voltage
                | Self::CurrentEnd
                | Self::TemperatureEnd
                | Self::Ocv
                | Self::OcvDrift
                | Self::Impedance
                | Self::ImpedanceAt(_)
                | Self::Resistance
                | Self::ResistanceAt(_)
        )
    }

    /// The column of a cell's steps that has its unit, its resolution and its method.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Charge | Self::ChargeIn => "charging_capacity_ah",
            Self::ChargeOut => "discharging_capacity_ah",
            Self::Energy | Self::EnergyIn => "charging_energy_wh",
            Self::EnergyOut => "discharging_energy_wh",
            Self::Time => "duration_second",
            Self::Voltage => "voltage_end_volt",
            Self::VoltageStart => "voltage_start_volt",
            Self::VoltageMean => "voltage_mean_volt",
            Self::VoltageMin => "voltage_min_volt",
            Self::VoltageMax => "voltage_max_volt",
            Self::Current => "current_mean_ampere",
            Self::CurrentStart => "current_start_ampere",
            Self::CurrentEnd => "current_end_ampere",
            Self::CurrentMin => "current_min_ampere",
            Self::CurrentMax => "current_max_ampere",
            Self::Temperature => "temperature_max_celsius",
            Self::TemperatureStart => "temperature_start_celsius",
            Self::TemperatureEnd => "temperature_end_celsius",
            Self::TemperatureMean => "temperature_mean_celsius",
            Self::TemperatureMin => "temperature_min_celsius",
            Self::Resistance | Self::ResistanceAt(_) => "dc_resistance_ohm",
            Self::Impedance | Self::ImpedanceAt(_) => "absolute_impedance_ohm",
            Self::Ocv => "open_circuit_voltage_volt",
            Self::OcvDrift => "open_circuit_drift_volt_per_hour",
        }
    }
}

impl CycleMetric {
    /// Whether it is an extreme, which an interruption does not change.
    const fn is_extreme(self) -> bool {
        matches!(self, Self::VoltageMin | Self::VoltageMax | Self::Temperature | Self::TemperatureMin)
    }

    /// The column of a cell's cycles that has its unit, its resolution and its method.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Capacity => "discharging_capacity_ah",
            Self::ChargeIn => "charging_capacity_ah",
            Self::EnergyOut => "discharging_energy_wh",
            Self::EnergyIn => "charging_energy_wh",
            Self::Efficiency => "coulombic_efficiency",
            Self::EnergyEfficiency => "energy_efficiency",
            Self::CapacityFade => "capacity_fade",
            Self::Time => "duration_second",
            Self::VoltageMin => "voltage_min_volt",
            Self::VoltageMax => "voltage_max_volt",
            Self::VoltageMeanCharge => "voltage_mean_charge_volt",
            Self::VoltageMeanDischarge => "voltage_mean_discharge_volt",
            Self::VoltageHysteresis => "voltage_hysteresis_volt",
            Self::Temperature => "temperature_max_celsius",
            Self::TemperatureMean => "temperature_mean_celsius",
            Self::TemperatureMin => "temperature_min_celsius",
        }
    }
}
