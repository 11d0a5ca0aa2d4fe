//! What a run came to for one cell.

use crate::event::{ImpedancePoint, OpenCircuit, ResistancePoint};
use crate::plan::CellMetric;
use crate::units::{Celsius, Coulombs, Joules, Volts};
use std::time::Duration;

/// What a run came to for one cell. What was not measured is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct CellResults {
    /// Charge out of the last discharge that was ended by a condition on voltage and began with a full cell.
    pub capacity: Option<Coulombs>,
    /// The name of that step, or `step` and its number.
    pub capacity_step: Option<String>,
    /// Energy out of the same step.
    pub energy: Option<Joules>,
    /// Charge out over charge in between the last two discharges that were ended by a condition on
    /// voltage: between two like states of charge, the only place where the ratio has a meaning.
    pub coulombic_efficiency: Option<f64>,
    /// The same of energy, between the same two discharges.
    pub energy_efficiency: Option<f64>,
    /// How much less the last such capacity is than the first, as a share of that; absent where there is
    /// only one.
    pub capacity_fade: Option<f64>,
    /// The last impedance; of a spectrum the point nearest to 1 kHz.
    pub impedance: Option<ImpedancePoint>,
    /// The last DC resistance, at the latest time that was asked for.
    pub resistance: Option<ResistancePoint>,
    /// What the last rest told of the cell.
    pub open_circuit: Option<OpenCircuit>,
    /// Voltage as the cell was found.
    pub voltage_start: Volts,
    /// Voltage in the last row.
    pub voltage_end: Option<Volts>,
    /// The highest temperature of the cell's surface.
    pub temperature_max: Option<Celsius>,
    /// From the start of the cell's test to its last row.
    pub duration: Duration,
    /// Steps that ran to an end of their own.
    pub steps_done: u32,
    /// Cycles begun.
    pub cycles: u32,
    /// The label that hooks gave it, if they did.
    pub label: Option<String>,
}

impl CellResults {
    /// A metric in base units. None where it was not measured.
    pub fn metric(&self, metric: CellMetric) -> Option<f64> {
        // Before the first row there is no test that any of it could be of.
        let begun = self.voltage_end.is_some();
        match metric {
            CellMetric::Capacity => self.capacity.map(|it| it.0),
            CellMetric::Energy => self.energy.map(|it| it.0),
            CellMetric::Efficiency => self.coulombic_efficiency,
            CellMetric::Impedance => self.impedance.map(|it| it.magnitude.0),
            CellMetric::EnergyEfficiency => self.energy_efficiency,
            CellMetric::Resistance => self.resistance.map(|it| it.resistance.0),
            CellMetric::Ocv => self.open_circuit.map(|it| it.voltage.0),
            CellMetric::Fade => self.capacity_fade,
            CellMetric::VoltageStart => Some(self.voltage_start.0),
            CellMetric::VoltageEnd => self.voltage_end.map(|it| it.0),
            CellMetric::TemperatureMax => self.temperature_max.map(|it| it.0),
            CellMetric::Time => begun.then_some(self.duration.as_secs_f64()),
            CellMetric::Cycles => begun.then_some(f64::from(self.cycles)),
        }
    }
}
